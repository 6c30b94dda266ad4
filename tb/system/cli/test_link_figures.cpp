// SPDX-License-Identifier: Apache-2.0
// Published figures of links, simulated: the efficiency rows of NVLink (facts/ualink_nvlink.md B.2)
// with the credits that a port has by default, and SUE's one-way latency (C.1) on the shipped
// switch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/platform_loader.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using Json = nlohmann::json;

/// 18 links of generation 4, and one, at their stated rate; one more port with address extensions.
constexpr const char* kPorts = R"(antares: 1
name: rows
switches:
  - name: sw
    ports:
      - {name: x18, count: 2, protocol: nvlink, nvlink: {links: 18, link_derate: 1}}
      - {name: x1, count: 2, protocol: nvlink, nvlink: {links: 1, link_derate: 1}}
      - {name: ae, count: 2, protocol: nvlink, nvlink: {links: 4, link_derate: 1, address_extension: always}}
endpoints:
  - {name: x18, count: 2, attach: sw.x18, accelerator: &many {outstanding_reads: 16384}}
  - {name: x1, count: 2, attach: sw.x1, accelerator: *many}
  - {name: ae, count: 2, attach: sw.ae, accelerator: *many}
workloads:
  - name: rows
    kind: pairs
    pairs: {pairs: within_groups, operations: [write, read], bytes: [32, 64, 128, 256], measure_requests: 4000}
)";

double number(const Json& row, const char* key) { return row.at(key).get<double>(); }

TEST(NvlinkRows, AreSimulatedWithTheDefaultCredits) {
  const Folder folder;
  const Outcome outcome =
      antares({"run", folder.file("rows.yaml", kPorts), "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr("bound by"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("  link of x180\n"));
  const Json rows = json_file(folder.path("out/results.json")).at("pairs");
  EXPECT_EQ(rows.size(), 3u * 2 * 4);
  // What is counted begins and ends with an answer: of at least 4000, a few requests.
  constexpr double kTolerance = 0.002;
  constexpr double kFlit = 16;
  for (const Json& row : rows) {
    const std::string from = row.at("from");
    const bool read = row.at("operation") == "read";
    const double bytes = number(row, "size_bytes");
    const double links = from == "x180" ? 18 : from == "x10" ? 1 : 4;
    const double head = from == "ae0" && !read ? 2 * kFlit : kFlit;
    const double stated_GBps = 25 * links;
    // One way: a header, with its extension, and data. Both ways: reads also carry the other's
    // requests; writes are posted.
    const double one_way = stated_GBps * bytes / (head + bytes);
    const double request = from == "ae0" ? 2 * kFlit : kFlit;
    const double both_ways =
        read ? 2 * stated_GBps * bytes / (request + kFlit + bytes) : 2 * one_way;
    EXPECT_EQ(row.at("one_way_bound"), "link of " + from) << row;
    EXPECT_NEAR(number(row, "one_way_formula_GBps") / one_way, 1, 1e-9) << row;
    EXPECT_NEAR(number(row, "one_way_GBps") / one_way, 1, kTolerance) << row;
    EXPECT_NEAR(number(row, "both_ways_GBps") / both_ways, 1, kTolerance) << row;
  }
}

TEST(SueOneWay, Is477Point6NsBesideSerialisation) {
  const platforms::LoadedPlatform loaded = platforms::load_platform(shipped("ethernet_switch"));
  const platforms::SwitchDescription& part = loaded.config.switches.at(0);
  const platforms::PortGroup& group = part.ports.at(0);
  const auto policy = group.make_policy();
  SwitchConfig config = mixed_switch({policy, policy});
  config.latency = part.latency;
  for (auto& port : config.ports) port.propagation_ns = group.propagation_ns;
  ReportGuard reports;
  Fabric rig(config);
  constexpr unsigned kBytes = 64;
  unsigned char data[kBytes] = {};
  protocols::Packet packet;
  packet.bytes = kBytes;
  policy->classify(packet);
  const std::uint64_t frame = policy->wire_cost(packet).bytes;
  // Cut through: the header into the switch, all of the frame out of it.
  const Picoseconds serialisation =
      policy->rate().head_collect_ps(frame) + policy->rate().collect_ps(frame);
  constexpr Picoseconds kOneWay = 477'600;
  Picoseconds loosely = 0;
  rig.target(1).on_blocking = [&](tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    loosely = models::to_picoseconds(delay.to_seconds() * 1e9);
    rig.target(1).serve(payload);
  };
  rig.initiator(0).blocking(rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes));
  EXPECT_EQ(loosely - serialisation, kOneWay);
  constexpr Picoseconds kStart = 1'000'000;
  auto& timed = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
  at(kStart, [&] { rig.initiator(0).begin(timed); });
  sc_core::sc_start();
  ASSERT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.target(1).phases().at(0).at_ps - kStart - serialisation, kOneWay);
  expect_quiescent(rig.fabric, rig.wheel);
}

}  // namespace
}  // namespace antares::tb
