// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/address_cache.h"

#include <algorithm>

namespace antares::protocols {

bool AddressCache::use(std::uint64_t region) {
  const auto found = std::find(recent_.begin(), recent_.end(), region);
  const bool held = found != recent_.end();
  const auto last = held ? found : recent_.end() - 1;
  std::move_backward(recent_.begin(), last, last + 1);
  recent_.front() = region;
  return held;
}

bool AddressCache::holds(std::uint64_t region) const {
  return std::find(recent_.begin(), recent_.end(), region) != recent_.end();
}

}  // namespace antares::protocols
