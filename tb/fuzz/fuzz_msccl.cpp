// SPDX-License-Identifier: Apache-2.0
// Any bytes as an MSCCL algorithm in XML.
#include <cstdint>

#include "tb/fuzz/plans.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  antares::tb::compile_or_refuse({reinterpret_cast<const char*>(data), size},
                                 antares::platforms::read_msccl);
  return 0;
}
