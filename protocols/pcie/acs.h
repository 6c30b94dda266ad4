// SPDX-License-Identifier: Apache-2.0
// Access control services of a PCIe downstream port: what becomes of a request or completion that
// comes from below, under the seven controls. Follows facts/pcie6.md 5.1; what the facts leave
// open is decided here and listed in protocols/README.md. Multicast hits: source validation only
// (2.7). Left out: functions of one device, UIO to host-managed memory (a CXL port bit lets it by).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/access_control.h"

namespace antares::protocols {

struct AcsConfig {
  bool source_validation = false;
  bool translation_blocking = false;
  bool request_redirect = false;
  bool completion_redirect = false;
  bool upstream_forwarding = false;
  bool egress_control = false;
  bool direct_translated = false;
  std::vector<std::string> egress_blocked;

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Mistakes, one sentence each. That the names are those of ports is for the caller to check.
std::vector<std::string> problems(const AcsConfig& config);

/// What Linux sets where an IOMMU isolates devices: SV, RR, CR, UF. public: facts/pcie6.md 5.1, A
AcsConfig isolating_acs();

/// Which control decided; `none`: ordinary routing, and with `block`: there is no way back down.
enum class AcsControl : std::uint8_t {
  none,
  source_validation,
  translation_blocking,
  request_redirect,
  completion_redirect,
  upstream_forwarding,
  egress_control,
  direct_translated
};
const char* to_string(AcsControl control);

struct AcsVerdict {
  AccessAction action = AccessAction::forward;
  AcsControl by = AcsControl::none;
  /// A block by a control is an ACS violation; a block by `none` is an unsupported request or an
  /// unexpected completion.
  bool violation() const { return action == AccessAction::block && by != AcsControl::none; }
};

class AcsRules : public AccessControl {
 public:
  explicit AcsRules(const AcsConfig& config) : config_(config) {}
  AcsVerdict judge(const AccessQuestion& question) const;
  AccessVerdict ask(const AccessQuestion& question) const override;
  bool one_by_one() const override { return true; }

 private:
  AcsVerdict judge_peer_request(const AccessQuestion& question) const;

  AcsConfig config_;
};

template <class Visitor>
void AcsConfig::fields(Visitor& visit) {
  using Self = AcsConfig;
  constexpr auto kOff = "off as after reset; software turns on what it needs";
  visit("source_validation", &Self::source_validation,
        "SV: block requests whose requester's bus number is not one below this port")
      .assumption(kOff);
  visit("translation_blocking", &Self::translation_blocking,
        "TB: block requests that are marked as translated or ask for a translation")
      .assumption(kOff);
  visit("request_redirect", &Self::request_redirect,
        "RR: requests to a sibling port go upstream instead")
      .assumption(kOff);
  visit("completion_redirect", &Self::completion_redirect,
        "CR: completions to a sibling port go upstream instead, unless relaxed ordering is set")
      .assumption(kOff);
  visit("upstream_forwarding", &Self::upstream_forwarding,
        "UF: what a switch below redirected to this port goes on upstream instead of being refused")
      .assumption(kOff);
  visit("egress_control", &Self::egress_control,
        "EC: requests to the siblings in egress_blocked are blocked (with RR: redirected)")
      .assumption(kOff);
  visit("direct_translated", &Self::direct_translated,
        "DT: translated requests go directly to a sibling, whatever RR and EC say")
      .assumption(kOff);
  visit("egress_blocked", &Self::egress_blocked,
        "Sibling ports that egress control keeps requests from, by name")
      .assumption("none, as after reset");
}

}  // namespace antares::protocols
