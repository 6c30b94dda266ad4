// SPDX-License-Identifier: Apache-2.0
// Scatter: one packet of which each member gets a slice of its own instead of a copy of all. The
// cut is that of uneven collectives (platforms/workload/collective.h): slice k of n is units
// floor(k * units / n) up to floor((k + 1) * units / n), so that slices differ by a unit at most
// and together are the packet. That Hypercast scatters ("all-scatter") is grade X in
// facts/product_and_collectives.md 1.2; its cut is not public. assumption: this one.
// Pure; bytes.
#pragma once
#include <cassert>
#include <cstdint>

namespace antares::models {

struct Slice {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;  ///< 0: this member gets no packet
};

/// Slice `index` of `members` (index < members) of a packet of `bytes`, cut between units of
/// `unit_bytes` (at least 1). What is left of a unit at the end goes to the last member.
inline Slice scatter_slice(std::uint64_t bytes, std::uint64_t unit_bytes, unsigned members,
                           unsigned index) {
  assert(unit_bytes > 0 && index < members);
  const std::uint64_t units = bytes / unit_bytes;
  // index * units as whole and rest: the plain product wraps for sizes near 2^64.
  const auto start = [&](std::uint64_t k) {
    return (units / members * k + units % members * k / members) * unit_bytes;
  };
  const std::uint64_t from = start(index);
  return {from, (index + 1 == members ? bytes : start(index + 1)) - from};
}

}  // namespace antares::models
