// SPDX-License-Identifier: Apache-2.0
// Access rules on a running switch: what they forbid looks like an address that nobody has, for AT,
// LT, debug access and DMI, whatever stands behind it.
#include <gtest/gtest.h>

#include "antares/models/sockets/packet_hint.h"
#include "antares/protocols/common/access_rules.h"
#include "antares/protocols/pcie/acs.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::PacketHint;
using protocols::AccessLists;
using protocols::AccessRules;
using protocols::EndpointId;
using protocols::PortId;
using tlm::tlm_generic_payload;

/// Port 0 asks. 1: allowed, its first 4 KiB. 2: forbidden. 3: forbidden, and its link is down. 4:
/// forbidden, of another protocol, no bridge. 5: in another partition. Nobody has window(99).
SwitchConfig guarded() {
  SwitchConfig config =
      mixed_switch({LinkKind::pcie6_x16, LinkKind::pcie6_x16, LinkKind::pcie6_x16,
                    LinkKind::pcie6_x16, LinkKind::ualink_x4, LinkKind::pcie6_x16});
  config.partitions = {{"a", {PortId(0), PortId(1), PortId(2), PortId(3), PortId(4)}, {}},
                       {"b", {PortId(5)}, {}}};
  config.bridge.enabled = false;
  config.ports[3].faults.emplace();
  AccessLists lists;
  lists.sources = {EndpointId(0), EndpointId(40)};
  lists.destinations = {EndpointId(1)};
  lists.addresses = {{window(1), window(1) + 4095}};
  config.ports[0].access = {std::make_shared<AccessRules>(lists)};
  return config;
}

class Rules : public testing::Test {
 protected:
  ReportGuard reports;
  unsigned char data[4096] = {};
};

struct Seen {
  tlm::tlm_response_status at_status = tlm::TLM_INCOMPLETE_RESPONSE;
  tlm::tlm_response_status lt_status = tlm::TLM_INCOMPLETE_RESPONSE;
  tlm::tlm_response_status debug_status = tlm::TLM_INCOMPLETE_RESPONSE;
  Picoseconds at_ps = 0;
  Picoseconds lt_ps = 0;
  unsigned debug_bytes = 0;
  bool pointer = false;
  std::uint64_t pointer_first = 0;
  std::uint64_t pointer_last = 0;
  bool operator==(const Seen& o) const {
    // The range of a refused pointer is the address itself.
    return at_status == o.at_status && lt_status == o.lt_status && debug_status == o.debug_status &&
           at_ps == o.at_ps && lt_ps == o.lt_ps && debug_bytes == o.debug_bytes &&
           pointer == o.pointer && pointer_last - pointer_first == o.pointer_last - o.pointer_first;
  }
};

TEST_F(Rules, WhatIsForbiddenCannotBeToldFromWhatIsNotThere) {
  struct Try {
    const char* what;
    std::uint64_t address;
    unsigned bytes;
    std::uint16_t claims = PacketHint::kOwnSource;
  };
  const Try tries[] = {
      {"an address that nobody has", window(99), 64},
      {"another partition's", window(5), 64},
      {"a forbidden endpoint's", window(2), 64},
      {"one whose link is down", window(3), 64},
      {"one behind a bridge that is off", window(4), 64},
      {"an allowed endpoint's, out of bounds", window(1) + 4096, 64},
      {"partly out of bounds", window(1) + 4090, 64},
      {"with a source id that may not enter", window(1), 64, 7},
  };
  constexpr std::size_t kTries = std::size(tries);
  Fabric rig(guarded());
  for (auto& target : rig.targets) {
    target->on_dmi = [this](tlm_generic_payload&, tlm::tlm_dmi& dmi) {
      dmi.set_dmi_ptr(data);
      dmi.set_start_address(0);
      dmi.set_end_address(~std::uint64_t{0});
      dmi.allow_read_write();
      return true;
    };
  }
  std::vector<Seen> seen(kTries + 1);
  std::vector<tlm_generic_payload*> payloads;
  for (std::size_t i = 0; i <= kTries; ++i) {
    // The last one is allowed.
    const Try one = i < kTries ? tries[i] : Try{"allowed", window(1), 64, 40};
    const auto make = [&] {
      auto& payload = rig.initiator(0).make(tlm::TLM_READ_COMMAND, one.address, data, one.bytes);
      PacketHint hint;
      hint.claimed_source = one.claims;
      payload.set_auto_extension(new PacketHint(hint));
      return &payload;
    };
    payloads.push_back(make());
    auto* lt = make();
    auto* debug = make();
    const Picoseconds begin_ps = 2'000'000 * (i + 1);
    at(begin_ps, [&rig, &seen, i, lt, debug, payload = payloads.back()] {
      rig.initiator(0).begin(*payload);
      seen[i].lt_ps = rig.initiator(0).blocking(*lt);
      seen[i].lt_status = lt->get_response_status();
      debug->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      seen[i].debug_bytes = rig.initiator(0).socket->transport_dbg(*debug);
      seen[i].debug_status = debug->get_response_status();
      tlm::tlm_dmi dmi;
      seen[i].pointer = rig.initiator(0).socket->get_direct_mem_ptr(*debug, dmi);
      seen[i].pointer_first = dmi.get_start_address();
      seen[i].pointer_last = dmi.get_end_address();
    });
  }
  at(1000,
     [&] { rig.fabric.port(PortId(3)).adapter().schedule_link(protocols::LinkEvent::lose, 2000); });
  sc_core::sc_start();
  for (std::size_t i = 0; i <= kTries; ++i) {
    seen[i].at_status = payloads[i]->get_response_status();
    seen[i].at_ps = rig.initiator(0).response_ps(*payloads[i]) - 2'000'000 * (i + 1);
  }
  EXPECT_EQ(seen[0].at_status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  for (std::size_t i = 1; i < kTries; ++i) {
    if (i == 6) {
      // A pointer and debug access ask for the first byte, which is allowed.
      EXPECT_EQ(seen[i].at_status, seen[0].at_status);
      EXPECT_EQ(seen[i].at_ps, seen[0].at_ps);
      EXPECT_EQ(seen[i].lt_status, seen[0].lt_status);
      EXPECT_EQ(seen[i].lt_ps, seen[0].lt_ps);
      EXPECT_EQ(seen[i].debug_bytes, 6u) << "cut where the bounds end";
      continue;
    }
    EXPECT_TRUE(seen[i] == seen[0]) << tries[i].what;
  }
  EXPECT_EQ(seen[kTries].at_status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(seen[kTries].lt_status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(seen[kTries].debug_bytes, 64u);
  EXPECT_TRUE(seen[kTries].pointer);
  EXPECT_EQ(seen[kTries].pointer_first, window(1));
  EXPECT_EQ(seen[kTries].pointer_last, window(1) + 4095);
  // Six are forbidden, each tried by AT and LT; the other partition's is unmapped like any other.
  const auto& counts = rig.fabric.port(PortId(0)).adapter().counts();
  EXPECT_EQ(counts.access_violations, 2u * 6);
  EXPECT_EQ(counts.unmapped_requests, 2u * 2);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Rules, OthersAreNotBound) {
  Fabric rig(guarded());
  auto& payload = rig.initiator(1).make(tlm::TLM_READ_COMMAND, window(2), data, 64);
  auto& to_guarded = rig.initiator(2).make(tlm::TLM_READ_COMMAND, window(0), data, 64);
  at(1000, [&] {
    rig.initiator(1).begin(payload);
    rig.initiator(2).begin(to_guarded);
  });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(to_guarded.get_response_status(), tlm::TLM_OK_RESPONSE) << "completions pass";
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Rules, WhatIsHiddenStaysHiddenUnderPcieAccessControl) {
  SwitchConfig config = guarded();
  protocols::AcsConfig acs;
  acs.egress_control = true;
  config.ports[0].egress_blocked = {PortId(1), PortId(2)};
  // ACS first: it would block both with an error of its own.
  config.ports[0].access.insert(config.ports[0].access.begin(),
                                std::make_shared<protocols::AcsRules>(acs));
  Fabric rig(config);
  auto& blocked = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  auto& hidden = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(2), data, 64);
  at(1000, [&] { rig.initiator(0).begin(blocked); });
  at(2'000'000, [&] { rig.initiator(0).begin(hidden); });
  sc_core::sc_start();
  EXPECT_EQ(blocked.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(hidden.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(rig.fabric.port(PortId(0)).adapter().counts().access_violations, 2u);
  expect_quiescent(rig.fabric, rig.wheel);
}

}  // namespace
}  // namespace antares::tb
