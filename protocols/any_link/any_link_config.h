// SPDX-License-Identifier: Apache-2.0
// The one place that knows all protocols: which there are, under which key each is configured, and
// how a policy is made of it. A description picks one by name; whoever builds a platform asks here
// and goes on with a LinkPolicy. A protocol of somebody else's needs no entry: PortConfig takes any
// LinkPolicy (tb/consumer has an example).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ethernet/ethernet_link_config.h"
#include "antares/protocols/ideal/ideal_link_config.h"
#include "antares/protocols/nvlink/nvlink_link_config.h"
#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/ualink/ualink_link_config.h"

namespace antares::protocols {

enum class ProtocolKind : std::uint8_t { pcie, ualink, nvlink, ethernet, ideal };

/// Lanes that a port takes of a part: `units` times `unit_lanes` neighbouring ones.
struct LaneNeed {
  unsigned units = 0;  ///< 0: an ideal port has no lanes
  unsigned unit_lanes = 1;
  unsigned lanes() const { return units * unit_lanes; }
};

struct AnyLinkConfig {
  ProtocolKind protocol = ProtocolKind::pcie;
  PcieLinkConfig pcie;
  UalinkLinkConfig ualink;
  NvlinkLinkConfig nvlink;
  EthernetLinkConfig ethernet;
  IdealLinkConfig ideal;

  /// Key of the chosen protocol's own part: "pcie", ...
  const char* key() const;
  /// Mistakes of the chosen protocol's part, one sentence each; empty when it can be built.
  std::vector<std::string> problems() const;
  /// Whether packets of a network card can travel on it.
  bool carries_network_packets() const { return protocol == ProtocolKind::ethernet; }
  /// Throws std::invalid_argument naming every mistake.
  std::shared_ptr<const LinkPolicy> make_policy() const;
  /// Meaningful when problems() is empty.
  LaneNeed lane_need() const;

  /// Lists the keys for a struct that is derived from this one.
  template <class Struct, class Visitor>
  static void list_fields(Visitor& visit) {
    visit("protocol", of<Struct>(&AnyLinkConfig::protocol),
          "pcie, ualink, nvlink, ethernet, or ideal (fixed cells with no overhead, for theory)")
        .names({{"pcie", ProtocolKind::pcie},
                {"ualink", ProtocolKind::ualink},
                {"nvlink", ProtocolKind::nvlink},
                {"ethernet", ProtocolKind::ethernet},
                {"ideal", ProtocolKind::ideal}});
    visit("pcie", of<Struct>(&AnyLinkConfig::pcie), "The PCIe link").when("protocol", "pcie");
    visit("ualink", of<Struct>(&AnyLinkConfig::ualink), "The UALink-class link")
        .when("protocol", "ualink");
    visit("nvlink", of<Struct>(&AnyLinkConfig::nvlink), "The NVLink-class link")
        .when("protocol", "nvlink");
    visit("ethernet", of<Struct>(&AnyLinkConfig::ethernet), "The Ethernet link")
        .when("protocol", "ethernet");
    visit("ideal", of<Struct>(&AnyLinkConfig::ideal), "The ideal link").when("protocol", "ideal");
  }

 private:
  template <class Struct, class Member>
  static Member Struct::*of(Member AnyLinkConfig::*member) {
    return member;
  }
};

}  // namespace antares::protocols
