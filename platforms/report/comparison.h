// SPDX-License-Identifier: Apache-2.0
// The same workload on several platforms: what a run of it alone tells, row by row, and what the
// platform is made of. A row travels from the process that measured it as JSON, keys and units as
// in the columns of its kind (columns.h), the platform in front and its facts behind; tables are
// sorted so that platforms stand side by side.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

struct ComparedPlatform {
  std::string platform;  ///< as the user named it
  double hops_mean = 0;  ///< switches that a request passes, over ordered pairs of who takes part
  unsigned hops_max = 0;
  std::uint64_t switches = 0;  ///< of the whole platform
  std::uint64_t lanes = 0;     ///< of all ports of its switches
};
const Columns<ComparedPlatform>& compared_platform_columns();

/// Keys of the lists in compare.json, as in results.json; also what a row's kind is called.
inline constexpr const char* kComparedCollectives = "collectives";
inline constexpr const char* kComparedConcurrent = "concurrent";
inline constexpr const char* kComparedConcurrentTotals = "concurrent_totals";
inline constexpr const char* kComparedTraffic = "traffic";
inline constexpr const char* kComparedSaturation = "saturation";
inline constexpr const char* kComparedTraces = "traces";

/// A row of `columns` between what is known of its platform. Lists of words, which do not fit a
/// cell, are left out.
template <class Row>
nlohmann::ordered_json compared(const ComparedPlatform& facts, const Row& row,
                                const Columns<Row>& columns) {
  auto object = nlohmann::ordered_json::object();
  const auto& around = compared_platform_columns();
  object[around.front().name] = around.front().value(facts);
  for (const Column<Row>& column : columns) {
    nlohmann::ordered_json value = column.value(row);
    if (!value.is_array()) object[column.name] = std::move(value);
  }
  for (std::size_t i = 1; i < around.size(); ++i) object[around[i].name] = around[i].value(facts);
  return object;
}

/// Table for a person of rows of one kind and one workload: one block a size or load, one line a
/// platform in the order of `platforms`. Nothing, if there are no rows. Of collectives at once only
/// their totals: each is in the files.
void print_comparison(std::ostream& out, const std::string& kind,
                      const std::vector<nlohmann::ordered_json>& rows,
                      const std::vector<std::string>& platforms);

}  // namespace antares::platforms
