// SPDX-License-Identifier: Apache-2.0
// The slow way to split a transaction: one TLP after the other, by the rules as they read. What the
// closed forms of tlp_split and PciePolicy are compared with.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/pcie/tlp_split.h"

namespace antares::protocols::oracle {

/// A TLP that covers the bytes from..to of an address space.
struct Tlp {
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  std::uint64_t first_dword() const { return from / 4; }
  std::uint64_t dwords() const;  ///< Length field: all DW touched, at least one
  bool partial() const { return from % 4 != 0 || to % 4 != 0 || from == to; }
};

/// `boundary_bytes`: 4 KiB, or the 256 B of unordered I/O.
std::vector<Tlp> split_request(std::uint64_t address, std::uint64_t bytes, std::uint32_t limit,
                               std::uint32_t boundary_bytes = 4096);
/// Each read of the train (split_request with the read limit) is answered for itself.
std::vector<Tlp> split_completion(std::uint64_t address, std::uint64_t bytes,
                                  const CompletionLimits& limits,
                                  std::uint32_t boundary_bytes = 4096);
std::uint64_t data_credits(const std::vector<Tlp>& tlps);

}  // namespace antares::protocols::oracle
