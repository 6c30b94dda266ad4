// SPDX-License-Identifier: Apache-2.0
// Collectives that the switch copies and reduces: never faster than the busiest of link, crossbar
// output and ALU, and close to it at large sizes; with few contexts every result is right all the
// same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"
#include "tb/system/collectives/one_switch.h"

namespace antares::platforms {
namespace {

constexpr std::uint32_t kRanks = 8;

/// A barrier has a size of its own.
std::vector<std::uint64_t> sizes_for(const CollectiveWorkload& what,
                                     const std::vector<std::uint64_t>& sizes) {
  return what.collective == "barrier" ? CollectiveWorkload().bytes : sizes;
}

PlatformConfig platform_with(const std::string& collective, const std::string& algorithm) {
  PlatformConfig config = one_switch(kRanks);
  WorkloadDescription workload;
  workload.name = "w";
  workload.kind = WorkloadKind::collective;
  workload.collective.collective = collective;
  workload.collective.algorithm = algorithm;
  workload.collective.bytes = {64 << 20};
  workload.collective.data = DataMode::timing;
  config.workloads = {workload};
  config.run.train_bytes = 16 << 10;
  return config;
}

CollectiveRow run(const PlatformConfig& config) {
  tb::ReportGuard reports;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  return rows.rows.at(0);
}

// What the time of an all-reduce of S bytes over n ranks is made of; B: what a link carries as
// payload, s_in, s_out: rates of crossbar ports relative to it.
//
//   link     push S/B; pull (1 + 1/n + h) S/B towards the members: copies, sums and the reads that
//            load-reduces become, h: bytes of a read request beside those of a write of as much
//            data
//   output   the same and the operands: push 2S/(s_out B), pull (2 + 1/n + h) S/(s_out B)
//   input    operands: S/(s_in B); pull also the multicasts, S/n for each read of them: one at
//            least, n at most (an output that is busy reads later)
//   alu      S/4 operands at each engine
//
// Nothing is faster than the largest of them. At most, the crossbar takes input + output: a train
// waits there only while its input or its output works (dense open shop; Racsmany's bound). Where
// that is below the link's time, the link is all that counts, and its bound is met but for
//
//   fill     push: a run of n slices, until which no result is complete, at the beginning and the
//            end: 2 n r/B, r: bytes of a request. Pull: all contexts of all engines fill side by
//            side before the first sum is complete: n W/B, W: bytes an engine holds; its last sums
//            are copied to all: n r/B
//   backlog  what the contexts hold may wait for the ALU: its time for the last operands
//   latency  a few microseconds for the launch, two ways over the switch and the memory
struct Bound {
  const char* algorithm;
  double input_speedup;
  double output_speedup;
  double alu_Gops;  ///< 0: the default, which never binds
  bool met =
      true;  ///< within 10 % of the bound: neither reads of multicasts nor the ALU in the way
};

class InSwitchTime : public testing::TestWithParam<Bound> {};

TEST_P(InSwitchTime, IsThatOfTheBusiestPart) {
  const Bound& bound = GetParam();
  PlatformConfig config = platform_with("all_reduce", bound.algorithm);
  config.switches[0].crossbar.input_speedup = bound.input_speedup;
  config.switches[0].crossbar.output_speedup = bound.output_speedup;
  config.switches[0].reduction->alu_Gops = bound.alu_Gops;
  const CollectiveRow row = run(config);
  const double n = kRanks;
  const double size = 64 << 20;
  const double raw_GBps = 4 * 64.0 / 8;
  const double link_GBps = raw_GBps * 236 / 256 * 256 / (256 + 16);  // MWr64 of 256 B
  const auto us = [&](double bytes) { return bytes / link_GBps * 1e-3; };
  const bool push = std::string(bound.algorithm) == "in_switch_push";
  const double read = 16.0 / (256 + 16);             // MRd64 for 256 B
  const double sum = (256.0 + 12) / (256 + 16) / n;  // CplD of 256 B
  const double link_us = us((push ? 1 : 1 + sum + read) * size);
  const double operands_us = us((push ? 1 : sum * n) * size);
  const double output_us = (operands_us + link_us) / bound.output_speedup;
  const auto input_us = [&](double reads) {
    return (operands_us + (push ? 0 : us(reads / n * size))) / bound.input_speedup;
  };
  const double alu_Gops = bound.alu_Gops != 0 ? bound.alu_Gops : raw_GBps / 2;
  const double alu_us = size / 4 / alu_Gops * 1e-3;
  const double least_us = std::max({link_us, output_us, input_us(1), alu_us});
  RecordProperty("time_over_bound", std::to_string(row.time_us / least_us));
  EXPECT_GE(row.time_us, least_us);

  const models::ReductionConfig& engine = *config.switches[0].reduction;
  const double held_bytes = std::min<double>(
      static_cast<double>(engine.contexts) * engine.context_bytes, double(engine.buffer_bytes));
  const double request_bytes = 16 << 10;  // a train, above the interleave, below a quarter of held
  const double fill_us = us(n * (push ? 2 * request_bytes : held_bytes + request_bytes));
  const double latency_us =
      5;  // two launches of 0.3 us, arrivals of 0.3 us, ways of 0.3 us, memory
  // FIFO inputs under a full load of 8 outputs carry 0.6184 of it (facts/product_and_collectives.md
  // 3.7 a): what waits for a busy ALU holds the ingress buffer in front of what others are free
  // for. Larger buffers do better, none does worse.
  const double backlog_us = double(engine.buffer_bytes) / 2 / alu_Gops * 1e-3;  // in elements
  const double blocked_alu_us = bound.alu_Gops != 0 ? alu_us / 0.6184 + backlog_us : 0;
  const double most_us =
      std::max({link_us, input_us(n) + output_us, blocked_alu_us}) + fill_us + latency_us;
  RecordProperty("time_over_most", std::to_string(row.time_us / most_us));
  EXPECT_LE(row.time_us, most_us);
  if (bound.met) EXPECT_LE(row.time_us, 1.1 * least_us);
}

INSTANTIATE_TEST_SUITE_P(
    Bounds, InSwitchTime,
    testing::Values(Bound{"in_switch_push", 1, 1, 0}, Bound{"in_switch_push", 1, 2, 0},
                    Bound{"in_switch_push", 2, 4, 0}, Bound{"in_switch_push", 4, 4, 2, false},
                    Bound{"in_switch_pull", 1, 1, 0}, Bound{"in_switch_pull", 1, 2, 0, false},
                    Bound{"in_switch_pull", 4, 4, 0}),
    [](const auto& info) {
      return std::string(info.param.algorithm) + "_in" +
             std::to_string(int(info.param.input_speedup)) + "_out" +
             std::to_string(int(info.param.output_speedup)) + "_alu" +
             std::to_string(int(info.param.alu_Gops));
    });

class WithFewContexts : public testing::TestWithParam<AlgorithmInfo> {};

TEST_P(WithFewContexts, EveryResultIsRight) {
  PlatformConfig config = platform_with(GetParam().collective, GetParam().algorithm);
  models::ReductionConfig& engines = *config.switches[0].reduction;
  engines.contexts = 2;
  engines.context_bytes = 256;
  engines.buffer_bytes = 512;
  engines.parking = 1;
  config.run.train_bytes = 0;
  auto& collective = config.workloads[0].collective;
  collective.data = DataMode::check;
  collective.bytes = sizes_for(collective, {40004});
  EXPECT_EQ(run(config).wrong, 0);
}

std::vector<AlgorithmInfo> in_switch_algorithms() {
  std::vector<AlgorithmInfo> infos;
  for (const AlgorithmInfo& info : algorithms())
    if (uses_switch(info.algorithm)) infos.push_back(info);
  return infos;
}

INSTANTIATE_TEST_SUITE_P(All, WithFewContexts, testing::ValuesIn(in_switch_algorithms()),
                         [](const auto& info) {
                           return info.param.collective + "_by_" + info.param.algorithm;
                         });

// A sum of 64 KiB fits one request; at one engine all operands would cross one output of the
// crossbar. Shared by all, each output carries an n-th of that.
TEST(FewBytes, AreSummedByAllEngines) {
  PlatformConfig config = platform_with("all_reduce", "in_switch_push");
  constexpr double kSize = 64 << 10;
  config.workloads[0].collective.bytes = {64 << 10};
  const double output_GBps = config.switches[0].crossbar.output_speedup * 4 * 64.0 / 8 * 236 / 256;
  EXPECT_LT(run(config).time_us, kRanks * kSize / output_GBps * 1e-3);
}

// The same on parallel planes: each reduces what its addresses are dealt, of a size that no
// granule divides, at a rate that keeps loads and multicasts in each other's way.
class OverPlanes : public testing::TestWithParam<AlgorithmInfo> {};

TEST_P(OverPlanes, EveryResultIsRight) {
  PlatformConfig config = platform_with(GetParam().collective, GetParam().algorithm);
  config.switches.push_back(config.switches[0]);
  config.switches[0].name = "plane0";
  config.switches[1].name = "plane1";
  EndpointDescription& gpus = config.endpoints[0];
  gpus.attach = "plane0.gpu, plane1.gpu";
  gpus.planes.emplace();
  gpus.planes->count = 2;
  auto& collective = config.workloads[0].collective;
  collective.data = DataMode::check;
  collective.bytes = sizes_for(collective, {1000004, 8});
  EXPECT_EQ(run(config).wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(All, OverPlanes, testing::ValuesIn(in_switch_algorithms()),
                         [](const auto& info) {
                           return info.param.collective + "_by_" + info.param.algorithm;
                         });

TEST(Auto, TakesTheEnginesAndSaysSo) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  EXPECT_EQ(run(config).algorithm, "in_switch_push");
}

TEST(Auto, LeavesWhatTheEnginesCannotCompute) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  config.workloads[0].collective.redop = ReductionOperator::prod;
  EXPECT_EQ(run(config).algorithm, "ring");
}

TEST(Auto, LeavesToALowLatencyProtocolWhatIsItsOwn) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  config.endpoints[0].accelerator.library.low_latency_up_to_bytes = 1 << 20;
  config.workloads[0].collective.bytes = {1 << 20};
  EXPECT_FALSE(uses_switch(run(config).algorithm));
}

TEST(Auto, TakesTheEnginesAboveALowLatencyProtocol) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  config.endpoints[0].accelerator.library.low_latency_up_to_bytes = 1 << 20;
  config.workloads[0].collective.bytes = {(1 << 20) + 4};
  EXPECT_EQ(run(config).algorithm, "in_switch_push");
}

TEST(InSwitch, WhatCannotBeIsRefusedWithItsReason) {
  tb::ReportGuard reports;
  PlatformConfig config = platform_with("all_reduce", "in_switch_push");
  config.workloads[0].collective.redop = ReductionOperator::max;
  Platform platform(config);
  Rows rows;
  try {
    CollectiveDriver(platform, config.workloads[0], rows).run();
    FAIL() << "max of float was pushed";
  } catch (const std::invalid_argument& problem) {
    EXPECT_THAT(problem.what(), testing::HasSubstr("max of float"));
  }
}

// A long sum by push asks for 8 engines' worth at a time, unless members have a time limit: fewer
// requests, the same bytes in the same time, but that ranks that begin at one engine stand in line
// there first, each for as long as its output takes a request's operand.
class LongPush : public testing::TestWithParam<bool> {};

TEST_P(LongPush, TakesSeveralEnginesARequest) {
  constexpr std::uint64_t kRequest = 64 << 10;
  constexpr std::uint64_t kBytes = 32 * kRanks * kRequest + 4000;
  const std::uint64_t engines = GetParam() ? 8 : 1;
  PlatformConfig config = platform_with("all_reduce", "in_switch_push");
  config.run.train_bytes = kRequest;
  config.switches[0].crossbar.input_speedup = config.switches[0].crossbar.output_speedup = 4;
  if (!GetParam()) {
    config.switches[0].hypercast->slow_member = models::SlowMember::time_out;
    config.switches[0].hypercast->member_timeout_us = 1e6;
  }
  config.workloads[0].collective.bytes = {kBytes};
  config.workloads[0].collective.data = DataMode::check;
  tb::ReportGuard reports;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  const CollectiveRow& row = rows.rows.at(0);
  EXPECT_EQ(row.wrong, 0);
  for (const PlatformEndpoint& endpoint : platform.endpoints()) {
    EXPECT_EQ(endpoint.port->counts().at_transactions,
              (kBytes + engines * kRequest - 1) / (engines * kRequest));
    EXPECT_EQ(endpoint.port->ingress_reading().payload_bytes, kBytes);
    EXPECT_EQ(endpoint.port->egress_reading().payload_bytes, kBytes);
  }
  const double link_GBps = 4 * 64.0 / 8 * 236 / 256 * 256 / (256 + 16);
  const double request_us = kRequest / link_GBps * 1e-3;
  const double link_us = double(kBytes) / link_GBps * 1e-3;
  const double fill_us = 2 * kRanks * request_us;  // as above
  const double line_us = kRanks * request_us / 4;
  EXPECT_GE(row.time_us, link_us);
  EXPECT_LE(row.time_us, link_us + fill_us + line_us + 5);
  EXPECT_THAT(platform.switches()[0]->quiescence_problems(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Requests, LongPush, testing::Bool());

}  // namespace
}  // namespace antares::platforms
