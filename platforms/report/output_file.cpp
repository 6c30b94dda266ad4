// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace antares::platforms {

namespace fs = std::filesystem;

std::string unwritable(const std::string& path, int error) {
  return path + ": cannot be written: " +
         (error == 0 ? std::string("writing failed") : std::string(std::strerror(error)));
}

void make_output_folder(const std::string& folder) {
  if (folder.empty()) throw OutputError("--out needs the name of a folder");
  std::error_code problem;
  if (fs::exists(folder, problem) && !fs::is_directory(folder, problem))
    throw OutputError(folder + ": is a file; --out needs a folder, or a name that is not taken");
  problem.clear();
  fs::create_directories(folder, problem);
  if (problem) throw OutputError(folder + ": the folder cannot be made: " + problem.message());
}

std::ofstream open_output(const std::string& path) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) throw OutputError(unwritable(path, errno));
  return file;
}

void append_output(std::ofstream& file, const std::string& path, const std::string& text) {
  errno = 0;
  file << text << std::flush;
  if (!file) throw OutputError(unwritable(path, errno));
}

void replace_output(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  std::error_code problem;
  try {
    std::ofstream file = open_output(temporary);
    append_output(file, path, text);
  } catch (const OutputError&) {
    fs::remove(temporary, problem);
    throw;
  }
  fs::rename(temporary, path, problem);
  if (problem) {
    const std::string message = problem.message();
    fs::remove(temporary, problem);
    throw OutputError(path + ": cannot be written: " + message);
  }
}

}  // namespace antares::platforms
