// SPDX-License-Identifier: Apache-2.0
// What differs between two runs of the same thing: when, where, how long, how it was called. Kept
// out of results.json, which is the same to the byte for one seed. Wall time in seconds.
#pragma once
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace antares::platforms {

class RunInfo {
 public:
  explicit RunInfo(std::vector<std::string> command_line);

  double wall_seconds() const;
  /// CPU seconds of this process so far.
  static double cpu_seconds();
  nlohmann::ordered_json to_json(const std::string& outcome) const;

 private:
  std::vector<std::string> command_line_;
  std::chrono::steady_clock::time_point started_;
  std::string date_;  ///< UTC, ISO 8601
};

}  // namespace antares::platforms
