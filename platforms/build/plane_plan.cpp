// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/plane_plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/linked_ports.h"

namespace antares::platforms {
namespace {

/// Weights are whole numbers; a multiple of 1 to 10, so that small ratios (5 links to 4) are exact.
constexpr double kUnitsOfSlowest = 2520;

}  // namespace

PlanePlan::PlanePlan(const PlatformConfig& config)
    : config_(config),
      endpoints_(expand_endpoints(config)),
      planes_(linked_parts(make_graph(config, expand_links(config)))),
      raw_GBps_(endpoints_.size()) {
  std::map<const PortGroup*, double> known;
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    if (!config.endpoints[endpoints_[e].description].planes) continue;
    for (const PortRef& port : endpoints_[e].ports) {
      double& GBps = known[&group_of(config, port)];
      if (GBps == 0) GBps = group_of(config, port).make_policy()->rate().raw_GBps;
      raw_GBps_[e].push_back(GBps);
    }
  }
}

models::PlaneTable PlanePlan::table_of(std::size_t endpoint) const {
  const std::vector<PortRef>& own = endpoints_[endpoint].ports;
  const std::vector<double>& rates = raw_GBps_[endpoint];
  const double slowest = *std::min_element(rates.begin(), rates.end());
  std::vector<models::PlaneRegion> regions;
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    models::PlaneRegion region;
    region.base = window_base(e);
    region.size_bytes = memory_bytes(config_.endpoints[endpoints_[e].description]);
    bool any = false;
    for (std::size_t p = 0; p < own.size(); ++p) {
      const std::size_t plane = planes_[own[p].switch_index];
      const bool leads =
          std::any_of(endpoints_[e].ports.begin(), endpoints_[e].ports.end(),
                      [&](const PortRef& port) { return planes_[port.switch_index] == plane; });
      any = any || leads;
      region.weights.push_back(
          leads ? static_cast<std::uint32_t>(std::llround(rates[p] / slowest * kUnitsOfSlowest))
                : 0);
    }
    if (any) regions.push_back(std::move(region));
  }
  // A group has the same members on each plane: what is sent to it is dealt as by one of them.
  const std::vector<std::uint64_t> bases = group_bases(config_);
  for (std::size_t g = 0; g < config_.groups.size(); ++g) {
    models::PlaneRegion region;
    region.base = bases[g];
    region.size_bytes = config_.groups[g].window_bytes;
    region.by_address = true;
    for (const double rate : rates)
      region.weights.push_back(
          static_cast<std::uint32_t>(std::llround(rate / slowest * kUnitsOfSlowest)));
    regions.push_back(std::move(region));
  }
  return {*config_.endpoints[endpoints_[endpoint].description].planes, std::move(regions)};
}

}  // namespace antares::platforms
