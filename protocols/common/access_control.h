// SPDX-License-Identifier: Apache-2.0
// What a port asks of whoever controls access through it, whatever the protocol: may this request
// (or completion) go where routing would send it? PCIe's ACS (pcie/acs.h) and lists of sources,
// destinations and addresses (access_rules.h) answer. Pure; no unit of time.
#pragma once
#include <cstdint>
#include <limits>

#include "antares/protocols/common/ids.h"

namespace antares::protocols {

/// Address type field. public: facts/pcie6.md 5.1, C
enum class AddressType : std::uint8_t { untranslated = 0, translation_request = 1, translated = 2 };

/// Where the switch's routing would send it.
enum class AccessTarget : std::uint8_t {
  upstream,  ///< no downstream port matches
  sibling,   ///< another downstream port of the switch
  itself     ///< the port that it came from
};

struct AccessQuestion {
  bool from_below = true;  ///< came in by a downstream port; the upstream port has no ACS
  bool request = true;     ///< else a completion
  AddressType address_type = AddressType::untranslated;
  bool relaxed_ordering = false;
  bool requester_in_range = true;  ///< its bus number is within secondary..subordinate
  bool multicast = false;          ///< hits the multicast window
  AccessTarget target = AccessTarget::sibling;
  bool egress_blocked = false;  ///< the egress vector's bit of that sibling
  EndpointId source;            ///< as the packet claims
  EndpointId destination;       ///< endpoint that routing found
  bool has_address = true;      ///< a message may be routed by other means
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

/// Where several answer, the last of these that one of them gives holds.
enum class AccessAction : std::uint8_t {
  forward,
  redirect_upstream,
  block,  ///< an error answer that says so
  hide    ///< answered as if nobody lived at the address: the requester learns nothing
};

struct AccessVerdict {
  AccessAction action = AccessAction::forward;
  const char* why = "";  ///< for a person; empty: forward
};

/// Addresses, both ends included.
struct AddressRange {
  std::uint64_t first = 0;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
};

class AccessControl {
 public:
  virtual ~AccessControl() = default;
  virtual AccessVerdict ask(const AccessQuestion& question) const = 0;
  /// Around `address`, which ask() has forwarded: within it every access is answered alike.
  virtual AddressRange alike(std::uint64_t) const { return {}; }
  /// The way of a packet is decided one by one: no pointer past it (DMI), at either end.
  virtual bool one_by_one() const { return false; }
};

}  // namespace antares::protocols
