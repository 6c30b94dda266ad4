// SPDX-License-Identifier: Apache-2.0
// Runs the program `antares` in a process of its own, in a folder of its own, and tells what came
// out. Seconds are wall time.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace antares::tb {

/// A new folder, gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }
  /// Writes a file into it; returns its path.
  std::string file(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int status = -1;  ///< exit status; -1: ended by a signal
  std::string out;
  std::string err;
};

/// Runs `antares` with these words to its end.
Outcome antares(const std::vector<std::string>& words);

/// Starts it and returns at once, output discarded; finish() waits.
pid_t start_antares(const std::vector<std::string>& words);
Outcome finish(pid_t process);

std::string contents(const std::string& path);
nlohmann::json json_file(const std::string& path);
/// "first" -> the path of the shipped description.
std::string shipped(const std::string& name);

}  // namespace antares::tb
