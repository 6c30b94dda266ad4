// SPDX-License-Identifier: Apache-2.0
// Messages through a running switch: where each routing of PCIe ends, one crossing of the ingress
// link for a broadcast, UALink's write messages and their answers, LT as AT. Over bridges, on dead
// links and damaged: test_messages_special.cpp.
#include <gtest/gtest.h>

#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"
#include "tb/system/fabric/message_payload.h"

namespace antares::tb {
namespace {

using models::PacketHint;
using models::PortRole;
using protocols::MessageRouting;
using tlm::tlm_generic_payload;

class Messages : public ::testing::Test {
 protected:
  Messages() : rig(tree()) {
    for (unsigned i = 0; i < 4; ++i) {
      rig.target(i).on_request = [this, i](tlm_generic_payload& payload, tlm::tlm_phase&,
                                           sc_core::sc_time&) {
        ++received[i];
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return tlm::TLM_COMPLETED;
      };
      rig.target(i).on_blocking = [this, i](tlm_generic_payload& payload, sc_core::sc_time&) {
        ++received[i];
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
      };
    }
  }
  static models::SwitchConfig tree() {
    models::SwitchConfig config = pcie_switch(4);
    config.ports[0].role = PortRole::upstream;
    return config;
  }
  tlm_generic_payload& message(unsigned from, std::uint8_t code, MessageRouting routing,
                               std::uint16_t target = PacketHint::kOwnSource) {
    auto& payload = rig.initiator(from).make(tlm::TLM_IGNORE_COMMAND, window(2), nullptr, 0);
    return as_message(payload, code, routing, target);
  }
  /// Sends it by AT, or by LT.
  tlm::tlm_response_status send(unsigned from, tlm_generic_payload& payload, bool lt) {
    if (lt) {
      sc_core::sc_start(sc_core::SC_ZERO_TIME);
      rig.initiator(from).blocking(payload);
    } else {
      at(1'000'000, [&] { rig.initiator(from).begin(payload); });
      sc_core::sc_start();
      EXPECT_NE(rig.initiator(from).response_ps(payload), 0u);
      expect_quiescent(rig.fabric, rig.wheel);
    }
    return payload.get_response_status();
  }
  std::vector<unsigned> expect_at(std::initializer_list<unsigned> ports) {
    std::vector<unsigned> all(4, 0);
    for (const unsigned port : ports) all[port] = 1;
    return all;
  }
  std::vector<unsigned> received = std::vector<unsigned>(4, 0);
  Fabric rig;
};

struct Case {
  unsigned from;
  std::uint8_t code;
  MessageRouting routing;
  std::uint16_t target;
  std::vector<unsigned> received;
  tlm::tlm_response_status status;
};

class Routed : public Messages, public ::testing::WithParamInterface<std::tuple<Case, bool>> {};

TEST_P(Routed, EndsWhereTheRoutingSays) {
  const auto& [what, lt] = GetParam();
  auto& payload = message(what.from, what.code, what.routing, what.target);
  EXPECT_EQ(send(what.from, payload, lt), what.status);
  EXPECT_EQ(received, what.received) << "by port";
}

// Codes of facts/pcie6.md 2.3: ERR_FATAL 0x33 to the root, PME_Turn_Off 0x19 broadcast, Assert_INTA
// 0x20 local, Vendor_Defined_Type_1 0x7F by id, PME_TO_Ack 0x1B gathered (here the first of three).
INSTANTIATE_TEST_SUITE_P(
    Codes, Routed,
    ::testing::Combine(
        ::testing::Values(
            Case{2,
                 0x33,
                 MessageRouting::to_root_complex,
                 0xFFFF,
                 {1, 0, 0, 0},
                 tlm::TLM_OK_RESPONSE},
            Case{0,
                 0x19,
                 MessageRouting::broadcast_from_root,
                 0xFFFF,
                 {0, 1, 1, 1},
                 tlm::TLM_OK_RESPONSE},
            Case{1, 0x20, MessageRouting::local, 0xFFFF, {0, 0, 0, 0}, tlm::TLM_OK_RESPONSE},
            Case{1, 0x7F, MessageRouting::by_id, 3, {0, 0, 0, 1}, tlm::TLM_OK_RESPONSE},
            Case{1, 0x1B, MessageRouting::gathered, 0xFFFF, {0, 0, 0, 0}, tlm::TLM_OK_RESPONSE},
            Case{1,
                 0x19,
                 MessageRouting::to_root_complex,
                 0xFFFF,
                 {0, 0, 0, 0},
                 tlm::TLM_COMMAND_ERROR_RESPONSE},
            // Nobody's id goes up, for the root to judge; from the root there is nowhere to go.
            Case{1, 0x7F, MessageRouting::by_id, 77, {1, 0, 0, 0}, tlm::TLM_OK_RESPONSE},
            Case{
                0, 0x7F, MessageRouting::by_id, 77, {0, 0, 0, 0}, tlm::TLM_ADDRESS_ERROR_RESPONSE}),
        ::testing::Bool()));

TEST_F(Messages, ABroadcastTakesTheIngressLinkOnce) {
  send(0, message(0, 0x19, MessageRouting::broadcast_from_root), false);
  auto& root = rig.fabric.port(protocols::PortId(0)).adapter();
  protocols::Packet packet;
  packet.kind = protocols::PacketKind::message;
  root.policy().classify(packet);
  EXPECT_EQ(root.ingress_reading().wire_bytes, root.policy().wire_cost(packet).bytes);
  for (std::uint16_t port = 1; port < 4; ++port) {
    auto& adapter = rig.fabric.port(protocols::PortId(port)).adapter();
    EXPECT_EQ(adapter.egress_reading().wire_bytes, adapter.policy().wire_cost(packet).bytes);
  }
}

TEST_F(Messages, AcknowledgesAreGatheredAndGoUpOnce) {
  for (unsigned from = 1; from < 4; ++from) {
    auto& payload = message(from, 0x1B, MessageRouting::gathered);
    at(from * 1'000'000, [&, from, sent = &payload] { rig.initiator(from).begin(*sent); });
  }
  sc_core::sc_start();
  EXPECT_EQ(received, expect_at({0}));
  expect_quiescent(rig.fabric, rig.wheel);
}

/// Ports 0 and 1 speak UALink, port 2 PCIe; none is upstream. The targets answer with `status`.
class WriteMessages : public ::testing::Test {
 protected:
  static models::SwitchConfig pod() {
    models::SwitchConfig config = pcie_switch(3);
    const auto ualink = std::make_shared<protocols::UalinkPolicy>();
    for (unsigned i : {0, 1}) config.ports[i].policy = ualink;
    return config;
  }
  WriteMessages() {
    for (unsigned i = 0; i < 3; ++i) {
      rig.target(i).on_request = [this](tlm_generic_payload& payload, tlm::tlm_phase&,
                                        sc_core::sc_time&) {
        payload.set_response_status(status);
        return tlm::TLM_COMPLETED;
      };
      rig.target(i).on_blocking = [this](tlm_generic_payload& payload, sc_core::sc_time&) {
        payload.set_response_status(status);
      };
    }
  }
  tlm_generic_payload& message(std::uint8_t type, std::uint16_t target,
                               MessageRouting routing = MessageRouting::by_id) {
    auto& payload = rig.initiator(0).make(tlm::TLM_IGNORE_COMMAND, 0, nullptr, 0);
    return as_message(payload, type, routing, target);
  }
  void send(tlm_generic_payload& payload) {
    at(kStart, [&] { rig.initiator(0).begin(payload); });
    sc_core::sc_start();
    expect_quiescent(rig.fabric, rig.wheel);
  }
  models::PortAdapter& adapter(std::uint16_t port) {
    return rig.fabric.port(protocols::PortId(port)).adapter();
  }
  static constexpr models::Picoseconds kStart = 1'000'000;
  tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
  Fabric rig{pod()};
};

TEST_F(WriteMessages, AreAnsweredByTheirTargetAtTheTimeThatLtSays) {
  auto& sent = message(0xF0, 1);
  send(sent);
  EXPECT_EQ(sent.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  // A write response comes back: an item of control, no data.
  protocols::Packet answer;
  answer.kind = protocols::PacketKind::completion;
  adapter(1).policy().classify(answer);
  EXPECT_EQ(adapter(1).ingress_reading().wire_bytes, adapter(1).policy().wire_cost(answer).bytes);

  auto& loose = message(0xF0, 1);
  EXPECT_EQ(rig.initiator(0).blocking(loose), rig.initiator(0).response_ps(sent) - kStart);
  EXPECT_EQ(loose.get_response_status(), tlm::TLM_OK_RESPONSE);
}

TEST_F(WriteMessages, BringTheTargetsErrorHome) {
  status = tlm::TLM_GENERIC_ERROR_RESPONSE;
  auto& sent = message(0xF0, 1);
  send(sent);
  EXPECT_EQ(sent.get_response_status(), status);
  auto& loose = message(0xF0, 1);
  rig.initiator(0).blocking(loose);
  EXPECT_EQ(loose.get_response_status(), status);
}

// PCIe posts messages: the bridge answers once its device has the message.
TEST_F(WriteMessages, ToADeviceOfPcieAreAnsweredByTheBridge) {
  auto& sent = message(0xF0, 2);
  send(sent);
  EXPECT_EQ(sent.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(2).requests(), 1u);
  EXPECT_EQ(adapter(2).ingress_reading().wire_bytes, 0u);
  auto& loose = message(0xF0, 2);
  EXPECT_EQ(rig.initiator(0).blocking(loose), rig.initiator(0).response_ps(sent) - kStart);
}

TEST_F(WriteMessages, OfNoKnownTypeOrToNobodyAreRefusedByName) {
  const auto command = tlm::TLM_COMMAND_ERROR_RESPONSE;
  const std::tuple<tlm_generic_payload&, const char*, tlm::tlm_response_status> cases[] = {
      {message(0x10, 1), "types 0x00 to 0x03", command},
      {message(0xF0, 99), "no endpoint", tlm::TLM_ADDRESS_ERROR_RESPONSE},
      {message(0xF0, 0), "its sender", command},
      {message(0xF0, 1, MessageRouting::broadcast_from_root), "goes to an accelerator's id",
       command}};
  for (const auto& [payload, why, status] : cases) {
    rig.initiator(0).blocking(payload);
    EXPECT_EQ(payload.get_response_status(), status) << why;
    EXPECT_NE(adapter(0).last_refusal().find(why), std::string::npos) << adapter(0).last_refusal();
  }
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(rig.target(i).requests(), 0u);
  // Nobody's id is as nobody's address: unsupported; the others are no such request.
  EXPECT_EQ(adapter(0).errors()->count(protocols::ErrorKind::unsupported_request), 2u);
  EXPECT_EQ(adapter(0).errors()->count(protocols::ErrorKind::malformed), 2u);
}

/// Port 2 speaks SUE, which has no messages.
class MixedMessages : public ::testing::Test {
 protected:
  static models::SwitchConfig tree() {
    models::SwitchConfig config = pcie_switch(3);
    config.ports[0].role = PortRole::upstream;
    config.ports[2].policy = std::make_shared<protocols::EthernetPolicy>();
    return config;
  }
  tlm::tlm_response_status send(unsigned from, std::uint8_t code, MessageRouting routing,
                                std::uint16_t target) {
    auto& payload = rig.initiator(from).make(tlm::TLM_IGNORE_COMMAND, window(2), nullptr, 0);
    as_message(payload, code, routing, target);
    at(1'000'000, [&] { rig.initiator(from).begin(payload); });
    sc_core::sc_start();
    expect_quiescent(rig.fabric, rig.wheel);
    return payload.get_response_status();
  }
  Fabric rig{tree()};
};

TEST_F(MixedMessages, ABroadcastPassesByWhoCannotHearIt) {
  for (unsigned i = 0; i < 3; ++i) {
    rig.target(i).on_request = [](tlm_generic_payload& payload, tlm::tlm_phase&,
                                  sc_core::sc_time&) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return tlm::TLM_COMPLETED;
    };
  }
  EXPECT_EQ(send(0, 0x19, MessageRouting::broadcast_from_root, 0xFFFF), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  EXPECT_EQ(rig.fabric.port(protocols::PortId(0)).adapter().counts().refused_crossings, 1u);
}

TEST_F(MixedMessages, OneForWhoCannotHearItIsRefusedByName) {
  EXPECT_EQ(send(1, 0x7F, MessageRouting::by_id, 2), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  const auto& why = rig.fabric.port(protocols::PortId(1)).adapter().last_refusal();
  EXPECT_NE(why.find("SUE/ESUN: no message command"), std::string::npos) << why;
}

}  // namespace
}  // namespace antares::tb
