// SPDX-License-Identifier: Apache-2.0
// A requester and a memory on two switches each: whole requests take the time of a plain port,
// larger ones are cut, answered once and whole; errors, DMI, debug access and tags.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "tb/system/planes/plane_rig.h"

namespace antares::tb {
namespace {

TEST(PlaneSpreader, AWholeRequestTakesTheTimeOfAPlainPort) {
  ReportGuard reports;
  Rig rig;
  std::vector<unsigned char> data(256);
  std::vector<std::pair<tlm::tlm_generic_payload*, Picoseconds>> begun;
  Picoseconds lt_ps[kPlanes] = {};
  for (unsigned p = 0; p < kPlanes; ++p) {
    const Picoseconds start = kStart * (p + 1) * 10;
    at(start, [&, p, start] {
      auto& read =
          rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + rig.on(p), data.data(), 256);
      begun.emplace_back(&read, start);
      rig.initiator.begin(read);
    });
    at(start + 5 * kStart, [&, p] {
      auto& read =
          rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + rig.on(p), data.data(), 256);
      lt_ps[p] = rig.initiator.blocking(read);
    });
  }
  sc_core::sc_start();
  auto& from = rig.port(0, 0).adapter();
  auto& to = rig.port(0, 1).adapter();
  protocols::Packet packet;
  packet.kind = protocols::PacketKind::read;
  packet.bytes = 256;
  packet.flags = protocols::kLongAddress;
  from.policy().classify(packet);
  const auto expected =
      from.zero_load(packet, to).tail_ps + to.zero_load_answer_ps(packet, 256, from) +
      static_cast<Picoseconds>(kLatency_ns * 1000 + 256 * 1000.0 / kMemoryRate_GBps);
  for (unsigned p = 0; p < kPlanes; ++p) {
    EXPECT_EQ(lt_ps[p], expected);
    EXPECT_EQ(rig.initiator.response_ps(*begun[p].first) - begun[p].second, expected);
    EXPECT_EQ(rig.requests->counts().pieces[p], 2u);
  }
  EXPECT_EQ(rig.requests->counts().cut, 0u);
  rig.expect_at_rest();
}

TEST(PlaneSpreader, ALargeRequestIsCutAndAnsweredOnce) {
  ReportGuard reports;
  Rig rig;
  constexpr unsigned kBytes = 10'000;
  constexpr std::uint64_t kOffset = 300;  // neither end lies on a granule
  auto data = pattern(kBytes);
  std::vector<unsigned char> back(kBytes, 0);
  tlm::tlm_generic_payload* write = nullptr;
  tlm::tlm_generic_payload* read = nullptr;
  at(kStart, [&] {
    write = &rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + kOffset, data.data(), kBytes);
    rig.initiator.begin(*write);
  });
  at(20 * kStart, [&] {
    read = &rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + kOffset, back.data(), kBytes);
    rig.initiator.begin(*read);
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator.responses(), 2u);
  EXPECT_TRUE(write->is_response_ok());
  EXPECT_TRUE(read->is_response_ok());
  EXPECT_EQ(read->get_address(), window(1) + kOffset);
  EXPECT_EQ(back, data);
  EXPECT_TRUE(std::equal(data.begin(), data.end(), rig.memory->store().data() + kOffset));
  EXPECT_EQ(rig.requests->counts().cut, 2u);
  const auto& pieces = rig.requests->counts().pieces;
  EXPECT_GT(pieces[0], 2u);
  EXPECT_GT(pieces[1], 2u);
  EXPECT_EQ(rig.memory->writes(), (pieces[0] + pieces[1]) / 2);
  rig.expect_at_rest();
}

class EverySpread : public testing::TestWithParam<models::PlaneSpread> {};

INSTANTIATE_TEST_SUITE_P(All, EverySpread,
                         testing::Values(models::PlaneSpread::hash, models::PlaneSpread::in_turn,
                                         models::PlaneSpread::adaptive),
                         [](const auto& entry) {
                           return entry.param == models::PlaneSpread::hash      ? "hash"
                                  : entry.param == models::PlaneSpread::in_turn ? "in_turn"
                                                                                : "adaptive";
                         });

TEST_P(EverySpread, RandomAccessesAreTheSameAsOnOneMemory) {
  ReportGuard reports;
  Rig rig({}, GetParam());
  boost::random::mt19937 draw(7);
  const auto below = [&](unsigned most) {
    return boost::random::uniform_int_distribution<unsigned>(0, most - 1)(draw);
  };
  struct Access {
    std::vector<unsigned char> data;
    std::uint64_t offset;
    bool read, lt;
  };
  std::vector<Access> accesses(200);
  std::vector<unsigned char> shadow(65536, 0);
  for (unsigned i = 0; i < accesses.size(); ++i) {
    Access& access = accesses[i];
    access.data = pattern(1 + below(6000), i);
    access.offset = below(static_cast<unsigned>(shadow.size() - access.data.size()));
    access.read = below(2) == 0;
    access.lt = below(2) == 0;
    at(kStart * 20 * (i + 1), [&, i] {
      Access& now = accesses[i];
      auto& payload = rig.initiator.make(now.read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                         window(1) + now.offset, now.data.data(),
                                         static_cast<unsigned>(now.data.size()));
      if (now.lt)
        rig.initiator.blocking(payload);
      else
        rig.initiator.begin(payload);
    });
    at(kStart * 20 * (i + 1) + 15 * kStart, [&, i] {
      Access& now = accesses[i];
      const auto first = shadow.begin() + static_cast<std::ptrdiff_t>(now.offset);
      if (now.read)
        EXPECT_TRUE(std::equal(now.data.begin(), now.data.end(), first)) << i;
      else
        std::copy(now.data.begin(), now.data.end(), first);
    });
  }
  sc_core::sc_start();
  EXPECT_TRUE(std::equal(shadow.begin(), shadow.end(), rig.memory->store().data()));
  EXPECT_GT(rig.requests->counts().cut, 50u);
  rig.expect_at_rest();
}

TEST(PlaneSpreader, AByteMaskIsCutWithItsData) {
  ReportGuard reports;
  Rig rig;
  const std::uint64_t offset = kGranule - 3;
  ASSERT_NE(rig.plane_of(offset), rig.plane_of(offset + 3));
  std::vector<unsigned char> data = pattern(7);
  // Period 5: the second piece begins in the middle of it.
  std::vector<unsigned char> enables = {TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_DISABLED,
                                        TLM_BYTE_ENABLED, TLM_BYTE_ENABLED};
  tlm::tlm_generic_payload* write = nullptr;
  at(kStart, [&] {
    write = &rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + offset, data.data(), 7);
    write->set_byte_enable_ptr(enables.data());
    write->set_byte_enable_length(5);
    rig.initiator.begin(*write);
  });
  sc_core::sc_start();
  EXPECT_TRUE(write->is_response_ok()) << write->get_response_string();
  for (unsigned i = 0; i < 7; ++i)
    EXPECT_EQ(rig.memory->store().data()[offset + i],
              enables[i % 5] == TLM_BYTE_ENABLED ? data[i] : 0)
        << i;
  rig.expect_at_rest();
}

TEST(PlaneSpreader, AnErrorOfOnePieceIsTheAnswerOfAll) {
  ReportGuard reports;
  Rig rig;
  auto data = pattern(4096);
  // Two granules are memory, the rest is behind its end.
  const std::uint64_t offset = kMemoryBytes - 2 * kGranule;
  tlm::tlm_generic_payload* late = nullptr;
  tlm::tlm_generic_payload* outside = nullptr;
  auto lt_status = tlm::TLM_OK_RESPONSE;
  at(kStart, [&] {
    late = &rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + offset, data.data(), 4096);
    rig.initiator.begin(*late);
  });
  at(20 * kStart, [&] {
    outside = &rig.initiator.make(tlm::TLM_READ_COMMAND, window(7), data.data(), 64);
    rig.initiator.begin(*outside);
  });
  at(40 * kStart, [&] {
    auto& lt = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + offset, data.data(), 4096);
    rig.initiator.blocking(lt);
    lt_status = lt.get_response_status();
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator.responses(), 2u);
  EXPECT_EQ(late->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(outside->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(lt_status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  rig.expect_at_rest();
}

TEST(PlaneSpreader, WhatEveryPortRefusesIsRefusedInTheCall) {
  ReportGuard reports;
  Rig rig;
  std::vector<unsigned char> data(4096);
  at(kStart, [&] {
    auto& payload = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data.data(), 4096);
    payload.set_streaming_width(8);
    EXPECT_EQ(rig.initiator.begin(payload), tlm::TLM_COMPLETED);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator.responses(), 0u);
  rig.expect_at_rest();
}

TEST(PlaneSpreader, DebugAccessIsCutAndPointersAreClipped) {
  ReportGuard reports;
  Rig rig;
  auto data = pattern(5000);
  tlm::tlm_dmi dmi;
  at(kStart, [&] {
    auto& write = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + 77, data.data(), 5000);
    EXPECT_EQ(rig.initiator.socket->transport_dbg(write), 5000u);
    auto& ask = rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + 3 * kGranule + 9, nullptr, 0);
    ASSERT_TRUE(rig.initiator.socket->get_direct_mem_ptr(ask, dmi));
    rig.memory->invalidate_dmi(0, kMemoryBytes - 1);
  });
  sc_core::sc_start();
  EXPECT_TRUE(std::equal(data.begin(), data.end(), rig.memory->store().data() + 77));
  EXPECT_EQ(dmi.get_start_address(), window(1) + 3 * kGranule);
  EXPECT_EQ(dmi.get_end_address(), window(1) + 4 * kGranule - 1);
  EXPECT_EQ(dmi.get_dmi_ptr(), rig.memory->store().data() + 3 * kGranule);
  EXPECT_EQ(rig.initiator.invalidated().size(), kPlanes) << "each plane takes back its own";
  rig.expect_at_rest();
}

TEST(PlaneSpreader, ReadsWaitForTheTagsOfTheirPlaneOnly) {
  ReportGuard reports;
  Rig rig({2, 256});  // two reads of 256 B a plane
  constexpr unsigned kReads = 8;
  std::vector<unsigned char> data(kReads * 256);
  std::vector<tlm::tlm_generic_payload*> reads;
  at(kStart, [&] {
    for (unsigned i = 0; i <= kReads; ++i) {
      const unsigned plane = i == kReads ? 1 : 0;  // the last goes over the idle plane
      reads.push_back(
          &rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + rig.on(plane), data.data(), 256));
      rig.initiator.begin_in_turn(*reads.back());
    }
  });
  sc_core::sc_start();
  std::vector<Picoseconds> ended;
  for (auto* read : reads) {
    ended.push_back(rig.initiator.response_ps(*read));
    EXPECT_TRUE(read->is_response_ok());
  }
  EXPECT_LT(ended[kReads], ended[2]) << "it does not wait for the other plane's tags";
  // A pair begins when the first of the pair before it is answered: a round trip apart.
  const Picoseconds round_trip_ps = ended[0] - kStart;
  for (unsigned i = 2; i < kReads; ++i) EXPECT_GE(ended[i], ended[i - 2] + round_trip_ps) << i;
  rig.expect_at_rest();
}

}  // namespace
}  // namespace antares::tb
