// SPDX-License-Identifier: Apache-2.0
// The same collective on several platforms, one row a platform and size: what it took, and what the
// platform is made of. A row travels from the process that measured it as JSON, keys and units as
// in comparison_columns(); the table is sorted by size, so that platforms stand side by side.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

struct ComparisonRow {
  std::string platform;  ///< as the user named it
  CollectiveRow measured;
  double hops_mean = 0;  ///< switches that a request passes, over ordered pairs of ranks
  unsigned hops_max = 0;
  std::uint64_t switches = 0;  ///< of the whole platform
  std::uint64_t lanes = 0;     ///< of all ports of its switches
};

const Columns<ComparisonRow>& comparison_columns();

/// Table for a person: one block a size, one line a platform in the order of `platforms`.
void print_comparison(std::ostream& out, const std::vector<nlohmann::ordered_json>& rows,
                      const std::vector<std::string>& platforms);

}  // namespace antares::platforms
