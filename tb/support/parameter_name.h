// SPDX-License-Identifier: Apache-2.0
// A file's path as the name of a parameterised test, which may hold letters and digits only.
#pragma once
#include <cctype>
#include <string>

namespace antares::tb {

inline std::string parameter_name(std::string path) {
  for (char& c : path)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return path;
}

}  // namespace antares::tb
