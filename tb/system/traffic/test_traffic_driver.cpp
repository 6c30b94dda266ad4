// SPDX-License-Identifier: Apache-2.0
// The traffic driver on PCIe and on small platforms: line rate, closed loop, sweeps, what is
// refused, what fails.
#include <gmock/gmock.h>

#include <cmath>

#include "antares/protocols/pcie/pcie_link_config.h"
#include "tb/system/traffic/child_run.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using platforms::LoopMode;
using platforms::TrafficPattern;

// PCIe 6 x16: 64 Gb/s a lane, 236 of 256 bytes of a flit for TLPs (facts/pcie6.md 1.2).
constexpr double kUsableGBps = 64.0 * 16 / 8 * 236 / 256;
// A memory write above 4 GiB has a header of 4 DW (facts/pcie6.md 2.1).
constexpr double kHeaderBytes = 16;

TEST(Permutation, ReachesLineRate) {
  auto workload = traffic_workload();
  workload.traffic.pattern = TrafficPattern::permutation;
  workload.traffic.offered_load = {1.0};
  auto config = shipped("scorpio_x_20x16");
  config.run.train_bytes = 0;
  const RecordingSink sink = run_traffic(config, workload);
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_NEAR(sink.rows[0].throughput, 1, 0.01);
  EXPECT_LE(sink.rows[0].throughput, 1.001) << "more than the link can carry";
  ASSERT_EQ(sink.link_rows.size(), 40u);
  const double line_GBps = kUsableGBps * 256 / (256 + kHeaderBytes);
  for (const auto& link : sink.link_rows) {
    const double GBps = static_cast<double>(link.payload_bytes) / (link.elapsed_us * 1000);
    EXPECT_NEAR(GBps, line_GBps, 0.01 * line_GBps) << link.link << " " << link.direction;
    EXPECT_NEAR(
        link.busy_share + link.idle_share + link.blocked_credit_share + link.blocked_arbiter_share,
        1, 1e-12);
  }
}

/// Zero-load round trip of a write from the first endpoint to the third of four: the partner under
/// permutation. All paths of the platform are alike.
double round_trip_ns(const platforms::PlatformConfig& config, std::uint32_t bytes) {
  platforms::Platform platform(config);
  platforms::ZeroLoadTable table(platform, {{bytes, false, 1}});
  return static_cast<double>(table.answer_ps(0, 2, 0)) * 1e-3;
}

class ClosedLoop : public testing::TestWithParam<unsigned> {};

TEST_P(ClosedLoop, ThroughputIsTheWindowPerRoundTripUpToLineRate) {
  const unsigned window = GetParam();
  constexpr std::uint32_t kBytes = 256;
  auto workload = traffic_workload();
  workload.traffic.pattern = TrafficPattern::permutation;
  workload.traffic.mode = LoopMode::closed;
  workload.traffic.window = window;
  const auto config = shipped("first");
  // A second platform in this process is only asked for its closed forms: in a child, since two
  // platforms share the names of the kernel's objects.
  const double rtt_ns =
      std::stod(in_child([&] { return std::to_string(round_trip_ns(config, kBytes)); }));
  const RecordingSink sink = run_traffic(config, workload);
  ASSERT_EQ(sink.rows.size(), 1u);
  const auto& row = sink.rows[0];
  const double line_GBps = kUsableGBps * kBytes / (kBytes + kHeaderBytes);
  const double expected_GBps = std::min(line_GBps, window * kBytes / rtt_ns);
  EXPECT_NEAR(row.throughput * line_GBps, expected_GBps, 0.01 * expected_GBps);
  EXPECT_EQ(row.offered_load, std::nullopt);
  // Nobody is in anybody's way while the window is less than a round trip of the link.
  if (window * kBytes / rtt_ns < line_GBps) {
    EXPECT_NEAR(row.mean_wait_slots, window == 1 ? 0 : row.mean_wait_slots, 1e-9);
    EXPECT_NEAR(row.mean_latency_ns, rtt_ns, 0.01 * rtt_ns);
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, ClosedLoop, testing::Values(1u, 8u, 32u, 512u));

TEST(ClosedLoopReads, InFlightAreBoundByTheTagsOfTheLink) {
  // 5-bit tags: 32 reads of one TLP each. Little's law turns rate and latency into reads in flight.
  auto workload = traffic_workload();
  workload.traffic.pattern = TrafficPattern::permutation;
  workload.traffic.mode = LoopMode::closed;
  workload.traffic.window = 512;
  workload.traffic.read_fraction = 1;
  workload.traffic.packets = {{64, 1}};
  workload.traffic.measure_us = 50;
  const auto config = shipped("first", {"switches[0].ports[0].pcie.tag_bits=5"});
  const RecordingSink sink = run_traffic(config, workload);
  const auto& row = sink.rows.at(0);
  const double sources = 4;
  const double reads_a_ns = static_cast<double>(row.requests) / sources / 50'000;
  // 1 %: requests at the edges of the window are counted on one side only.
  EXPECT_NEAR(reads_a_ns * row.mean_latency_ns, protocols::usable_tags(5),
              0.01 * protocols::usable_tags(5));
}

TEST(ZeroLoad, OneReadOrWriteAtATimeNeverWaits) {
  for (const double reads : {0.0, 1.0, 0.5}) {
    SCOPED_TRACE(reads);
    const std::string wait = in_child([&] {
      auto workload = traffic_workload();
      workload.traffic.pattern = TrafficPattern::permutation;
      workload.traffic.mode = LoopMode::closed;
      workload.traffic.window = 1;
      workload.traffic.read_fraction = reads;
      workload.traffic.packets = {{64, 1}, {256, 2}, {1024, 1}};
      workload.traffic.sources = {"gpu0", "gpu1"};  // one pair: each answers the other's reads
      auto config = shipped("first");
      config.run.train_bytes = 0;
      const auto sink = run_traffic(config, workload);
      return std::to_string(sink.rows.at(0).mean_wait_slots);
    });
    // Writes alone never share a link direction. A read's completion may meet the other's write in
    // it, for less than a packet time now and then.
    EXPECT_NEAR(std::stod(wait), 0, reads == 0 ? 1e-9 : 0.3);
  }
}

TEST(Determinism, SameSeedSameRows) {
  const auto run = [](std::uint64_t seed) {
    return in_child([seed] {
      auto config = shipped("first");
      config.run.seed = seed;
      auto workload = config.workloads.at(1);
      workload.traffic.offered_load = {0.3, 0.8};
      workload.traffic.read_fraction = 0.3;
      return text_of(run_traffic(config, workload));
    });
  };
  const std::string once = run(7);
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(once, run(7));
  EXPECT_NE(once, run(8));
}

TEST(Determinism, AFurtherPortLeavesTheTrafficOfOthersAlone) {
  const auto run = [](const std::string& count) {
    return in_child([&] {
      const auto config =
          shipped("first", {"switches[0].lanes=96", "switches[0].ports[0].count=" + count,
                            "endpoints[0].count=" + count});
      auto workload = traffic_workload();
      workload.traffic.pattern = TrafficPattern::incast;
      workload.traffic.hot_spot_target = "gpu1";
      workload.traffic.sources = {"gpu0", "gpu2", "gpu3"};
      workload.traffic.offered_load = {0.25};
      RecordingSink sink = run_traffic(config, workload);
      sink.link_rows.resize(8);  // those of the first four ports
      return text_of(sink);
    });
  };
  EXPECT_EQ(run("4"), run("6"));
}

TEST(Sweep, LoadsFollowEachOtherOnOnePlatform) {
  auto config = shipped("crossbar_theory", {"ports=4", "queueing=output"});
  auto& traffic = config.workloads[0].traffic;
  traffic.sweep = platforms::LoadSweep{0.2, 0.8, 0.3, false};
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 3u);
  const double loads[] = {0.2, 0.5, 0.8};
  for (std::size_t i = 0; i < 3; ++i) {
    const double rho = loads[i];
    EXPECT_EQ(sink.rows[i].offered_load, rho);
    const double wait = 3.0 / 4 * rho / (2 * (1 - rho));           // facts 3.7(b)
    EXPECT_NEAR(sink.rows[i].mean_wait_slots, wait, 0.03 * wait);  // 4 x 200,000 slots
  }
}

TEST(Sweep, FindSaturationNarrowsInOnIt) {
  auto config = shipped("crossbar_theory", {"ports=4", "queueing=fifo"});
  auto& traffic = config.workloads[0].traffic;
  constexpr double kStep = 0.01;
  traffic.sweep = platforms::LoadSweep{0.2, 1.0, kStep, true};
  const RecordingSink sink = run_traffic(config);
  double carried = 0;
  double too_much = 1;
  for (const auto& row : sink.rows) {
    if (row.saturated)
      too_much = std::min(too_much, *row.offered_load);
    else
      carried = std::max(carried, *row.offered_load);
  }
  ASSERT_EQ(sink.saturation_rows.size(), 1u);
  EXPECT_EQ(sink.saturation_rows[0].carried_load, carried);
  EXPECT_EQ(sink.saturation_rows[0].saturated_load, too_much);
  EXPECT_LE(too_much - carried, kStep * 1.001);
  // A load counts as carried up to a shortfall of 0.5 %.
  EXPECT_NEAR(carried, 325.0 / 496, kStep + 0.005);
}

TEST(Sweep, SaturationMayLieOutsideOfIt) {
  auto config = shipped("crossbar_theory", {"ports=4", "queueing=fifo"});
  auto& traffic = config.workloads[0].traffic;
  traffic.sweep = platforms::LoadSweep{0.2, 0.4, 0.1, true};  // saturates at 325/496 = 0.655
  const RecordingSink below = run_traffic(config);
  ASSERT_EQ(below.saturation_rows.size(), 1u);
  EXPECT_EQ(below.saturation_rows[0].carried_load, 0.4);
  EXPECT_EQ(below.saturation_rows[0].saturated_load, std::nullopt);
}

TEST(HotSpot, TheHotLinkIsTheLimit) {
  const auto config = shipped("first");
  auto workload = traffic_workload();
  workload.traffic.pattern = TrafficPattern::hot_spot;
  workload.traffic.hot_spot_target = "gpu2";
  workload.traffic.hot_spot_fraction = 0.5;
  workload.traffic.offered_load = {0.4};
  const RecordingSink sink = run_traffic(config, workload);
  // Three sources send half of 0.4 to gpu2: 0.6 of its link, which carries it.
  EXPECT_NEAR(sink.rows.at(0).throughput, 0.4, 0.01);
  for (const auto& link : sink.link_rows) {
    if (link.link.find("gpu2") == std::string::npos || link.direction != "to_device") continue;
    EXPECT_NEAR(link.busy_share, 3 * 0.5 * 0.4, 0.02);
  }
}

// Bursts that come into being in one instant (off = 2 on) after exponential pauses are batches with
// Poisson arrivals: M^X/D/1, whose mean wait is (rho + E[X^2]/E[X] - 1) / (2 (1 - rho)) packet
// times.
TEST(OnOff, BurstsWaitAsABatchQueueDoes) {
  constexpr double kBurst = 8;
  constexpr double kLoad = 0.5;
  auto workload = traffic_workload();
  workload.traffic.pattern =
      TrafficPattern::permutation;  // the source's own link is the only queue
  workload.traffic.arrivals = platforms::ArrivalProcess::on_off;
  workload.traffic.burst_on_packets = kBurst;
  workload.traffic.burst_off_packets = 2 * kBurst;
  workload.traffic.measure_us = 1000;
  const RecordingSink sink = run_traffic(shipped("first"), workload);
  const double second_over_first = 2 * kBurst - 1;  // of a geometric length of mean kBurst
  const double wait = (kLoad + second_over_first - 1) / (2 * (1 - kLoad));
  // About 110,000 bursts on four sources: some 1 % of chance in the load, twice that in the wait.
  EXPECT_NEAR(sink.rows.at(0).throughput, kLoad, 0.02 * kLoad);
  EXPECT_NEAR(sink.rows.at(0).mean_wait_slots, wait, 0.06 * wait);
}

TEST(Failures, AWindowThatDeliversNothingIsOne) {
  ReportGuard reports;
  auto workload = traffic_workload();
  workload.traffic.warmup_us = 0;
  workload.traffic.measure_us = 0.001;  // less than any packet takes
  RecordingSink sink;
  platforms::Platform platform(shipped("first"));
  platforms::TrafficDriver driver(platform, workload, sink);
  try {
    driver.run();
    FAIL() << "nothing was delivered";
  } catch (const platforms::RunFailure& failure) {
    EXPECT_THAT(failure.what(), testing::HasSubstr("not one request was answered"));
  }
  EXPECT_TRUE(sink.rows.empty());
}

TEST(Failures, ARequestAnsweredWithAnErrorIsOne) {
  ReportGuard reports;
  // Ports of four protocols, and nobody translates: requests to another kind are refused.
  const auto config = shipped("scorpio_x_mixed", {"switches[0].bridge.enabled=false"});
  RecordingSink sink;
  platforms::Platform platform(config);
  platforms::TrafficDriver driver(platform, traffic_workload(), sink);
  try {
    driver.run();
    FAIL() << "requests reach ports of another protocol";
  } catch (const platforms::RunFailure& failure) {
    EXPECT_THAT(failure.what(), testing::HasSubstr("answered with an error"));
  }
}

TEST(Refused, WorkloadsThatCannotBe) {
  ReportGuard reports;
  RecordingSink sink;
  platforms::Platform platform(shipped("first", {"endpoints[0].accelerator.memory_bytes=4096"}));
  auto alone = traffic_workload();
  alone.traffic.pattern = TrafficPattern::permutation;
  alone.traffic.sources = {"gpu0"};
  EXPECT_THROW(platforms::TrafficDriver(platform, alone, sink), std::invalid_argument);
  auto large = traffic_workload();
  large.traffic.packets = {{8192, 1}};
  EXPECT_THROW(platforms::TrafficDriver(platform, large, sink), std::invalid_argument);
  auto unknown = traffic_workload();
  unknown.traffic.sources = {"nobody"};
  EXPECT_THROW(platforms::TrafficDriver(platform, unknown, sink), std::invalid_argument);
}

}  // namespace
}  // namespace antares::tb
