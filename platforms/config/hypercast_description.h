// SPDX-License-Identifier: Apache-2.0
// Hypercast as a description says it: the engine's own parameters, and PCIe's multicast capability
// (facts/pcie6.md 2.7) in names of endpoints and groups instead of numbers and addresses.
// Bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/models/hypercast/hypercast_config.h"

namespace antares::platforms {

/// Block bits: groups that an endpoint may not send to.
struct MulticastBlock {
  std::string sender;
  std::vector<std::string> all;
  std::vector<std::string> untranslated;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = MulticastBlock;
    visit("sender", &C::sender, "Endpoints that are blocked: gpu3, gpu[0..3], or an entry's name")
        .required();
    visit("all", &C::all, "Groups that they may not send to (block all)").items(0, 64);
    visit("untranslated", &C::untranslated,
          "Groups that they may not send to by an address that is not translated yet; endpoints of "
          "a description translate none (block untranslated)")
        .items(0, 64);
  }
};

/// Where a member sees what is sent to groups, in place of its offset in the group's window.
struct MulticastOverlay {
  std::string member;
  std::uint64_t offset_bytes = 0;
  std::uint32_t size_bits = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = MulticastOverlay;
    visit("member", &C::member, "Endpoints it is for: gpu3, gpu[0..3], or an entry's name")
        .required();
    visit("offset_bytes", &C::offset_bytes,
          "In the member's memory: the address bits from size_bits up that it sees; a multiple of "
          "2^size_bits")
        .range(0, 1ull << 44)
        .required();
    visit("size_bits", &C::size_bits, "Lower address bits that are the packet's own (overlay size)")
        .range(6, 44)
        .required();
  }
};

struct PcieMulticastDescription {
  std::uint64_t base = 0;
  std::uint32_t index_position = 20;
  std::uint32_t groups = models::kPcieMostGroups;
  std::vector<MulticastBlock> blocks;
  std::vector<MulticastOverlay> overlays;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PcieMulticastDescription;
    visit("base", &C::base,
          "Global address of group 0's window, a multiple of 4096, as 0x... or decimal; 0: behind "
          "all "
          "memories and other groups")
        .range(0, ~std::uint64_t{4095});
    visit("index_position", &C::index_position,
          "Lowest address bit of the group's number: each window has 2^index_position bytes")
        .range(12, 57)
        .source("public: facts/pcie6.md 2.7, base address register [5:0] (A)");
    visit("groups", &C::groups,
          "Windows; the first so many entries of the platform's `groups` are named by them")
        .range(1, models::kPcieMostGroups)
        .source("public: facts/pcie6.md 2.7, 64 groups at most (A)");
    visit("blocks", &C::blocks, "Who may not send to which groups").items(0, 1024);
    visit("overlays", &C::overlays, "Members that see groups elsewhere in their memory")
        .items(0, 1024);
  }
};

struct HypercastDescription : models::HypercastConfig {
  std::optional<PcieMulticastDescription> pcie_multicast;

  HypercastDescription() = default;
  HypercastDescription(const models::HypercastConfig& engine) : HypercastConfig(engine) {}

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = HypercastDescription;
    HypercastConfig::fields(visit);
    visit("pcie", &C::pcie_multicast,
          "PCIe's multicast capability: windows by base and index, overlays, block bits; takes "
          "plain posted writes only. Without it each group has a window of its own");
  }
};

}  // namespace antares::platforms
