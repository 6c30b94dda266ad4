// SPDX-License-Identifier: Apache-2.0
// The packet trace of a run, read back from its file: it must say of every packet what the
// statistics of the same run say of them together.
#include <filesystem>
#include <map>

#include "antares/platforms/report/packet_trace_file.h"
#include "tb/support/perfetto_reader.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

/// Gone with the object.
class TraceRun {
 public:
  explicit TraceRun(const models::PacketTraceConfig& config = {}) {
    auto platform_config = shipped("first");
    auto workload = traffic_workload();
    // One request at a time from each of four: it is injected when it is issued, and waits in the
    // switch where two aim at one target. Two sizes, so that the four do not fall into step.
    workload.traffic.packets = {{64, 1}, {256, 1}};
    workload.traffic.pattern = platforms::TrafficPattern::uniform;
    workload.traffic.mode = platforms::LoopMode::closed;
    workload.traffic.window = 1;
    ReportGuard reports;
    platforms::Platform platform(platform_config);
    platforms::PacketTraceFile file(path_, config);
    file.listen_to(platform);
    platforms::TrafficDriver(platform, workload, sink).run();
    file.finish(platform.scheduler().now_ps());
    file.check();
    summary = file.summary();
    packets = file.packets();
    from_ps = static_cast<std::uint64_t>(workload.traffic.warmup_us * 1e6);
    to_ps = from_ps + static_cast<std::uint64_t>(workload.traffic.measure_us * 1e6);
    EXPECT_EQ(std::filesystem::file_size(path_), file.bytes());
  }
  ~TraceRun() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

  RecordingSink sink;
  models::TracedPackets packets;
  std::string summary;
  std::uint64_t from_ps = 0;
  std::uint64_t to_ps = 0;

 private:
  std::string path_ = testing::TempDir() + "antares_" + std::to_string(getpid()) + ".pftrace";
};

TEST(PacketTraceFile, StaysAddUpToTheLatenciesOfTheStatistics) {
  const TraceRun run;
  const PerfettoReader trace(run.path());
  std::uint64_t requests = 0;
  std::uint64_t latencies_ps = 0;
  std::uint64_t slowest_ps = 0;
  for (const ReadSlice& stay : trace.of_category("stay")) {
    EXPECT_EQ(stay.track.group, "endpoints");
    EXPECT_EQ(stay.track.name, stay.texts.at("from"));
    // The driver's measured window begins one grid step (1 ps) after its warm-up.
    if (stay.end_ps() < run.from_ps + 1 || stay.end_ps() >= run.to_ps + 1) continue;
    ++requests;
    latencies_ps += stay.end_ps() - stay.begin_ps();
    slowest_ps = std::max(slowest_ps, stay.end_ps() - stay.begin_ps());
  }
  ASSERT_EQ(run.sink.rows.size(), 1u);
  const platforms::TrafficRow& row = run.sink.rows[0];
  EXPECT_EQ(requests, row.requests);
  // Both are exact; the mean is a double of at most 2^53 ps in all: rounding of one division.
  const double mean_ns = static_cast<double>(latencies_ps) / static_cast<double>(requests) * 1e-3;
  EXPECT_NEAR(mean_ns, row.mean_latency_ns, 1e-12 * mean_ns);
  EXPECT_NEAR(static_cast<double>(slowest_ps) * 1e-3, row.max_latency_ns, 1e-9);
  EXPECT_GT(row.mean_wait_slots, 0) << "nobody waited: the test shows little";
}

TEST(PacketTraceFile, EachPacketIsOnceAtEachPlaceInTheOrderOfItsWay) {
  const TraceRun run;
  const PerfettoReader trace(run.path());
  std::map<std::uint64_t, std::map<std::string, ReadSlice>> packets;
  for (const ReadSlice& slice : trace.slices) {
    EXPECT_TRUE(packets[slice.flow].emplace(slice.category, slice).second) << slice.name;
    EXPECT_EQ(slice.begin_ns, slice.begin_ps() / 1000);
    EXPECT_EQ(slice.end_ns, slice.end_ps() / 1000);
  }
  EXPECT_EQ(packets.size(), run.packets.traced);
  EXPECT_GT(packets.size(), run.sink.rows.at(0).requests);
  std::uint64_t waited_ps = 0;
  for (const auto& [id, places] : packets) {
    ASSERT_EQ(places.size(), 3u) << id;
    const ReadSlice& stay = places.at("stay");
    const ReadSlice& ingress = places.at("ingress");
    const ReadSlice& egress = places.at("egress");
    EXPECT_EQ(stay.numbers.at("packet_id"), id);
    EXPECT_EQ(stay.name, "write " + std::to_string(stay.numbers.at("bytes")) + " B #" +
                             std::to_string(id & ((1ull << 40) - 1)));
    for (const ReadSlice* slice : {&ingress, &egress}) EXPECT_EQ(slice->name, stay.name);
    EXPECT_EQ(ingress.texts.at("to"), stay.texts.at("to"));
    EXPECT_EQ(egress.texts.at("from"), stay.texts.at("from"));
    EXPECT_EQ(ingress.track.group, "switch");
    EXPECT_EQ(ingress.track.name, stay.texts.at("from") + " ingress");
    EXPECT_EQ(egress.track.name, stay.texts.at("to") + " egress");
    EXPECT_LT(stay.begin_ps(), ingress.begin_ps());
    EXPECT_EQ(ingress.end_ps(), egress.begin_ps());
    EXPECT_LT(egress.end_ps(), stay.end_ps());
    waited_ps += ingress.end_ps() - ingress.begin_ps();
  }
  EXPECT_GT(waited_ps, 0u);
  EXPECT_TRUE(trace.instants.empty()) << "nothing is dropped in this run";
}

TEST(PacketTraceFile, BoundsAreKeptAndSaid) {
  models::PacketTraceConfig config;
  config.from_us = 2;
  config.to_us = 20;
  config.packets = 25;
  const TraceRun run(config);
  const PerfettoReader trace(run.path());
  EXPECT_EQ(trace.slices.size(), 3u * 25);
  for (const ReadSlice& stay : trace.of_category("stay")) EXPECT_GE(stay.begin_ps(), 2'000'000u);
  for (const char* key : {"25 packets", "observe.trace.from_us (2)", "observe.trace.to_us (20)",
                          "observe.trace.packets (25;"})
    EXPECT_NE(run.summary.find(key), std::string::npos) << key << " in " << run.summary;
}

}  // namespace
}  // namespace antares::tb
