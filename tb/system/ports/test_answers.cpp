// SPDX-License-Identifier: Apache-2.0
// Posted against acknowledged: what a requester waits for where its link and the completer's
// disagree about answering writes. Times are the port's own zero_load and zero_load_answer_ps, the
// parts of which other tests check; tolerance 0.
#include <gtest/gtest.h>

#include "antares/models/observe/observe.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::PortAdapter;
using protocols::Packet;
using protocols::PacketKind;
using tlm::tlm_generic_payload;

constexpr Picoseconds kStart_ps = 1'000'000;
constexpr Picoseconds kLate_ps = 700'000;

class Answers : public testing::Test {
 protected:
  void build(LinkKind from, LinkKind to,
             models::PostedResponse posted = models::PostedResponse::at_delivery) {
    SwitchConfig config = mixed_switch({from, to});
    for (auto& port : config.ports) port.posted_response = posted;
    rig = std::make_unique<Fabric>(config);
  }
  PortAdapter& port(std::uint16_t id) { return rig->fabric.port(protocols::PortId(id)).adapter(); }
  Packet write_of(unsigned bytes) {
    Packet packet;
    packet.bytes = bytes;
    packet.flags = protocols::kLongAddress;
    port(0).policy().classify(packet);
    return packet;
  }
  /// Until the completer's device has it.
  Picoseconds there_ps(unsigned bytes) {
    return port(0).zero_load(write_of(bytes), port(1)).tail_ps;
  }
  Picoseconds back_ps(unsigned bytes) {
    return port(1).zero_load_answer_ps(write_of(bytes), 0, port(0));
  }
  /// A write by AT; when the requester had its response, from the start of the request.
  Picoseconds write(unsigned bytes) {
    auto& payload = rig->initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data.data(), bytes);
    at(kStart_ps, [this, &payload] { rig->initiator(0).begin(payload); });
    sc_core::sc_start();
    status = payload.get_response_status();
    EXPECT_EQ(rig->initiator(0).responses(), 1u);
    EXPECT_EQ(rig->initiator(0).in_use(), 0u);
    expect_quiescent(rig->fabric, rig->wheel);
    return rig->initiator(0).response_ps(payload) - kStart_ps;
  }
  /// The target takes the request, says END_REQ a little later and answers kLate_ps after it came.
  void answer_late(tlm::tlm_response_status with = tlm::TLM_OK_RESPONSE) {
    rig->target(1).on_request = [this, with](tlm_generic_payload& payload, auto&, auto&) {
      rig->target(1).serve(payload);
      payload.set_response_status(with);
      const Picoseconds arrived = now_ps();
      at(arrived + kLate_ps / 3,
         [this, &payload] { rig->target(1).call_back(payload, tlm::END_REQ); });
      at(arrived + kLate_ps,
         [this, &payload] { rig->target(1).call_back(payload, tlm::BEGIN_RESP); });
      return tlm::TLM_ACCEPTED;
    };
  }
  ReportGuard reports;
  std::unique_ptr<Fabric> rig;
  std::vector<unsigned char> data = std::vector<unsigned char>(4096);
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
};

TEST_F(Answers, APostedWriteIsOverWhenAnAcknowledgingCompleterHasIt) {
  build(LinkKind::pcie6_x16, LinkKind::ualink_x4);
  const Picoseconds there = there_ps(64);
  EXPECT_EQ(back_ps(64), 0u);
  EXPECT_EQ(write(64), there);
  // The acknowledge went as far as the switch, and not to the requester.
  EXPECT_GT(port(1).ingress_reading().wire_bytes, 0u);
  EXPECT_EQ(port(0).egress_reading().wire_bytes, 0u);
}

TEST_F(Answers, TheAcknowledgesOfManyTrainsEndInTheSwitch) {
  build(LinkKind::pcie6_x16, LinkKind::ualink_x4);
  EXPECT_GT(write(4096), 0u);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  Packet acknowledge;  // 4096 B at +0: 16 requests of 256 B, a response each
  acknowledge.kind = PacketKind::completion;
  acknowledge.flags = protocols::kAcknowledges;
  acknowledge.bytes = 4096;
  EXPECT_EQ(port(1).ingress_reading().link_packets,
            port(1).policy().wire_cost(acknowledge).link_packets);
  EXPECT_EQ(port(0).egress_reading().wire_bytes, 0u);
}

TEST_F(Answers, TheBridgeAcknowledgesForAPostingCompleter) {
  build(LinkKind::ualink_x4, LinkKind::pcie6_x16);
  const Picoseconds expected = there_ps(64) + back_ps(64);
  EXPECT_GT(back_ps(64), 0u);
  EXPECT_EQ(write(64), expected);
  EXPECT_EQ(port(1).ingress_reading().wire_bytes, 0u) << "PCIe sends no acknowledge";
  EXPECT_GT(port(0).egress_reading().wire_bytes, 0u);
}

// An acknowledgement goes in trains of a quarter of the requester's credits, here as many responses
// as the pool has credits and twice as many: the later trains pack into what the first left, or
// wait. Tolerance: the flits of one codeword, the phase of which LT does not know.
TEST_F(Answers, TheBridgeAcknowledgesInSeveralTrains) {
  build(LinkKind::ualink_x4, LinkKind::pcie6_x16);
  const auto& policy = port(0).policy();
  const auto pool = protocols::CreditLedger(policy.receiver_credits())
                        .initial(protocols::VcId(0), protocols::TrafficClass::completion);
  const unsigned bytes = 2 * pool.header * policy.max_link_payload_bytes(PacketKind::write);
  data.resize(bytes);
  const Picoseconds expected = there_ps(bytes) + back_ps(bytes);
  const Picoseconds taken = write(bytes);
  const Picoseconds codeword = policy.rate().collect_ps(1);
  EXPECT_LE(taken > expected ? taken - expected : expected - taken, codeword)
      << "AT " << taken << " ps, LT " << expected << " ps";
}

TEST_F(Answers, AnErrorOfThePostingCompletersDeviceComesBack) {
  build(LinkKind::ualink_x4, LinkKind::pcie6_x16);
  rig->target(1).on_request = [](tlm_generic_payload& payload, auto&, auto&) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  const Picoseconds there = there_ps(64);
  EXPECT_GT(write(64), there);
  EXPECT_EQ(status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(port(1).counts().error_responses, 1u);
}

TEST_F(Answers, AtAcceptThePostingRequesterHasItsAnswerFromTheSwitch) {
  build(LinkKind::pcie6_x16, LinkKind::ualink_x4, models::PostedResponse::at_accept);
  answer_late();
  // All of it in the switch: the first link and the fixed delays before the crossbar, the bridge's
  // included.
  const auto& latency = rig->fabric.config().latency;
  const double rx_ns = latency.serdes_rx_ns + latency.fec_crc_ns + latency.route_lookup_ns +
                       rig->fabric.config().bridge.latency_ns +
                       rig->fabric.config().ports[0].propagation_ns;
  const Picoseconds link_ps =
      port(0).policy().rate().collect_ps(port(0).policy().wire_cost(write_of(64)).bytes);
  EXPECT_EQ(write(64), link_ps + models::to_picoseconds(rx_ns));
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
}

TEST_F(Answers, AtAcceptAnErrorThatComesLaterIsCounted) {
  build(LinkKind::pcie6_x16, LinkKind::ualink_x4, models::PostedResponse::at_accept);
  answer_late(tlm::TLM_GENERIC_ERROR_RESPONSE);
  write(64);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(port(1).counts().lost_posted_errors, 1u);
}

TEST_F(Answers, AnAcknowledgingRequesterIsNotAnsweredAtAccept) {
  build(LinkKind::ualink_x4, LinkKind::pcie6_x16, models::PostedResponse::at_accept);
  const Picoseconds expected = there_ps(64) + back_ps(64);
  EXPECT_EQ(write(64), expected) << "at_accept is for posted writes";
}

class LateAnswers : public Answers,
                    public testing::WithParamInterface<std::tuple<LinkKind, LinkKind>> {};

TEST_P(LateAnswers, TheTargetsTimeIsAddedOnce) {
  build(std::get<0>(GetParam()), std::get<1>(GetParam()));
  answer_late();
  // An acknowledgement that the switch itself makes for a target that calls from outside of the
  // wheel starts in the next instant where no bridge delays it: two kinds of NVLink, one protocol.
  const bool made_at_once = port(0).policy().protocol() == port(1).policy().protocol() &&
                            port(0).policy().completes(write_of(64)) &&
                            !port(1).policy().completes(write_of(64));
  const Picoseconds expected = there_ps(64) + kLate_ps + back_ps(64) + (made_at_once ? 1 : 0);
  EXPECT_EQ(write(64), expected);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
}

TEST_P(LateAnswers, ItsErrorReachesTheRequester) {
  build(std::get<0>(GetParam()), std::get<1>(GetParam()));
  answer_late(tlm::TLM_GENERIC_ERROR_RESPONSE);
  const Picoseconds there = there_ps(64);
  EXPECT_GE(write(64), there + kLate_ps);
  EXPECT_EQ(status, tlm::TLM_GENERIC_ERROR_RESPONSE);
}

INSTANTIATE_TEST_SUITE_P(Links, LateAnswers,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::ValuesIn(kLinkKinds)),
                         [](const auto& each) {
                           return std::string(name_of(std::get<0>(each.param))) + "_to_" +
                                  name_of(std::get<1>(each.param));
                         });

/// When the requester's acknowledgements are in.
class Acknowledgements : public models::PacketListener {
 public:
  void on(const models::PacketEvent& event) override {
    const bool is_one = event.what == models::PacketWhat::delivered &&
                        event.kind == PacketKind::completion &&
                        event.where.unit == models::UnitKind::endpoint;
    if (is_one) times.push_back(event.time_ps);
  }
  std::vector<Picoseconds> times;
};

class Acknowledged : public Answers, public testing::WithParamInterface<LinkKind> {};

// The bridge makes several acknowledgements for one long write: it ends with the last of them.
// Three writes at a time, so that acknowledgements share flits.
TEST_P(Acknowledged, AWriteOverABridgeEndsWithTheLastAcknowledgement) {
  build(GetParam(), LinkKind::pcie6_x16);
  Acknowledgements acknowledgements;
  rig->fabric.observe().add_listener(acknowledgements);
  constexpr Picoseconds kApart = 50'000'000;
  constexpr unsigned kBursts = 48;
  constexpr unsigned kEach = 3;
  constexpr unsigned kMore = 1361;
  data.resize(1u << 16);
  tlm_generic_payload* writes[kBursts][kEach];
  for (unsigned k = 0; k < kBursts; ++k) {
    for (unsigned i = 0; i < kEach; ++i) {
      writes[k][i] = &rig->initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data.data(),
                                             64 + kMore * ((k + 17 * i) % kBursts));
      at((k + 1) * kApart + 1009 * k * i,
         [this, write = writes[k][i]] { rig->initiator(0).begin(*write); });
    }
  }
  sc_core::sc_start();
  expect_quiescent(rig->fabric, rig->wheel);
  std::size_t most = 0;
  for (unsigned k = 0; k < kBursts; ++k) {
    std::size_t count = 0;
    Picoseconds last = 0;
    for (const Picoseconds time : acknowledgements.times) {
      if (time / kApart != k + 1) continue;
      ++count;
      last = std::max(last, time);
    }
    Picoseconds over = 0;
    for (const auto* write : writes[k])
      over = std::max(over, rig->initiator(0).response_ps(*write));
    EXPECT_EQ(over, last) << "burst " << k << " of " << count;
    most = std::max(most, count);
  }
  if (GetParam() == LinkKind::nvlink4_x2_acknowledged)
    EXPECT_GT(most, std::size_t{kEach}) << "long writes take more than one, for their credits";
}

INSTANTIATE_TEST_SUITE_P(Links, Acknowledged,
                         testing::Values(LinkKind::ualink_x4, LinkKind::nvlink4_x2_acknowledged,
                                         LinkKind::sue_x4, LinkKind::roce_x4),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

}  // namespace
}  // namespace antares::tb
