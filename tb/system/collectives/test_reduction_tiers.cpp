// SPDX-License-Identifier: Apache-2.0
// In-switch all-reduces over several switches, from description to result: data element by element,
// bytes of each link by the formula; and engines on service ports, never faster than these.
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

PortGroup x4(const std::string& name, std::uint32_t count) {
  PortGroup ports;
  ports.name = name;
  ports.count = count;
  ports.pcie.lanes = 4;
  return ports;
}

WorkloadDescription all_reduce(const std::string& algorithm, std::uint64_t bytes, DataMode data) {
  WorkloadDescription workload;
  workload.name = "w";
  workload.kind = WorkloadKind::collective;
  workload.collective.collective = "all_reduce";
  workload.collective.algorithm = algorithm;
  workload.collective.bytes = {bytes};
  workload.collective.data = data;
  return workload;
}

CollectiveRow run(const PlatformConfig& config, std::vector<LinkRow>* links = nullptr) {
  tb::ReportGuard reports;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  if (links != nullptr) *links = platform.link_rows("w");
  return rows.rows.at(0);
}

/// leaves x devices accelerators, two links from each leaf to each of two spines.
PlatformConfig two_tiers(std::uint32_t leaves, std::uint32_t devices,
                         const WorkloadDescription& workload) {
  PlatformConfig config;
  config.name = "test";
  SwitchDescription part;
  part.hypercast = models::HypercastConfig{};
  part.reduction = models::ReductionConfig{};
  std::string attach;
  for (std::uint32_t l = 0; l < leaves; ++l) {
    part.name = "leaf" + std::to_string(l);
    part.ports = {x4("gpu", devices), x4("up", 4)};
    config.switches.push_back(part);
    attach += (l == 0 ? "" : ", ") + part.name + ".gpu";
    for (const std::uint32_t spine : {0u, 1u}) {
      LinkDescription links;
      links.from = part.name + ".up[" + std::to_string(2 * spine) + ".." +
                   std::to_string(2 * spine + 1) + "]";
      links.to = "spine" + std::to_string(spine) + ".down[" + std::to_string(2 * l) + ".." +
                 std::to_string(2 * l + 1) + "]";
      config.links.push_back(links);
    }
  }
  part.ports = {x4("down", 2 * leaves)};
  for (const char* const spine : {"spine0", "spine1"}) {
    part.name = spine;
    config.switches.push_back(part);
  }
  EndpointDescription gpus;
  gpus.name = "gpu";
  gpus.count = leaves * devices;
  gpus.attach = attach;
  config.endpoints = {gpus};
  config.workloads = {workload};
  config.run.train_bytes = 16 << 10;
  return config;
}

class OverTiers : public testing::TestWithParam<const char*> {};

TEST_P(OverTiers, EachElementIsRight) {
  PlatformConfig config = two_tiers(3, 4, all_reduce(GetParam(), 400'004, DataMode::check));
  EXPECT_EQ(run(config).wrong, 0);
}

TEST_P(OverTiers, WithFewContextsTooIfNotAtOnce) {
  PlatformConfig config = two_tiers(3, 4, all_reduce(GetParam(), 40'004, DataMode::check));
  for (auto& part : config.switches) {
    part.reduction->contexts = 2;
    part.reduction->context_bytes = 256;
    part.reduction->buffer_bytes = 512;
    part.reduction->parking = 1;
  }
  config.run.train_bytes = 0;
  EXPECT_EQ(run(config).wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(By, OverTiers, testing::Values("in_switch_push", "in_switch_pull", "auto"),
                         [](const auto& info) { return std::string(info.param); });

// Push: each leaf sends one partial result up and gets one result, of all S bytes, whatever the
// number of its members; a ring of all would send about 2 S over each leaf's links each way.
TEST(OverTiersBytes, OnePartialUpAndOneResultDown) {
  constexpr std::uint64_t kSize = 1 << 20;
  constexpr std::uint32_t kLeaves = 4;
  std::vector<LinkRow> links;
  run(two_tiers(kLeaves, 4, all_reduce("in_switch_push", kSize, DataMode::timing)), &links);
  std::uint64_t trunks = 0;
  std::uint64_t devices = 0;
  for (const LinkRow& row : links) {
    const bool is_trunk = row.link.find(".up") != std::string::npos;
    (is_trunk ? trunks : devices) +=
        row.link.find("spine") == std::string::npos ? row.payload_bytes : 0;
  }
  EXPECT_EQ(trunks, 2 * kLeaves * kSize);       // both ways
  EXPECT_EQ(devices, 2 * kLeaves * 4 * kSize);  // up S, down S a device
}

struct Service {
  std::uint32_t ports;
  double speedup;
};

class ServiceBound : public testing::TestWithParam<Service> {};

// Operands of all n ranks, n S bytes, cross k crossbar outputs; each link carries S.
TEST_P(ServiceBound, OperandsCrossTheServicePorts) {
  constexpr std::uint32_t kRanks = 8;
  constexpr std::uint64_t kSize = 16 << 20;
  PlatformConfig config = one_switch(kRanks);
  SwitchDescription& fabric = config.switches[0];
  fabric.reduction->placement = models::EnginePlacement::service_ports;
  fabric.reduction->service_ports = GetParam().ports;
  fabric.crossbar.output_speedup = GetParam().speedup;
  config.workloads = {all_reduce("in_switch_push", kSize, DataMode::timing)};
  config.run.train_bytes = 16 << 10;
  const double time_us = run(config).time_us;
  const double raw_GBps = 4 * 64.0 / 8;
  const double link_GBps = raw_GBps * 236 / 256 * 256 / (256 + 16);  // MWr64 of 256 B
  const double size = kSize;
  const double link_us = size / link_GBps * 1e-3;
  const double share = kRanks / double(GetParam().ports);
  const double output_us = share * size / (GetParam().speedup * link_GBps) * 1e-3;
  const double alu_us = share * size / 4 / (raw_GBps / 2) * 1e-3;
  // Results are read from the service ports' inputs, as fast as a port's, each once for all.
  const double input_us = size / GetParam().ports / link_GBps * 1e-3;
  const double bound_us = std::max({link_us, output_us, alu_us, input_us});
  RecordProperty("time_over_bound", std::to_string(time_us / bound_us));
  EXPECT_GE(time_us, bound_us);
  // A regression guard above what was seen (1.04 with four ports: the hash gives one of them more
  // than its share for a while), not a proof.
  EXPECT_LE(time_us, 1.1 * bound_us);
}

INSTANTIATE_TEST_SUITE_P(Ports, ServiceBound,
                         testing::Values(Service{1, 2}, Service{2, 1}, Service{2, 2}, Service{4, 2},
                                         Service{8, 2}),
                         [](const auto& info) {
                           return std::to_string(info.param.ports) + "_at_" +
                                  std::to_string(int(info.param.speedup));
                         });

}  // namespace
}  // namespace antares::platforms
