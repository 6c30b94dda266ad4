// SPDX-License-Identifier: Apache-2.0
#include "tb/support/paths.h"

#include <cstdlib>

namespace antares::tb {

std::string source_dir() { return ANTARES_SOURCE_DIR; }

std::string tool_path() { return ANTARES_EXECUTABLE; }

std::string sample_data(const std::string& name) {
  const char* chosen = std::getenv("ANTARES_DATA");
  return (chosen != nullptr ? chosen : source_dir() + "/../shared/data") + "/" + name;
}

std::string description_path(const std::string& name) {
  return source_dir() + "/platforms/descriptions/" + name + ".yaml";
}

}  // namespace antares::tb
