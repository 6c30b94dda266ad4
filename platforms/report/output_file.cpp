// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/output_file.h"

#include <cerrno>
#include <cstring>

namespace antares::platforms {

std::string unwritable(const std::string& path, int error) {
  return path + ": cannot be written: " +
         (error == 0 ? std::string("writing failed") : std::string(std::strerror(error)));
}

std::ofstream open_output(const std::string& path) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) throw OutputError(unwritable(path, errno));
  return file;
}

}  // namespace antares::platforms
