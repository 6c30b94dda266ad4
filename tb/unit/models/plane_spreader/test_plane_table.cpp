// SPDX-License-Identifier: Apache-2.0
// Which plane an address goes over: shares by weight, pieces that cover a request, and regions that
// only some planes lead to.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "antares/models/plane_spreader/adaptive_planes.h"
#include "antares/models/plane_spreader/plane_table.h"

namespace antares::models {
namespace {

constexpr std::uint64_t kGranule = 4096;
constexpr std::uint64_t kBase = std::uint64_t{1} << 44;

PlaneConfig config(PlaneSpread spread, std::uint64_t granule = kGranule) {
  PlaneConfig result;
  result.granule_bytes = granule;
  result.spread = spread;
  return result;
}

PlaneTable table(PlaneSpread spread, std::vector<std::uint32_t> weights) {
  return PlaneTable(config(spread), {{kBase, kBase, std::move(weights)}});
}

TEST(PlaneTable, EachBlockMeetsEachPlaneByItsWeight) {
  const std::vector<std::uint32_t> weights = {5, 4, 4, 5};
  constexpr unsigned kTurns = 5 + 4 + 4 + 5;
  for (const PlaneSpread spread : {PlaneSpread::hash, PlaneSpread::in_turn}) {
    const PlaneTable planes = table(spread, weights);
    ASSERT_EQ(planes.turns_at(kBase), kTurns);
    const std::uint64_t first = kBase / kGranule / kTurns + 1;  // the first whole block
    for (std::uint64_t block = first; block < first + 100; ++block) {
      std::vector<std::uint32_t> met(weights.size(), 0);
      for (unsigned turn = 0; turn < kTurns; ++turn)
        ++met[planes.plane_of((block * kTurns + turn) * kGranule + turn)];
      ASSERT_EQ(met, weights) << block;
    }
  }
}

TEST(PlaneTable, AnyPlaneWouldDoOnlyWhereLoadDecides) {
  const std::vector<std::uint32_t> weights = {2, 1, 0};
  for (const PlaneSpread spread : {PlaneSpread::hash, PlaneSpread::in_turn})
    EXPECT_EQ(table(spread, weights).any_plane_to(kBase), nullptr);
  const PlaneTable planes(config(PlaneSpread::adaptive),
                          {{kBase, kBase, weights}, {2 * kBase, kBase, weights, true}});
  ASSERT_NE(planes.any_plane_to(kBase + 5), nullptr);
  EXPECT_EQ(*planes.any_plane_to(kBase + 5), weights);
  EXPECT_EQ(planes.any_plane_to(2 * kBase), nullptr) << "what meets in a switch goes by address";
  EXPECT_EQ(planes.any_plane_to(5 * kBase), nullptr) << "nobody lives there";
  EXPECT_EQ(planes.plane_of(kBase + 7 * kGranule),
            table(PlaneSpread::hash, weights).plane_of(kBase + 7 * kGranule));
}

TEST(AdaptivePlanes, TheLeastLoadedForItsWeightHasTheNext) {
  AdaptivePlanes load(3);
  const std::vector<std::uint32_t> weights = {2, 1, 0};
  EXPECT_EQ(load.choose(1, weights, 1, 0), 1u) << "equal: that of the address";
  load.sent(1, 1, 100);
  EXPECT_EQ(load.choose(1, weights, 0, 0), 1u) << "a granule stays while it is under way";
  EXPECT_EQ(load.choose(2, weights, 1, 0), 0u);
  load.sent(2, 0, 150);  // 75 a weight against 100
  EXPECT_EQ(load.choose(3, weights, 1, 0), 0u);
  load.sent(3, 0, 50);  // 100 against 100
  EXPECT_EQ(load.choose(4, weights, 1, 0), 1u);
  EXPECT_EQ(load.choose(4, weights, 0, 0), 0u);
  load.sent(1, 1, 10);
  load.answered(1, 100);
  EXPECT_EQ(load.choose(1, weights, 0, 0), 1u) << "one of two is still under way";
  load.answered(1, 10);
  EXPECT_EQ(load.choose(1, weights, 0, 0), 1u) << "idle, plane 0 is not";
  load.answered(2, 150);
  load.answered(3, 50);
  EXPECT_EQ(load.granules_under_way(), 0u);
  EXPECT_EQ(load.choose(1, weights, 0, 0), 0u);
}

TEST(AdaptivePlanes, OneThatFailsIsPassedByWhileAnotherLeadsThere) {
  AdaptivePlanes load(3);
  const std::vector<std::uint32_t> here = {1, 1, 0}, elsewhere = {1, 1, 1};
  constexpr Picoseconds kUntil = 1000;
  load.failed(here, 0, kUntil);
  EXPECT_EQ(load.choose(1, here, 0, kUntil - 1), 1u);
  load.sent(2, 1, 100);
  EXPECT_EQ(load.choose(1, here, 0, kUntil - 1), 1u) << "however loaded the other one is";
  EXPECT_EQ(load.choose(1, here, 0, kUntil), 0u) << "tried again";
  EXPECT_EQ(load.choose(1, elsewhere, 0, 0), 0u) << "on the way to that memory only";
  load.failed(here, 1, kUntil);
  EXPECT_EQ(load.choose(1, here, 0, 0), 0u) << "both have failed: by load again";
}

TEST(AdaptivePlanes, OneWhoseLinkIsDownIsPassedByAltogether) {
  AdaptivePlanes load(2);
  const std::vector<std::uint32_t> weights = {1, 1};
  bool up = false;
  load.watch([&](std::uint32_t plane) { return up || plane != 0; });
  EXPECT_EQ(load.choose(1, weights, 0, 0), 1u);
  up = true;
  EXPECT_EQ(load.choose(1, weights, 0, 0), 0u);
}

TEST(PlaneTable, EqualWeightsTakeTurns) {
  const PlaneTable planes = table(PlaneSpread::in_turn, {250, 250, 250});
  const unsigned start = planes.plane_of(kBase);
  for (unsigned g = 0; g < 30; ++g)
    EXPECT_EQ(planes.plane_of(kBase + g * kGranule), (start + g) % 3) << g;
}

TEST(PlaneTable, AHashedStrideOfAWholeBlockMeetsAllPlanes) {
  constexpr unsigned kPlanes = 4;
  std::map<unsigned, unsigned> in_turn, hashed;
  for (unsigned k = 0; k < 1000; ++k) {
    const std::uint64_t address = kBase + k * kPlanes * kGranule;
    ++in_turn[table(PlaneSpread::in_turn, {1, 1, 1, 1}).plane_of(address)];
    ++hashed[table(PlaneSpread::hash, {1, 1, 1, 1}).plane_of(address)];
  }
  EXPECT_EQ(in_turn.size(), 1u) << "in turn, such a stride meets one plane for ever";
  ASSERT_EQ(hashed.size(), kPlanes);
  // Binomial with p = 1/4: four standard deviations.
  for (const auto& [plane, met] : hashed) EXPECT_NEAR(met, 250, 4 * 13.7) << plane;
}

TEST(PlaneTable, PiecesCoverARequestAndStayOnTheirPlane) {
  for (const PlaneSpread spread : {PlaneSpread::hash, PlaneSpread::in_turn}) {
    const PlaneTable planes = table(spread, {3, 1});
    for (std::uint64_t start = kBase; start < kBase + 20 * kGranule; start += 1111) {
      const std::uint64_t bytes = 1 + start % 30000;
      std::uint64_t done = 0;
      std::uint32_t before = ~0u;
      while (done < bytes) {
        const PlanePiece piece = planes.first_piece(start + done, bytes - done);
        ASSERT_NE(piece.bytes, 0u);
        ASSERT_NE(piece.plane, before) << "neighbours on one plane are one piece";
        for (std::uint64_t at = done; at < done + piece.bytes; at += 256)
          ASSERT_EQ(planes.plane_of(start + at), piece.plane);
        ASSERT_EQ(planes.plane_of(start + done + piece.bytes - 1), piece.plane);
        before = piece.plane;
        done += piece.bytes;
      }
      ASSERT_EQ(done, bytes);
    }
  }
}

TEST(PlaneTable, ARegionOfOnePlaneIsNeverCut) {
  const PlaneTable planes(config(PlaneSpread::hash),
                          {{2 * kBase, kBase, {0, 0, 7}}, {kBase, kBase, {1, 1, 1}}});
  for (std::uint64_t at = 2 * kBase; at < 2 * kBase + 50 * kGranule; at += kGranule)
    EXPECT_EQ(planes.plane_of(at), 2u);
  const PlanePiece all = planes.first_piece(2 * kBase + 5, 1 << 20);
  EXPECT_EQ(all.plane, 2u);
  EXPECT_EQ(all.bytes, 1u << 20);
  EXPECT_EQ(planes.first_piece(kBase + 5, 1 << 20).bytes, kGranule - 5);
  EXPECT_EQ(planes.turns_at(2 * kBase), 1u);
}

TEST(PlaneTable, OutsideOfAllRegionsIsPlaneZeroInOnePiece) {
  const PlaneTable planes(config(PlaneSpread::hash), {{kBase, 8 * kGranule, {1, 1}}});
  for (const std::uint64_t at : {std::uint64_t{0}, kBase - 1, kBase + 8 * kGranule}) {
    EXPECT_EQ(planes.plane_of(at), 0u);
    EXPECT_EQ(planes.first_piece(at, 1 << 20).bytes, 1u << 20);
  }
}

TEST(PlaneTable, WhatCannotBeIsRefused) {
  using Regions = std::vector<PlaneRegion>;
  EXPECT_THROW(PlaneTable(config(PlaneSpread::hash, 3000), Regions{}), std::invalid_argument);
  EXPECT_THROW(PlaneTable(config(PlaneSpread::hash, 0), Regions{}), std::invalid_argument);
  EXPECT_THROW(PlaneTable(config(PlaneSpread::hash), Regions{{0, 10, {0, 0}}}),
               std::invalid_argument);
  EXPECT_THROW(PlaneTable(config(PlaneSpread::hash), Regions{{0, 10, {1}}, {9, 10, {1}}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace antares::models
