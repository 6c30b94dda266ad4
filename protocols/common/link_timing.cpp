// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_timing.h"

#include <algorithm>

namespace antares::protocols {

double LinkRate::usable_GBps() const {
  return 1000.0 * static_cast<double>(per_byte.denominator) /
         static_cast<double>(per_byte.numerator);
}

Picoseconds LinkRate::head_collect_ps(std::uint64_t bytes) const {
  if (flit_usable_bytes > 1) return collect_ps(1);
  const std::uint64_t header = header_collect_bytes == 0 ? bytes : header_collect_bytes;
  return collect_ps(std::min(bytes, header));
}

}  // namespace antares::protocols
