// SPDX-License-Identifier: Apache-2.0
// The same collective on several platforms, one row a platform and size: what it took, and what the
// platform is made of. A row travels from the process that measured it as JSON, keys and units as
// in comparison_columns(); the table is sorted by size, so that platforms stand side by side.
#pragma once
#include <fstream>
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

/// A platform without rows, or without all of them.
struct ComparisonFailure {
  std::string platform;
  int status = 0;  ///< exit status that it would have had alone
  std::string message;
};

const Columns<ComparisonRow>& comparison_columns();

/// Table for a person: one block a size, one line a platform in the order of `platforms`.
void print_comparison(std::ostream& out, const std::vector<nlohmann::ordered_json>& rows,
                      const std::vector<std::string>& platforms);

/// compare.csv grows by flushed lines as rows come; compare.json is replaced as a whole each time
/// and says "complete": false until finish().
class ComparisonFiles {
 public:
  /// Throws OutputError.
  explicit ComparisonFiles(const std::string& folder);
  void row(const nlohmann::ordered_json& row);
  void failure(const ComparisonFailure& failure);
  void finish();

 private:
  void write();

  std::string folder_;
  std::ofstream csv_;
  nlohmann::ordered_json json_;
};

}  // namespace antares::platforms
