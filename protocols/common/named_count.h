// SPDX-License-Identifier: Apache-2.0
// A counter of one protocol's own, by its published name. No unit of time.
#pragma once
#include <cstdint>

namespace antares::protocols {

struct NamedCount {
  const char* name;  ///< static storage
  std::uint64_t value;
};

}  // namespace antares::protocols
