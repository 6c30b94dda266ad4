// SPDX-License-Identifier: Apache-2.0
// Platforms whose endpoints have planes: k planes carry k times what one does, data arrives whole,
// blocking and non-blocking requests take the same time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "antares/platforms/build/blocking_call.h"
#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/build/zero_load_table.h"
#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/report/topology_facts.h"
#include "antares/platforms/workload/collective.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

constexpr std::uint32_t kRanks = 4;
constexpr double kLink_GBps = 25;  // generation 4, no derate
/// 16 B of header for each store of 256 B.
constexpr double kEfficiency = 256.0 / (256 + 16);

/// `links`: of each plane.
PlatformConfig platform_for(const std::vector<std::uint32_t>& links) {
  PlatformConfig config;
  config.name = "test";
  EndpointDescription gpus;
  gpus.name = "gpu";
  gpus.count = kRanks;
  for (std::size_t p = 0; p < links.size(); ++p) {
    SwitchDescription plane;
    plane.name = "plane" + std::to_string(p);
    PortGroup ports;
    ports.name = "gpu";
    ports.count = kRanks;
    ports.protocol = protocols::ProtocolKind::nvlink;
    ports.nvlink.links = links[p];
    ports.nvlink.link_derate = 1;
    plane.ports = {ports};
    config.switches.push_back(plane);
    gpus.attach += (p == 0 ? "" : ", ") + plane.name + ".gpu";
  }
  if (links.size() > 1) {
    gpus.planes.emplace();
    gpus.planes->count = static_cast<std::uint32_t>(links.size());
  }
  config.endpoints = {gpus};
  WorkloadDescription workload;
  workload.name = "w";
  workload.kind = WorkloadKind::collective;
  workload.collective.collective = "all_reduce";
  workload.collective.algorithm = "ring";
  workload.collective.bytes = {64 << 20};
  workload.collective.data = DataMode::timing;
  config.workloads = {workload};
  config.run.train_bytes = 64 << 10;
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

using models::PlaneSpread;

const char* name_of(PlaneSpread spread) {
  return spread == PlaneSpread::adaptive ? "_by_load" : "_by_address";
}

class RingOverPlanes
    : public testing::TestWithParam<std::tuple<std::vector<std::uint32_t>, PlaneSpread>> {};

TEST_P(RingOverPlanes, TakesTheTimeOfAllLinksTogether) {
  const auto& [planes, spread] = GetParam();
  PlatformConfig config = platform_for(planes);
  if (config.endpoints[0].planes) config.endpoints[0].planes->spread = spread;
  const double links = std::accumulate(planes.begin(), planes.end(), 0.0);
  const double bytes = 64 << 20;
  const double bound_us =
      2.0 * (kRanks - 1) / kRanks * bytes / (links * kLink_GBps * kEfficiency) * 1e-3;
  const CollectiveRow row = run(config);
  EXPECT_GE(row.time_us, bound_us);
  // Three per cent: six steps of about 1 us and the filling of their slices, of 0.25 to 4 ms.
  EXPECT_LE(row.time_us, bound_us * 1.03);
  // All planes of an endpoint are one wire.
  EXPECT_NEAR(row.wirebw_GBps, row.busbw_GBps, row.busbw_GBps * 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Links, RingOverPlanes,
                         testing::Combine(testing::Values(std::vector<std::uint32_t>{1},
                                                          std::vector<std::uint32_t>{1, 1},
                                                          std::vector<std::uint32_t>{2, 1},
                                                          std::vector<std::uint32_t>{1, 1, 1, 1},
                                                          std::vector<std::uint32_t>{3, 2, 2, 3}),
                                          testing::Values(PlaneSpread::hash,
                                                          PlaneSpread::adaptive)),
                         [](const auto& entry) {
                           std::string name = "planes";
                           for (const auto links : std::get<0>(entry.param))
                             name += "_" + std::to_string(links);
                           return name + name_of(std::get<1>(entry.param));
                         });

class EveryAlgorithmOverPlanes
    : public testing::TestWithParam<std::tuple<AlgorithmInfo, PlaneSpread>> {};

TEST_P(EveryAlgorithmOverPlanes, ComputesItsDefinition) {
  const auto& [info, spread] = GetParam();
  PlatformConfig config = platform_for({2, 1, 2});
  config.endpoints[0].planes->spread = spread;
  if (uses_switch(info.algorithm))
    for (SwitchDescription& plane : config.switches) {
      plane.hypercast = models::HypercastConfig{};
      plane.reduction = models::ReductionConfig{};
    }
  auto& collective = config.workloads[0].collective;
  collective.collective = info.collective;
  collective.algorithm = info.algorithm;
  const bool sized = collective.collective != "barrier";
  collective.bytes =
      sized ? std::vector<std::uint64_t>{4, 24, 1000, 100000, 3 << 20} : CollectiveWorkload().bytes;
  collective.data = DataMode::check;
  tb::ReportGuard reports;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  ASSERT_EQ(rows.rows.size(), sized ? collective.bytes.size() : 1);
  for (const CollectiveRow& row : rows.rows) EXPECT_EQ(row.wrong, 0) << row.size_bytes << " bytes";
}

INSTANTIATE_TEST_SUITE_P(All, EveryAlgorithmOverPlanes,
                         testing::Combine(testing::ValuesIn(algorithms()),
                                          testing::Values(PlaneSpread::hash,
                                                          PlaneSpread::adaptive)),
                         [](const auto& entry) {
                           const AlgorithmInfo& info = std::get<0>(entry.param);
                           return info.collective + "_by_" + info.algorithm +
                                  name_of(std::get<1>(entry.param));
                         });

class FlagsOverPlanes : public testing::TestWithParam<models::StoreFlags> {};

// Planes cut what is stored at granules of 256 B, wherever data and flags stand.
TEST_P(FlagsOverPlanes, DataArrivesWithoutThem) {
  PlatformConfig config = platform_for({2, 1, 2});
  config.endpoints[0].planes->granule_bytes = 256;
  auto& library = config.endpoints[0].accelerator.library;
  library.low_latency_up_to_bytes = 1 << 20;  // the largest size is sent without
  library.low_latency.slice_bytes = 64 << 10;
  library.low_latency.flags = GetParam();
  auto& collective = config.workloads[0].collective;
  collective.bytes = {8, 24, 1000, 100'000, 1 << 20, 3 << 20};
  collective.type = DataType::float64;
  collective.data = DataMode::check;
  tb::ReportGuard reports;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  ASSERT_EQ(rows.rows.size(), collective.bytes.size());
  for (const CollectiveRow& row : rows.rows) EXPECT_EQ(row.wrong, 0) << row.size_bytes << " bytes";
  const CollectiveRow& bulk = rows.rows.back();
  EXPECT_NEAR(bulk.wirebw_GBps, bulk.busbw_GBps, bulk.busbw_GBps * 1e-6);
  // Slices and chunks of 1 MiB are whole words, so that flags are a fixed share; lines are not.
  const CollectiveRow& flagged = rows.rows[rows.rows.size() - 2];
  const double chunk = (1 << 20) / kRanks, slice = 64 << 10;
  const auto unit = models::store_unit(GetParam());
  const double stored = chunk / slice * std::ceil(slice / unit.data) * unit.bytes;
  EXPECT_NEAR(flagged.wirebw_GBps, flagged.busbw_GBps * stored / chunk, flagged.busbw_GBps * 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Each, FlagsOverPlanes,
                         testing::Values(models::StoreFlags::each_word,
                                         models::StoreFlags::each_line),
                         [](const auto& entry) {
                           return entry.param == models::StoreFlags::each_word ? "word" : "line";
                         });

TEST(PlanePlatform, ABlockingCallTakesTheZeroLoadTimeOfItsPlane) {
  tb::ReportGuard reports;
  const PlatformConfig config = platform_for({1, 1});
  Platform platform(config);
  platform.elaborate();
  ZeroLoadTable table(platform, {{256, true, 1}});
  models::Request read;
  read.read = true;
  read.bytes = 256;
  const PlatformEndpoint& from = platform.endpoints()[0];
  for (std::uint64_t granule = 0; granule < 8; ++granule) {
    read.address = platform.endpoints()[1].window_base + granule * 4096;
    const BlockingCall call = blocking_call(platform, from, read);
    EXPECT_EQ(call.status, "ok");
    EXPECT_EQ(call.delay_ps, table.answer_ps(0, 1, 0));
  }
}

TEST(PlanePlatform, WhoHasOnePortIsReachedByItsPlaneOnly) {
  tb::ReportGuard reports;
  PlatformConfig config = platform_for({1, 1});
  config.switches[1].ports[0].count = kRanks + 1;
  config.endpoints[0].attach = "plane0.gpu, plane1.gpu[0..3]";
  EndpointDescription host;
  host.name = "host";
  host.kind = EndpointKind::host;
  host.attach = "plane1.gpu4";
  config.endpoints.push_back(host);
  Platform platform(config);
  platform.elaborate();
  const PlatformEndpoint& gpu = platform.endpoint("gpu0");
  const PlatformEndpoint& alone = platform.endpoint("host");
  constexpr std::uint64_t kGranules = 8;
  models::Request write;
  write.bytes = 64;
  for (std::uint64_t granule = 0; granule < kGranules; ++granule) {
    write.address = alone.window_base + granule * 4096;
    EXPECT_EQ(blocking_call(platform, gpu, write).status, "ok");
    write.address = gpu.window_base + granule * 4096;
    EXPECT_EQ(blocking_call(platform, alone, write).status, "ok");
  }
  EXPECT_EQ(gpu.spreader->counts().pieces[0], 0u);
  EXPECT_EQ(gpu.spreader->counts().pieces[1], kGranules);
  EXPECT_EQ(ways(gpu, alone).size(), 1u);
  EXPECT_EQ(ways(alone, gpu).size(), 1u);
  EXPECT_EQ(ways(gpu, platform.endpoint("gpu1")).size(), 2u);
}

TEST(PlanePlatform, FactsCountEveryPlane) {
  tb::ReportGuard reports;
  const PlatformConfig config = platform_for({5, 4, 4, 5});
  Platform platform(config);
  platform.elaborate();
  const TopologyFacts facts = topology_facts(platform);
  EXPECT_EQ(facts.planes, 4u);
  EXPECT_EQ(facts.dealt, "hash");
  EXPECT_EQ(facts.switches, 4u);
  EXPECT_EQ(facts.lanes_used, kRanks * 18 * 2u);
  EXPECT_NEAR(facts.bisection_usable_GBps, kRanks / 2 * 18 * kLink_GBps, 1e-6);
  EXPECT_NEAR(facts.half_usable_GBps, facts.bisection_usable_GBps, 1e-6);
  ASSERT_EQ(facts.classes.size(), 1u);
  EXPECT_EQ(facts.classes[0].pairs, kRanks * (kRanks - 1));
  EXPECT_EQ(facts.classes[0].from_link, "nvlink 2 of x10, 2 of x8");
}

}  // namespace
}  // namespace antares::platforms
