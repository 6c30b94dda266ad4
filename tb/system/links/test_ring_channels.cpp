// SPDX-License-Identifier: Apache-2.0
// Switches in a ring whose links have a few packets' buffer: on one virtual channel full load would
// stand still, on channels by pair of switches it goes on, in order and to the last byte.
#include <gmock/gmock.h>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/config/way_channels.h"
#include "antares/platforms/report/topology_facts.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using namespace platforms;
using testing::HasSubstr;

constexpr unsigned kSwitches = 5;
constexpr unsigned kEach = 3;

/// Credits for two requests of 256 B and two responses a channel, queues that hold one.
std::string ring(const std::string& trunk, const std::string& more = "",
                 const std::string& protocol = "ualink") {
  const std::string last = std::to_string(kSwitches - 1);
  return "antares: 1\nname: ring\nswitches:\n"
         "  - name: s\n"
         "    count: " +
         std::to_string(kSwitches) +
         "\n"
         "    crossbar: {egress_queue_bytes: 512}\n"
         "    ports:\n"
         "      - {name: xpu, count: " +
         std::to_string(kEach) + ", protocol: " + protocol +
         "}\n"
         "      - {name: way, count: 2, propagation_ns: 5, protocol: " +
         protocol + ", " + trunk +
         "}\n"
         "links:\n"
         "  - {from: \"s[0.." +
         std::to_string(kSwitches - 2) + "].way1\", to: \"s[1.." + last +
         "].way0\"}\n"
         "  - {from: s" +
         last +
         ".way1, to: s0.way0}\n"
         "endpoints:\n"
         "  - {name: xpu, count: " +
         std::to_string(kSwitches * kEach) + ", attach: \"s[*].xpu\"}\n" + more;
}

const std::string kFewCredits =
    "ualink: {virtual_channels: 3, request_command_credits: 6, request_data_credits: 24, "
    "response_command_credits: 6, response_data_credits: 24}";

PlatformConfig platform(const std::string& text) { return parse_platform(text, "t.yaml").config; }

TEST(RingOfSwitches, CarriesFullLoadOnChannelsByPair) {
  const PlatformConfig config = platform(ring(kFewCredits));
  WorkloadDescription workload = traffic_workload();
  workload.traffic.offered_load = {1.0};
  workload.traffic.read_fraction = 0.3;
  workload.traffic.measure_us = 60;
  const RecordingSink sink = run_traffic(config, workload);
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_EQ(sink.rows[0].failed_requests, 0u);
  // Credits, not links, bind: two requests of a channel in a round trip of a link. All that was
  // asked has been answered (run_traffic), many times what the buffers hold.
  const std::uint64_t buffers = std::uint64_t{kSwitches} * 2 * 6;
  EXPECT_GT(sink.rows[0].requests, 20 * buffers);
}

TEST(RingOfSwitches, MovesDataOfCollectives) {
  ReportGuard reports;
  const PlatformConfig config = platform(
      ring(kFewCredits,
           "workloads: [{name: w, kind: collective, collective: {collective: all_to_all, bytes: "
           "480 KiB, data: check}}]\n"));
  Platform built(config);
  struct Sink : RecordingSink {
    void collective(const CollectiveRow& row) override { wrong = row.wrong; }
    std::int64_t wrong = -1;
  } sink;
  CollectiveDriver(built, config.workloads[0], sink).run();
  EXPECT_EQ(sink.wrong, 0);
  EXPECT_GE(topology_facts(built).way_channels, 2u);
}

std::string refusal(const std::string& text) {
  try {
    platform(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RingOfSwitches, SaysHowManyChannelsItTakes) {
  const std::string few = refusal(ring("ualink: {virtual_channels: 1}"));
  EXPECT_THAT(few, HasSubstr("t.yaml:11:"));
  EXPECT_THAT(few, HasSubstr("wait for each other's buffers in a ring"));
  EXPECT_THAT(few, HasSubstr("virtual channels keep these apart, and s0.way1 has 1 for requests"));
  EXPECT_THAT(few, HasSubstr("set ualink.virtual_channels: "));
  EXPECT_THAT(refusal(ring("pcie: {lanes: 16, virtual_channels: 8}", "", "pcie")),
              HasSubstr("and pcie has 1 for requests at most"));
  EXPECT_THAT(refusal(ring("ethernet: {virtual_channels: 2}", "", "ethernet")),
              HasSubstr("has 1 for requests"));
  EXPECT_EQ(refusal(ring(kFewCredits)), "accepted");
  std::string copies = ring(kFewCredits);
  copies.insert(copies.find("    ports:"), "    hypercast: {}\n");
  EXPECT_THAT(refusal(copies), HasSubstr("copies have no channel of their own there"));
  std::string asked = ring("ualink: {virtual_channels: 4}");
  asked.replace(asked.find("protocol: ualink"), 16,
                "protocol: ualink, ualink: {virtual_channels: 4}");
  asked.insert(asked.find("}", asked.find("{name: xpu, count: 15")),
               ", accelerator: {virtual_channel: 1}");
  EXPECT_THAT(refusal(asked), HasSubstr("virtual_channel would not be used"));
}

}  // namespace
}  // namespace antares::tb
