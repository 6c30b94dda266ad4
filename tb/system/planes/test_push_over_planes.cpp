// SPDX-License-Identifier: Apache-2.0
// A long in-switch all-reduce by push over planes that are dealt pages by a hash: ranks stay
// together as far as the engines hold, however little that is.
#include <cstdlib>

#include "antares/platforms/build/collective_driver.h"
#include "tb/system/collectives/collective_rows.h"
#include "tb/system/traffic/child_run.h"

namespace antares::tb {
namespace {

double push_us(const std::vector<std::string>& settings) {
  const std::string text = in_child([&] {
    ReportGuard reports;
    auto config = shipped("hgx_b200", settings);
    auto& what = config.workloads[0].collective;
    what.algorithm = "in_switch_push";
    what.bytes = {64 << 20};
    platforms::Platform platform(config);
    platforms::Rows rows;
    platforms::CollectiveDriver(platform, config.workloads[0], rows).run();
    return std::to_string(rows.rows.at(0).time_us);
  });
  return std::strtod(text.c_str(), nullptr);
}

// Engines of an eighth: 9 pages each at 16 engines are still more than links have under way. Where
// ranks run ahead by more than engines hold, what is told to retry takes several times as long.
TEST(PushOverPlanes, TakesNoLongerWithSmallEngines) {
  const double whole = push_us({});
  const double eighth =
      push_us({"switches[0].reduction.contexts=288", "switches[0].reduction.buffer_bytes=144 KiB"});
  EXPECT_GT(whole, 0);
  EXPECT_NEAR(eighth, whole, 0.1 * whole);
}

}  // namespace
}  // namespace antares::tb
