// SPDX-License-Identifier: Apache-2.0
// Planes chosen by load: what would meet on one plane is shared out, and whatever concerns one
// granule stays in order.
#include "tb/system/planes/plane_rig.h"

namespace antares::tb {
namespace {

constexpr auto kAdaptive = models::PlaneSpread::adaptive;

/// So many granules whose addresses all belong to plane 0.
std::vector<std::uint64_t> granules_of_one_plane(const Rig& rig, unsigned count) {
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t offset = 0; offsets.size() < count; offset += kGranule)
    if (rig.plane_of(offset) == 0) offsets.push_back(offset);
  return offsets;
}

/// Issues writes of whole granules at once; the time until the last is answered.
class Burst {
 public:
  Burst(Rig& rig, std::vector<std::uint64_t> offsets, Picoseconds start_ps)
      : rig_(rig), offsets_(std::move(offsets)), start_ps_(start_ps), data_(pattern(kGranule)) {
    at(start_ps, [this] {
      for (const std::uint64_t offset : offsets_) {
        writes_.push_back(&rig_.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + offset,
                                               data_.data(), kGranule));
        rig_.initiator.begin_in_turn(*writes_.back());
      }
    });
  }
  Picoseconds time_ps() {
    Picoseconds last = 0;
    for (auto* write : writes_) {
      EXPECT_TRUE(write->is_response_ok());
      last = std::max(last, rig_.initiator.response_ps(*write));
    }
    return last - start_ps_;
  }

 private:
  Rig& rig_;
  std::vector<std::uint64_t> offsets_;
  Picoseconds start_ps_;
  std::vector<unsigned char> data_;
  std::vector<tlm::tlm_generic_payload*> writes_;
};

/// A granule's writes back to back on one link.
Picoseconds granule_ps(Rig& rig) {
  protocols::Packet packet;
  packet.bytes = kGranule;
  packet.flags = protocols::kLongAddress;
  const protocols::LinkPolicy& policy = rig.port(0, 0).adapter().policy();
  policy.classify(packet);
  return models::train_cost(policy, packet).occupancy.whole_ps;
}

constexpr unsigned kMany = 64;

TEST(AdaptivePlanes, WhatWouldMeetOnOnePlaneTakesBoth) {
  ReportGuard reports;
  Rig rig({}, kAdaptive);
  Burst many(rig, granules_of_one_plane(rig, kMany), kStart);
  Burst half(rig, granules_of_one_plane(rig, kMany / 2), 100 * kStart);
  sc_core::sc_start();
  const Picoseconds longer_ps = many.time_ps() - half.time_ps();
  const auto& pieces = rig.requests->counts().pieces;
  // Equal loads go to the plane of the address, so the turns alternate.
  EXPECT_EQ(pieces[0], (kMany + kMany / 2) / 2);
  EXPECT_EQ(pieces[1], pieces[0]);
  // Twice the granules: a quarter of all more on each plane. One granule of slack: what a link
  // carries is counted in parts of flits, an answer comes at a whole one.
  const double expected = kMany / 4 * static_cast<double>(granule_ps(rig));
  EXPECT_NEAR(static_cast<double>(longer_ps), expected, static_cast<double>(granule_ps(rig)));
  rig.expect_at_rest();
}

TEST(AdaptivePlanes, ByAddressTheSameMeetsOnOne) {
  ReportGuard reports;
  Rig rig;
  Burst many(rig, granules_of_one_plane(rig, kMany), kStart);
  Burst half(rig, granules_of_one_plane(rig, kMany / 2), 100 * kStart);
  sc_core::sc_start();
  const Picoseconds longer_ps = many.time_ps() - half.time_ps();
  EXPECT_EQ(rig.requests->counts().pieces[1], 0u);
  const double expected = kMany / 2 * static_cast<double>(granule_ps(rig));
  EXPECT_NEAR(static_cast<double>(longer_ps), expected, static_cast<double>(granule_ps(rig)));
  rig.expect_at_rest();
}

TEST(AdaptivePlanes, AnIdleEndpointTakesThePlaneOfTheAddress) {
  ReportGuard reports;
  Rig rig({}, kAdaptive);
  std::vector<unsigned char> data(256);
  std::vector<tlm::tlm_generic_payload*> reads;
  Picoseconds lt_ps = 0;
  for (unsigned p = 0; p < kPlanes; ++p)
    at(kStart * (p + 1) * 10, [&, p] {
      reads.push_back(
          &rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + rig.on(p), data.data(), 256));
      rig.initiator.begin(*reads.back());
    });
  at(kStart * 40, [&] {
    auto& read = rig.initiator.make(tlm::TLM_READ_COMMAND, window(1), data.data(), 256);
    lt_ps = rig.initiator.blocking(read);
  });
  sc_core::sc_start();
  for (unsigned p = 0; p < kPlanes; ++p) {
    EXPECT_EQ(rig.initiator.response_ps(*reads[p]) - kStart * (p + 1) * 10, lt_ps);
    EXPECT_EQ(rig.requests->counts().pieces[p], 1u + (p == rig.plane_of(0) ? 1 : 0));
  }
  rig.expect_at_rest();
}

// Writes to one granule are asked for while the other plane is idle: the last one has to win, so
// none may go round the others.
TEST(AdaptivePlanes, AGranuleStaysWhileAnythingOfItIsUnderWay) {
  ReportGuard reports;
  Rig rig({}, kAdaptive);
  constexpr unsigned kWrites = 20;
  const std::uint64_t offset = rig.on(0);
  std::vector<std::vector<unsigned char>> data;
  std::vector<tlm::tlm_generic_payload*> writes;
  for (unsigned i = 0; i < kWrites; ++i) data.push_back(pattern(i % 2 == 0 ? kGranule : 64, i));
  at(kStart, [&] {
    for (unsigned i = 0; i < kWrites; ++i) {
      writes.push_back(&rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + offset,
                                           data[i].data(), static_cast<unsigned>(data[i].size())));
      rig.initiator.begin_in_turn(*writes.back());
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.requests->counts().pieces[0], kWrites);
  EXPECT_EQ(rig.requests->counts().pieces[1], 0u);
  const unsigned char* memory = rig.memory->store().data() + offset;
  EXPECT_TRUE(std::equal(data.back().begin(), data.back().end(), memory));
  rig.expect_at_rest();
}

// Three planes of equal width; nothing is under way.
TEST(AdaptivePlanes, AFailedPlaneIsPassedByForAWhileAndOnTheWayThereAlone) {
  const models::AdaptivePlanes::Weights here = {1, 1, 1}, there = {1, 1, 1};
  models::AdaptivePlanes load(3);
  EXPECT_EQ(load.choose(7, here, 1, 0), 1u) << "of equal ones that of the address";
  load.failed(here, 1, 100);
  EXPECT_NE(load.choose(7, here, 1, 99), 1u);
  EXPECT_EQ(load.choose(7, here, 1, 100), 1u) << "tried again";
  EXPECT_EQ(load.choose(7, there, 1, 99), 1u) << "another memory, another way";
  // However loaded the others are.
  load.sent(8, 0, 1 << 20);
  load.sent(9, 2, 1 << 10);
  EXPECT_EQ(load.choose(7, here, 1, 99), 2u);
  // What is under way keeps its granule where it is; where all have failed, load decides.
  load.sent(7, 1, 64);
  EXPECT_EQ(load.choose(7, here, 0, 99), 1u);
  load.failed(here, 0, 100);
  load.failed(here, 2, 100);
  EXPECT_EQ(load.choose(10, here, 0, 99), 1u);
}

TEST(AdaptivePlanes, APlaneWhoseLinkIsDownHereIsPassedBy) {
  const models::AdaptivePlanes::Weights weights = {2, 1, 0};
  models::AdaptivePlanes load(3);
  std::vector<bool> up = {false, true, true};
  load.watch([&](std::uint32_t plane) { return up[plane]; });
  EXPECT_EQ(load.choose(1, weights, 0, 0), 1u) << "plane 2 does not lead there";
  up[1] = false;
  EXPECT_EQ(load.choose(1, weights, 0, 0), 0u) << "none is up: as if all were";
  up[0] = true;
  EXPECT_EQ(load.choose(1, weights, 1, 0), 0u);
}

}  // namespace
}  // namespace antares::tb
