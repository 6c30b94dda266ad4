// SPDX-License-Identifier: Apache-2.0
// Any bytes as a description: read and cross-checked as `antares check` does before it builds
// anything, or refused with a reason; never a crash, a hang or another exception.
#include <cstdint>

#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  antares::tb::read_or_refuse(std::string(reinterpret_cast<const char*>(data), size), {});
  return 0;
}
