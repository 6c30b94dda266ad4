// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/run_info.h"

#include <unistd.h>

#include <ctime>

#include "antares/platforms/build/version.h"

namespace antares::platforms {

RunInfo::RunInfo(std::vector<std::string> command_line)
    : command_line_(std::move(command_line)), started_(std::chrono::steady_clock::now()) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  date_ = text;
}

double RunInfo::wall_seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

double RunInfo::cpu_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

nlohmann::ordered_json RunInfo::to_json(const std::string& outcome) const {
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) != 0) host[0] = 0;
  nlohmann::ordered_json info;
  info["outcome"] = outcome;
  info["antares_version"] = version();
  info["command_line"] = command_line_;
  info["date_utc"] = date_;
  info["host"] = host;
  info["wall_s"] = wall_seconds();
  info["cpu_s"] = cpu_seconds();
  return info;
}

}  // namespace antares::platforms
