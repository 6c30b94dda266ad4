// SPDX-License-Identifier: Apache-2.0
// Messages where something is in the way: a bridge, a dead link, a port without a device, damage, a
// target that forgets its status. LT and AT say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/system/fabric/message_payload.h"

namespace antares::tb {
namespace {

using models::PacketHint;
using models::PortRole;
using protocols::ErrorKind;
using protocols::MessageRouting;
using protocols::PortId;
using tlm::tlm_generic_payload;

/// Targets that count, by AT and by LT, and answer with `status`.
struct MessageRig {
  explicit MessageRig(const SwitchConfig& config) : rig(config), heard(config.ports.size()) {
    for (unsigned i = 0; i < config.ports.size(); ++i) {
      rig.target(i).on_request = [this, i](tlm_generic_payload& payload, tlm::tlm_phase&,
                                           sc_core::sc_time&) {
        ++heard[i];
        if (status != tlm::TLM_INCOMPLETE_RESPONSE) payload.set_response_status(status);
        return tlm::TLM_COMPLETED;
      };
      rig.target(i).on_blocking = [this, i](tlm_generic_payload& payload, sc_core::sc_time&) {
        ++heard[i];
        if (status != tlm::TLM_INCOMPLETE_RESPONSE) payload.set_response_status(status);
      };
    }
  }
  tlm_generic_payload& message(unsigned from, std::uint8_t code, MessageRouting routing,
                               std::uint16_t target = PacketHint::kOwnSource, unsigned bytes = 0) {
    auto& payload = rig.initiator(from).make(tlm::TLM_IGNORE_COMMAND, 0,
                                             bytes == 0 ? nullptr : data.data(), bytes);
    return as_message(payload, code, routing, target);
  }
  struct Outcome {
    tlm::tlm_response_status status;
    Picoseconds took_ps;
    std::vector<unsigned> heard;
    bool operator==(const Outcome& other) const {
      return status == other.status && took_ps == other.took_ps && heard == other.heard;
    }
    friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
      out << "status " << outcome.status << " after " << outcome.took_ps << " ps, heard by";
      for (const unsigned count : outcome.heard) out << ' ' << count;
      return out;
    }
  };
  /// A message by AT, 1 us from now, and what came of it; runs for 100 us.
  Outcome by_at(unsigned from, tlm_generic_payload& payload) {
    const Picoseconds start = now_ps() + 1'000'000;
    heard.assign(heard.size(), 0);
    at(start, [&] { rig.initiator(from).begin(payload); });
    sc_core::sc_start(ps(100'000'000));
    return {payload.get_response_status(), rig.initiator(from).response_ps(payload) - start, heard};
  }
  Outcome by_lt(unsigned from, tlm_generic_payload& payload) {
    heard.assign(heard.size(), 0);
    const Picoseconds took = rig.initiator(from).blocking(payload);
    return {payload.get_response_status(), took, heard};
  }
  models::PortAdapter& adapter(std::uint16_t port) {
    return rig.fabric.port(PortId(port)).adapter();
  }
  std::vector<unsigned char> data = std::vector<unsigned char>(4096, 1);
  tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
  Fabric rig;
  std::vector<unsigned> heard;
};

SwitchConfig with_faults(SwitchConfig config) {
  for (auto& port : config.ports) port.faults = models::PortFaultConfig{};
  return config;
}
SwitchConfig tree() {
  SwitchConfig config = with_faults(pcie_switch(4));
  config.ports[0].role = PortRole::upstream;
  return config;
}

// --- over bridges --------------------------------------------------------------------------------

struct Crossing {
  LinkKind from, to;
  unsigned bytes;
};
class Crossed : public testing::TestWithParam<Crossing> {};

TEST_P(Crossed, TakesByLtWhatItTakesByAt) {
  ReportGuard reports;
  SwitchConfig config = mixed_switch({GetParam().from, GetParam().to, LinkKind::pcie6_x16});
  config.ports[2].role = PortRole::upstream;
  MessageRig rig(config);
  const bool pcie = GetParam().from == LinkKind::pcie6_x16;
  const auto send = [&]() -> tlm_generic_payload& {
    return rig.message(0, pcie ? 0x7F : 0xF0, MessageRouting::by_id, 1, GetParam().bytes);
  };
  const auto timed = rig.by_at(0, send());
  EXPECT_EQ(timed.status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(timed.heard, (std::vector<unsigned>{0, 1, 0}));
  EXPECT_EQ(rig.by_lt(0, send()), timed);
  expect_quiescent(rig.rig.fabric, rig.rig.wheel);
}

constexpr LinkKind kSpeakers[] = {LinkKind::pcie6_x16, LinkKind::ualink_x4, LinkKind::roce_x4};
std::vector<Crossing> crossings() {
  std::vector<Crossing> all;
  for (const LinkKind from : kSpeakers)
    for (const LinkKind to : kSpeakers)
      for (const unsigned bytes : {0u, 64u}) all.push_back({from, to, bytes});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Kinds, Crossed, testing::ValuesIn(crossings()));

TEST(CrossedMessages, AreRefusedWithWhatTheFarProtocolSays) {
  ReportGuard reports;
  MessageRig rig(mixed_switch({LinkKind::roce_x4, LinkKind::ualink_x4, LinkKind::sue_x4}));
  const auto send = [&](std::uint16_t target, unsigned bytes) {
    return rig.by_lt(0, rig.message(0, 1, MessageRouting::by_id, target, bytes)).status;
  };
  EXPECT_EQ(send(1, 512), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_THAT(rig.adapter(0).last_refusal(), testing::HasSubstr("one data beat of 64 B"));
  EXPECT_EQ(send(2, 64), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_THAT(rig.adapter(0).last_refusal(), testing::HasSubstr("SUE/ESUN: no message command"));
  EXPECT_EQ(rig.adapter(0).counts().refused_crossings, 2u);
}

TEST(CrossedMessages, ASendOfRoceHasAnyCodeAndGoesToAnEndpoint) {
  ReportGuard reports;
  MessageRig rig(mixed_switch({LinkKind::roce_x4, LinkKind::roce_x4}));
  for (const unsigned code : {0u, 0x42u, 0xFFu}) {
    const auto outcome =
        rig.by_lt(0, rig.message(0, static_cast<std::uint8_t>(code), MessageRouting::by_id, 1, 64));
    EXPECT_EQ(outcome.heard, (std::vector<unsigned>{0, 1}));
  }
  const auto outcome = rig.by_lt(0, rig.message(0, 0, MessageRouting::broadcast_from_root));
  EXPECT_EQ(outcome.status, tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_THAT(rig.adapter(0).last_refusal(), testing::HasSubstr("RoCEv2: a message (SEND)"));
}

// The root speaks PCIe, one of those below UALink: its answer travels, and ends in the switch.
TEST(CrossedMessages, CopiesOfABroadcastAreAnsweredWhereTheLinkAnswers) {
  ReportGuard reports;
  SwitchConfig config =
      mixed_switch({LinkKind::pcie6_x16, LinkKind::ualink_x4, LinkKind::pcie6_x16});
  config.ports[0].role = PortRole::upstream;
  MessageRig rig(config);
  const auto outcome = rig.by_at(0, rig.message(0, 0x19, MessageRouting::broadcast_from_root));
  EXPECT_EQ(outcome.heard, (std::vector<unsigned>{0, 1, 1}));
  protocols::Packet answer;
  answer.kind = protocols::PacketKind::completion;
  rig.adapter(1).policy().classify(answer);
  EXPECT_EQ(rig.adapter(1).ingress_reading().wire_bytes,
            rig.adapter(1).policy().wire_cost(answer).bytes);
  EXPECT_EQ(rig.adapter(2).ingress_reading().wire_bytes, 0u);
  expect_quiescent(rig.rig.fabric, rig.rig.wheel);
}

// --- links that are down, ports without a device -------------------------------------------------

TEST(DeadLinks, TakeNoMessage) {
  ReportGuard reports;
  MessageRig rig(with_faults(mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4})));
  rig.adapter(1).schedule_link(LinkEvent::lose, 500'000);
  const auto send = [&]() -> tlm_generic_payload& {
    return rig.message(0, 0xF0, MessageRouting::by_id, 1);
  };
  const auto timed = rig.by_at(0, send());
  EXPECT_EQ(timed.status, tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(timed.heard, (std::vector<unsigned>{0, 0}));
  EXPECT_EQ(rig.by_lt(0, send()), timed);
}

TEST(DeadLinks, OfTheSenderTakeNoMessageEither) {
  ReportGuard reports;
  MessageRig rig(with_faults(mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4})));
  rig.adapter(0).schedule_link(LinkEvent::lose, 500'000);
  sc_core::sc_start(ps(1'000'000));
  const auto outcome = rig.by_lt(0, rig.message(0, 0xF0, MessageRouting::by_id, 1));
  EXPECT_EQ(outcome.status, tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(outcome.heard, (std::vector<unsigned>{0, 0}));
}

TEST(DeadLinks, ABroadcastPassesThemBy) {
  ReportGuard reports;
  MessageRig rig(tree());
  rig.adapter(2).schedule_link(LinkEvent::lose, 500'000);
  const auto send = [&]() -> tlm_generic_payload& {
    return rig.message(0, 0x19, MessageRouting::broadcast_from_root);
  };
  const auto timed = rig.by_at(0, send());
  EXPECT_EQ(timed.heard, (std::vector<unsigned>{0, 1, 0, 1}));
  EXPECT_EQ(rig.by_lt(0, send()), timed);
}

TEST(DeadLinks, NothingIsGatheredFromThem) {
  ReportGuard reports;
  MessageRig rig(tree());
  rig.adapter(2).schedule_link(LinkEvent::lose, 500'000);
  sc_core::sc_start(ps(1'000'000));
  rig.by_lt(1, rig.message(1, 0x1B, MessageRouting::gathered));
  EXPECT_EQ(rig.heard[0], 0u);
  rig.by_lt(3, rig.message(3, 0x1B, MessageRouting::gathered));
  EXPECT_EQ(rig.heard[0], 1u);
}

TEST(DeadLinks, TheLastThatWasWaitedForLetsTheGatheredMessageGoUp) {
  ReportGuard reports;
  MessageRig rig(tree());
  for (const unsigned from : {1u, 3u}) {
    auto& payload = rig.message(from, 0x1B, MessageRouting::gathered);
    at(from * 100'000, [&rig, &payload, from] { rig.rig.initiator(from).begin(payload); });
  }
  sc_core::sc_start(ps(4'000'000));
  EXPECT_EQ(rig.heard[0], 0u);
  rig.adapter(2).schedule_link(LinkEvent::lose, 5'000'000);
  sc_core::sc_start(ps(100'000'000));
  EXPECT_EQ(rig.heard, (std::vector<unsigned>{1, 0, 0, 0}));
  expect_quiescent(rig.rig.fabric, rig.rig.wheel);
}

TEST(Deaf, AnUpstreamPortWithoutADeviceGetsNothing) {
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2);
  config.ports[0].role = PortRole::upstream;
  config.windows.erase(config.windows.begin());
  FabricSwitch fabric("deaf", config);
  Initiator root("root"), device("device");
  Target target("target");
  root.socket.bind(fabric.port(PortId(0)).target());
  device.socket.bind(fabric.port(PortId(1)).target());
  fabric.port(PortId(1)).initiator().bind(target.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto& payload = device.make(tlm::TLM_IGNORE_COMMAND, 0, nullptr, 0);
  as_message(payload, 0x33, MessageRouting::to_root_complex);
  device.blocking(payload);
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_THAT(fabric.port(PortId(1)).adapter().last_refusal(), testing::HasSubstr("no device"));
}

// --- targets and data that are not fine ----------------------------------------------------------

TEST(MessageAnswers, AreJudgedByLtAsByAt) {
  ReportGuard reports;
  MessageRig rig(mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4}));
  for (const auto status : {tlm::TLM_INCOMPLETE_RESPONSE, tlm::TLM_GENERIC_ERROR_RESPONSE}) {
    rig.status = status;
    const auto before = rig.adapter(1).counts().error_responses;
    const auto timed = rig.by_at(0, rig.message(0, 0xF0, MessageRouting::by_id, 1));
    EXPECT_EQ(timed.status, tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(rig.by_lt(0, rig.message(0, 0xF0, MessageRouting::by_id, 1)), timed);
    EXPECT_EQ(rig.adapter(1).counts().error_responses, before + 2);
  }
}

TEST(MessageAnswers, OfWhatIsPostedCountAsLost) {
  ReportGuard reports;
  MessageRig rig(tree());
  rig.status = tlm::TLM_GENERIC_ERROR_RESPONSE;
  EXPECT_EQ(rig.by_at(1, rig.message(1, 0x7F, MessageRouting::by_id, 3)).status,
            tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.by_lt(1, rig.message(1, 0x7F, MessageRouting::by_id, 3)).status,
            tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.adapter(3).counts().lost_posted_errors, 2u);
}

TEST(MessageAnswers, DamagedDataIsUsedByNobody) {
  ReportGuard reports;
  MessageRig rig(with_faults(mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4})));
  const auto send = [&]() -> tlm_generic_payload& {
    auto& payload = rig.message(0, 0xF0, MessageRouting::by_id, 1, 64);
    payload.get_extension<PacketHint>()->flags = protocols::kPoisoned;
    return payload;
  };
  const auto timed = rig.by_at(0, send());
  EXPECT_EQ(timed.status, tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(timed.heard, (std::vector<unsigned>{0, 0}));
  EXPECT_EQ(rig.by_lt(0, send()), timed);
}

}  // namespace
}  // namespace antares::tb
