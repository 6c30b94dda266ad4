// SPDX-License-Identifier: Apache-2.0
// Zero load between every ordered pair of links: LT is what the port says of itself (zero_load and
// zero_load_answer_ps), AT the same to the picosecond, for one link packet and for many, cut alike
// or anew on the other side. Tolerance 0, but where a transmitter remembers what it sent before
// (flow control that rides with every few responses of a UALink, what a flit has left): the time of
// a TL flit of 64 B for more than one link packet.
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/protocols/nvlink/nvlink_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::PortAdapter;
using protocols::AtomicOp;
using protocols::Packet;
using protocols::PacketKind;
using tlm::tlm_generic_payload;

class ZeroLoadPairs : public testing::TestWithParam<std::tuple<LinkKind, LinkKind>> {};

struct Sample {
  tlm_generic_payload* at;
  std::string what;
  Picoseconds sent_ps, lt_ps, expected_ps;
};

TEST_P(ZeroLoadPairs, LooselyTimedEqualsApproximatelyTimed) {
  const auto [from_kind, to_kind] = GetParam();
  ReportGuard reports;
  Fabric rig(mixed_switch({from_kind, to_kind}));
  serve_with_atomics(rig.target(1));
  const PortAdapter& from = rig.fabric.port(protocols::PortId(0)).adapter();
  const PortAdapter& to = rig.fabric.port(protocols::PortId(1)).adapter();
  std::vector<unsigned char> data(4096);
  std::vector<Sample> samples;
  Picoseconds when = 1'000'000;
  std::uint64_t region = 0;

  const auto sample = [&](const std::string& what, Packet packet, std::uint32_t answer_bytes,
                          tlm_generic_payload& lt, tlm_generic_payload& at_payload) {
    packet.flags |= protocols::kLongAddress;
    packet.address_low = static_cast<std::uint16_t>(at_payload.get_address() % 4096);
    from.policy().classify(packet);
    const Picoseconds expected =
        from.zero_load(packet, to).tail_ps + to.zero_load_answer_ps(packet, answer_bytes, from);
    samples.push_back({&at_payload, what, when, rig.initiator(0).blocking(lt), expected});
    at(when, [&rig, &at_payload] { rig.initiator(0).begin(at_payload); });
    when += 2'000'000 + 6 * expected;
  };
  // Each access has a region of its own: no transmitter remembers its address.
  const auto address = [&](unsigned offset) { return window(1) + (region++ << 20) + offset; };

  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
    for (const unsigned bytes :
         {4u, 8u, 32u, 60u, 64u, 100u, 128u, 256u, 257u, 512u, 1024u, 4096u}) {
      for (const unsigned offset : {0u, 64u, 100u}) {
        const std::uint64_t where = address(offset);
        Packet packet;
        packet.kind = command == tlm::TLM_READ_COMMAND ? PacketKind::read : PacketKind::write;
        packet.bytes = bytes;
        sample(std::string(packet.kind == PacketKind::read ? "read" : "write") + " of " +
                   std::to_string(bytes) + " B at +" + std::to_string(offset),
               packet, packet.kind == PacketKind::read ? bytes : 0,
               rig.initiator(0).make(command, where, data.data(), bytes),
               rig.initiator(0).make(command, where, data.data(), bytes));
      }
    }
  }
  // Writes that are not plain: the requester asks for an answer; bytes at both ends are masked.
  std::vector<unsigned char> enables(64, TLM_BYTE_ENABLED);
  enables.front() = enables.back() = TLM_BYTE_DISABLED;
  for (const std::uint8_t flag : {protocols::kWantsAnswer, protocols::kByteEnables}) {
    protocols::RequestShape request;
    request.bytes = 64;
    request.flags = flag;
    const std::uint64_t where = request.address = address(0);
    if (from.policy().refuses(request) || to.policy().refuses(request)) continue;
    tlm_generic_payload* payloads[2];
    for (auto*& payload : payloads) {
      payload = &rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, where, data.data(), 64);
      if (flag == protocols::kWantsAnswer) {
        add_hint(*payload).flags = flag;
      } else {
        payload->set_byte_enable_ptr(enables.data());
        payload->set_byte_enable_length(64);
      }
    }
    Packet packet;
    packet.bytes = 64;
    packet.flags = flag;
    sample(
        flag == protocols::kWantsAnswer ? "write that wants an answer" : "write with masked ends",
        packet, 0, *payloads[0], *payloads[1]);
  }
  for (const auto op : {AtomicOp::fetch_add, AtomicOp::swap, AtomicOp::compare_and_swap}) {
    for (const std::uint8_t operand : {4, 8}) {
      const AtomicShape shape{op, operand};
      protocols::RequestShape request;
      request.kind = PacketKind::atomic;
      request.atomic = op;
      request.bytes = shape.bytes();
      const std::uint64_t where = request.address = address(0);
      if (from.policy().refuses(request) || to.policy().refuses(request)) continue;
      Packet packet;
      packet.kind = PacketKind::atomic;
      packet.bytes = shape.bytes();
      sample(std::string(to_string(op)) + " of " + std::to_string(operand) + " B", packet, operand,
             make_atomic(rig.initiator(0), shape, where, data.data()),
             make_atomic(rig.initiator(0), shape, where, data.data()));
    }
  }
  sc_core::sc_start();
  Picoseconds flit_ps = 0;
  for (const PortAdapter* port : {&from, &to})
    if (port->policy().make_encoder() != nullptr)
      flit_ps = port->policy().rate().occupancy_ps(64) + 1;
  for (const Sample& each : samples) {
    EXPECT_TRUE(each.at->is_response_ok()) << each.what << ": " << from.last_refusal();
    EXPECT_EQ(each.lt_ps, each.expected_ps) << each.what;
    const Picoseconds at_ps = rig.initiator(0).response_ps(*each.at) - each.sent_ps;
    if (each.at->get_data_length() <= 64 || flit_ps == 0) {
      EXPECT_EQ(at_ps, each.lt_ps) << each.what;
    } else {
      EXPECT_LE(at_ps, each.lt_ps + flit_ps) << each.what;
      EXPECT_LE(each.lt_ps, at_ps + flit_ps) << each.what;
    }
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(ZeroLoadCredits, ARequestThatNeedsMoreThanAReceiverGrantsWaitsForThem) {
  ReportGuard reports;
  protocols::NvlinkLinkConfig few;
  few.links = 2;
  few.credits_per_vc = 32;
  const auto policy = std::make_shared<protocols::NvlinkPolicy>(few);
  SwitchConfig config = mixed_switch({policy, policy});
  for (auto& port : config.ports) port.propagation_ns = 500;  // credits take long to come home
  Fabric rig(config);
  serve_with_atomics(rig.target(1));
  auto& initiator = rig.initiator(0);
  std::vector<unsigned char> data(100'000);
  struct Sample {
    tlm_generic_payload* at;
    Picoseconds sent_ps, lt_ps;
  };
  std::vector<Sample> samples;
  Picoseconds when = 1'000'000;
  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
    for (const unsigned bytes : {8192u, 16384u, 32768u, 65536u, 100'000u}) {
      auto& payload = initiator.make(command, window(1), data.data(), bytes);
      const Picoseconds lt =
          initiator.blocking(initiator.make(command, window(1), data.data(), bytes));
      samples.push_back({&payload, when, lt});
      at(when, [&initiator, &payload] { initiator.begin(payload); });
      when += 4 * lt + 10'000'000;
    }
  }
  sc_core::sc_start();
  for (const Sample& each : samples)
    EXPECT_EQ(initiator.response_ps(*each.at) - each.sent_ps, each.lt_ps)
        << each.at->get_data_length() << (each.at->is_read() ? " B read" : " B written");
  // 64 packets of 256 B (32 a link): within them bytes follow each other at the link's pace, beyond
  // them a loop of credits is longer than 64 packets take.
  const double byte_ps = 1000.0 / (2 * 25 * 0.92) * (256 + 16) / 256;
  const double within = static_cast<double>(samples[1].lt_ps - samples[0].lt_ps) / 8192;
  const double beyond = static_cast<double>(samples[3].lt_ps - samples[2].lt_ps) / 32768;
  EXPECT_NEAR(within, byte_ps, 0.01 * byte_ps);
  EXPECT_GT(beyond, 2 * byte_ps) << "more than 2 x 500 ns of cable for 64 packets of 5.9 ns";
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Links, ZeroLoadPairs,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::ValuesIn(kLinkKinds)),
                         [](const auto& each) {
                           return std::string(name_of(std::get<0>(each.param))) + "_to_" +
                                  name_of(std::get<1>(each.param));
                         });

}  // namespace
}  // namespace antares::tb
