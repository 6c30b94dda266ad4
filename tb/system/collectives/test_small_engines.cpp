// SPDX-License-Identifier: Apache-2.0
// Pushes to engines that hold next to nothing, or nothing but what they need: they take their time,
// but all finish, and the data is right. Sums for single ranks are spread over all engines.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

PlatformConfig with_engines(const std::string& engines, const std::string& collective) {
  return parse_platform(
             "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 128\n    hypercast: {}\n"
             "    reduction: {" +
                 engines +
                 "}\n    ports:\n      - {name: gpu, count: 8, protocol: pcie, pcie: {lanes: 16}}\n"
                 "endpoints:\n  - {name: gpu, count: 8, kind: accelerator, attach: s.gpu}\n"
                 "workloads:\n  - {name: w, kind: collective, collective: {collective: " +
                 collective + ", algorithm: in_switch_push, data: check}}\n",
             "t")
      .config;
}

class SmallEngines : public testing::TestWithParam<std::tuple<std::string, unsigned>> {};

TEST_P(SmallEngines, AllFinish) {
  tb::ReportGuard reports;
  const auto [holds, parking] = GetParam();
  const PlatformConfig config = with_engines(fmt::format("{}, parking: {}", holds, parking),
                                             "all_reduce, bytes: [1 KiB, 64 KiB, 512 KiB]");
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  ASSERT_EQ(rows.rows.size(), 3u);
  for (const auto& row : rows.rows) EXPECT_EQ(row.wrong, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Holding, SmallEngines,
    testing::Combine(testing::Values("contexts: 1", "contexts: 2", "contexts: 8", "contexts: 9",
                                     "contexts: 15", "contexts: 28", "contexts: 32",
                                     "buffer_bytes: 128", "context_bytes: 512, contexts: 2"),
                     testing::Values(0u, 1u, 16u)));

TEST(SmallEngines, SumsForSingleRanksAreEverybodysWork) {
  tb::ReportGuard reports;
  const PlatformConfig config = with_engines("", "reduce_scatter, bytes: 64 KiB");
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  // 8 KiB for each rank, which the other seven contribute to (and it itself): in two steps of the
  // address.
  for (const auto& endpoint : platform.endpoints())
    EXPECT_GT(endpoint.ports.front()->reduction()->engine().alu().elements(), 0u) << endpoint.name;
}

}  // namespace
}  // namespace antares::platforms
