// SPDX-License-Identifier: Apache-2.0
// Files that a run writes, and the sentence for one that cannot be written. No unit of time.
#pragma once
#include <fstream>
#include <stdexcept>
#include <string>

namespace antares::platforms {

/// A folder or file cannot be written.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `error`: errno as the failed call left it.
std::string unwritable(const std::string& path, int error);

/// The folder of --out, made if need be. Throws OutputError.
void make_output_folder(const std::string& folder);

/// A new file; what was there is gone. Throws OutputError.
std::ofstream open_output(const std::string& path);
/// Written and flushed. Throws OutputError.
void append_output(std::ofstream& file, const std::string& path, const std::string& text);
/// The whole file at once (temporary file, then rename): nobody ever sees half of it. Throws
/// OutputError.
void replace_output(const std::string& path, const std::string& text);

}  // namespace antares::platforms
