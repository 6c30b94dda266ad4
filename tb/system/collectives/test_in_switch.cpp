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

namespace antares::platforms {
namespace {

constexpr std::uint32_t kRanks = 8;

PlatformConfig platform_with(const std::string& collective, const std::string& algorithm) {
  PlatformConfig config;
  config.name = "test";
  SwitchDescription fabric;
  fabric.name = "switch";
  PortGroup ports;
  ports.name = "gpu";
  ports.count = kRanks;
  ports.pcie.lanes = 4;
  fabric.ports = {ports};
  fabric.hypercast = models::HypercastConfig{};
  fabric.reduction = models::ReductionConfig{};
  config.switches = {fabric};
  EndpointDescription gpus;
  gpus.name = "gpu";
  gpus.count = kRanks;
  gpus.attach = "switch.gpu";
  config.endpoints = {gpus};
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

struct Bound {
  const char* algorithm;
  double speedup;
  double alu_Gops;  ///< 0: the default, which never binds
};

class InSwitchTime : public testing::TestWithParam<Bound> {};

TEST_P(InSwitchTime, IsThatOfTheBusiestPart) {
  const Bound& bound = GetParam();
  PlatformConfig config = platform_with("all_reduce", bound.algorithm);
  config.switches[0].crossbar.output_speedup = bound.speedup;
  config.switches[0].reduction->alu_Gops = bound.alu_Gops;
  const CollectiveRow row = run(config);
  const double n = kRanks;
  const double size = 64 << 20;
  const double raw_GBps = 4 * 64.0 / 8;
  const double link_GBps = raw_GBps * 236 / 256 * 256 / (256 + 16);  // MWr64 of 256 B
  const bool push = std::string(bound.algorithm) == "in_switch_push";
  // Push: operands S and results S cross an output. Pull: operands S, the sums S/n, the copies S.
  const double link_us = (push ? 1 : 1 + 1 / n) * size / link_GBps * 1e-3;
  const double output_us = (push ? 2 : 2 + 1 / n) * size / (bound.speedup * link_GBps) * 1e-3;
  const double alu_Gops = bound.alu_Gops != 0 ? bound.alu_Gops : raw_GBps / 2;
  const double alu_us = size / 4 / alu_Gops * 1e-3;
  const double bound_us = std::max({link_us, output_us, alu_us});
  RecordProperty("time_over_bound", std::to_string(row.time_us / bound_us));
  EXPECT_GE(row.time_us, bound_us);
  // A slow ALU holds up inputs that have work for other engines, too: 1.38 and 1.59 were seen, not
  // explained, so that no upper bound is claimed there.
  if (bound.alu_Gops != 0) return;
  // Regression guards above what was seen, not proofs. Push: at speed-up 2 operands and results
  // together fill every crossbar output, and outputs wait for each other (1.11 with 40 ranks).
  // Pull: all members answer one requester, then the next (1.9 with 20 ranks, not explained).
  EXPECT_LE(row.time_us, bound_us * (push ? 1.15 : 2.2));
}

INSTANTIATE_TEST_SUITE_P(
    Bounds, InSwitchTime,
    testing::Values(Bound{"in_switch_push", 1, 0}, Bound{"in_switch_push", 2, 0},
                    Bound{"in_switch_push", 4, 0}, Bound{"in_switch_push", 4, 2},
                    Bound{"in_switch_pull", 1, 0}, Bound{"in_switch_pull", 4, 0}),
    [](const auto& info) {
      return std::string(info.param.algorithm) + "_speedup" +
             std::to_string(int(info.param.speedup)) + "_alu" +
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
  collective.bytes = {40004};
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

TEST(Auto, TakesTheEnginesAndSaysSo) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  EXPECT_EQ(run(config).algorithm, "in_switch_push");
}

TEST(Auto, LeavesWhatTheEnginesCannotCompute) {
  PlatformConfig config = platform_with("all_reduce", "auto");
  config.workloads[0].collective.redop = ReductionOperator::prod;
  EXPECT_EQ(run(config).algorithm, "ring");
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

}  // namespace
}  // namespace antares::platforms
