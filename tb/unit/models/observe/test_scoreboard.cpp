// SPDX-License-Identifier: Apache-2.0
// Each way in which a fabric can go wrong, one at a time, then a long random run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unordered_map>

#include "antares/models/observe/scoreboard.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::uint64_t id_of(unsigned source, std::uint64_t sequence) {
  return std::uint64_t{source + 1} << 40 | sequence;
}

PacketEvent event_of(PacketWhat what, std::uint64_t sequence, unsigned source = 1,
                     unsigned destination = 2) {
  PacketEvent event;
  event.time_ps = 1000 * sequence;
  event.packet_id = id_of(source, sequence);
  event.bytes = 256;
  event.source = EndpointId(static_cast<std::uint16_t>(source));
  event.destination = EndpointId(static_cast<std::uint16_t>(destination));
  event.what = what;
  event.where.index = event.destination.value();
  if (what == PacketWhat::injected) event.where.index = event.source.value();
  return event;
}

class ScoreboardTest : public testing::Test {
 protected:
  void inject(std::uint64_t sequence) { board_.on(event_of(PacketWhat::injected, sequence)); }
  void deliver(std::uint64_t sequence) { board_.on(event_of(PacketWhat::delivered, sequence)); }
  Scoreboard board_{ScoreboardConfig{1u << static_cast<unsigned>(TrafficClass::posted), 20}};
};

TEST_F(ScoreboardTest, AcceptsWhatIsDeliveredOnce) {
  for (std::uint64_t k = 0; k < 1000; ++k) inject(k);
  EXPECT_EQ(board_.in_flight(), 1000u);
  for (std::uint64_t k = 0; k < 1000; ++k) deliver(k);
  board_.finish(5000);
  EXPECT_TRUE(board_.ok());
  EXPECT_TRUE(board_.conserved());
  EXPECT_EQ(board_.delivered_totals().packets, 1000u);
  EXPECT_EQ(board_.delivered_totals().bytes, 256000u);
}

TEST_F(ScoreboardTest, NamesALoss) {
  inject(0);
  inject(1);
  deliver(1);
  board_.finish(5000);
  EXPECT_THAT(board_.problems(),
              ElementsAre("packet 0 of endpoint 1 (endpoint 1 to 2) of 256 bytes, injected at "
                          "0.000 ns, has not arrived at 5.000 ns"));
}

TEST_F(ScoreboardTest, NamesASecondDelivery) {
  inject(0);
  deliver(0);
  deliver(0);
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("a second time")));
  EXPECT_EQ(board_.delivered_totals().packets, 1u);
  EXPECT_TRUE(board_.conserved());
}

TEST_F(ScoreboardTest, NamesADeliveryOfNothing) {
  deliver(7);
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("was never injected")));
}

TEST_F(ScoreboardTest, NamesAnIdInUseAndOneThatIsNone) {
  inject(0);
  inject(0);
  PacketEvent nonsense = event_of(PacketWhat::injected, 1);
  nonsense.packet_id = 0;
  board_.on(nonsense);
  nonsense.packet_id = ~std::uint64_t{0};
  board_.on(nonsense);
  EXPECT_THAT(board_.problems(),
              ElementsAre(HasSubstr("while a packet of the same id is in flight"),
                          HasSubstr("not a valid id"), HasSubstr("not a valid id")));
  nonsense.what = PacketWhat::delivered;
  board_.on(nonsense);
  nonsense.packet_id = 0;
  board_.on(nonsense);
  EXPECT_EQ(board_.problem_count(), 5u);
}

TEST_F(ScoreboardTest, NamesAWrongSizeAndAWrongPlace) {
  inject(0);
  inject(1);
  PacketEvent shorter = event_of(PacketWhat::delivered, 0);
  shorter.bytes = 255;
  board_.on(shorter);
  PacketEvent elsewhere = event_of(PacketWhat::delivered, 1);
  elsewhere.where.index = 3;
  board_.on(elsewhere);
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("with 255 bytes; it was injected with 256"),
                                             HasSubstr("delivered at endpoint 3")));
}

TEST_F(ScoreboardTest, ADropNeedsAReason) {
  inject(0);
  inject(1);
  PacketEvent drop = event_of(PacketWhat::dropped, 0);
  drop.reason = DropReason::no_route;
  board_.on(drop);
  EXPECT_TRUE(board_.ok());
  board_.on(event_of(PacketWhat::dropped, 1));
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("with no reason")));
  EXPECT_EQ(board_.dropped_totals().packets, 2u);
  EXPECT_TRUE(board_.conserved());
}

TEST_F(ScoreboardTest, ChecksOrderInTheFlowsThatPromiseIt) {
  for (std::uint64_t k = 0; k < 4; ++k) inject(k);
  deliver(1);
  deliver(0);
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("out of order: packet 1 of endpoint 1")));
  // Another VC is another flow; another class has promised nothing.
  PacketEvent other = event_of(PacketWhat::delivered, 3);
  other.vc = VcId(1);
  board_.on(other);
  deliver(2);
  for (const PacketWhat what : {PacketWhat::injected, PacketWhat::delivered}) {
    for (const std::uint64_t sequence : {10, 11}) {
      // Injected as 10, 11, delivered as 11, 10.
      PacketEvent read =
          event_of(what, what == PacketWhat::injected ? sequence : std::uint64_t{21} - sequence);
      read.traffic_class = TrafficClass::non_posted;
      board_.on(read);
    }
  }
  EXPECT_EQ(board_.problem_count(), 1u);
}

// A packet for several ends at its switch's ingress, and its copies have ids of that port.
class CopiesOnTheScoreboard : public ScoreboardTest {
 protected:
  static constexpr unsigned kPort = 65536 + 7;  // origin of the copies
  void split(std::uint64_t sequence, std::uint64_t first_copy) {
    PacketEvent end = event_of(PacketWhat::delivered, sequence);
    end.where.unit = UnitKind::ingress;
    board_.on(end);
    for (unsigned k = 0; k < 2; ++k) board_.on(copy(PacketWhat::injected, first_copy + k, 2 + k));
  }
  static PacketEvent copy(PacketWhat what, std::uint64_t sequence, unsigned destination) {
    PacketEvent event = event_of(what, sequence, 1, destination);
    event.packet_id = id_of(kPort, sequence);
    return event;
  }
};

TEST_F(CopiesOnTheScoreboard, StandWhereTheirOriginalDoes) {
  for (std::uint64_t k = 0; k < 3; ++k) inject(k);
  split(1, 0);
  deliver(0);
  board_.on(copy(PacketWhat::delivered, 0, 2));
  board_.on(copy(PacketWhat::delivered, 1, 3));
  deliver(2);
  board_.finish(9000);
  EXPECT_THAT(board_.problems(), ElementsAre());
}

TEST_F(CopiesOnTheScoreboard, ThatOvertakeTheirSendersPacketsAreNamed) {
  for (std::uint64_t k = 0; k < 2; ++k) inject(k);
  split(1, 0);
  board_.on(copy(PacketWhat::delivered, 0, 2));
  deliver(0);
  EXPECT_THAT(board_.problems(),
              ElementsAre(AllOf(HasSubstr("packet 0 of endpoint 1"), HasSubstr("out of order"))));
}

TEST_F(CopiesOnTheScoreboard, ThatAreOvertakenAreNamed) {
  for (std::uint64_t k = 0; k < 2; ++k) inject(k);
  split(0, 0);
  deliver(1);
  board_.on(copy(PacketWhat::delivered, 0, 2));
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("out of order")));
}

TEST_F(CopiesOnTheScoreboard, OfOtherPacketsAreNotThose) {
  inject(0);
  PacketEvent end = event_of(PacketWhat::delivered, 0);
  end.where.unit = UnitKind::ingress;
  board_.on(end);
  inject(1);  // the sender goes on: what a port injects now is no copy of 0
  board_.on(copy(PacketWhat::injected, 0, 2));
  deliver(1);
  board_.on(copy(PacketWhat::delivered, 0, 2));
  EXPECT_THAT(board_.problems(), ElementsAre());
}

TEST_F(ScoreboardTest, ASourceThatSkipsSequencesIsServed) {
  for (const std::uint64_t sequence : {5ull, 7ull, 1ull << 20, (1ull << 40) - 1}) inject(sequence);
  EXPECT_EQ(board_.in_flight(), 4u);
  EXPECT_TRUE(board_.conserved());
  for (const std::uint64_t sequence : {5ull, 7ull, 1ull << 20, (1ull << 40) - 1}) {
    deliver(sequence);
    EXPECT_TRUE(board_.conserved());
  }
  EXPECT_TRUE(board_.ok()) << board_.problems().front();
}

TEST_F(ScoreboardTest, ASkippedSequenceWasNeverInjected) {
  inject(5);
  inject(7);
  deliver(6);
  EXPECT_THAT(board_.problems(), ElementsAre(HasSubstr("was never injected")));
}

TEST_F(ScoreboardTest, NamesAnInjectionOutOfSequenceAndGoesOn) {
  inject(5);
  inject(3);
  EXPECT_THAT(board_.problems(),
              ElementsAre(AllOf(HasSubstr("packet 3 of endpoint 1"), HasSubstr("out of sequence"),
                                HasSubstr("the next was to be 6"))));
  inject(3);  // in flight already
  EXPECT_EQ(board_.problem_count(), 2u);
  EXPECT_EQ(board_.in_flight(), 2u);
  deliver(3);
  deliver(5);
  EXPECT_EQ(board_.problem_count(), 2u);
  EXPECT_EQ(board_.delivered_totals().packets, 2u);
  EXPECT_TRUE(board_.conserved());
  inject(5);  // an id is used once in a run, even when it has left
  EXPECT_EQ(board_.problem_count(), 3u);
}

TEST_F(ScoreboardTest, FindsWhatStayedFarBehind) {
  // One in a thousand stays until the end: the others must not wait for it, nor it be forgotten.
  constexpr std::uint64_t kAll = 20000, kEach = 1000;
  for (std::uint64_t k = 0; k < kAll; ++k) {
    inject(k);
    if (k % kEach != 0) deliver(k);
  }
  EXPECT_EQ(board_.in_flight(), kAll / kEach);
  EXPECT_TRUE(board_.conserved());
  EXPECT_TRUE(board_.ok());
  for (std::uint64_t k = 0; k + kEach < kAll; k += kEach) {
    PacketEvent late = event_of(PacketWhat::delivered, k);
    late.traffic_class = TrafficClass::completion;  // it promised no order
    board_.on(late);
  }
  EXPECT_TRUE(board_.ok());
  deliver(0);
  board_.finish(5000);
  EXPECT_THAT(board_.problems(),
              ElementsAre(HasSubstr("a second time"), HasSubstr("packet 19000 of endpoint 1")));
  EXPECT_TRUE(board_.conserved());
}

TEST(FlightWindow, AStragglerIsHandedOutInsteadOfGrowing) {
  FlightWindow window;
  Flight flight(event_of(PacketWhat::injected, 0));
  std::vector<std::uint64_t> kept;
  Flight taken;
  for (std::uint64_t k = 0; k < 1000; ++k) {
    if (!window.append(k, flight)) {
      window.make_room(k, [&](std::uint64_t sequence, const Flight&) { kept.push_back(sequence); });
      ASSERT_TRUE(window.append(k, flight));
    }
    ASSERT_FALSE(window.append(k, flight)) << "not the next any more";
    if (k % 500 == 3) continue;
    ASSERT_TRUE(window.take(k, taken));
    EXPECT_FALSE(window.take(k, taken));
  }
  EXPECT_THAT(kept, ElementsAre(3, 503));
  std::size_t held = 0;
  window.for_each([&](std::uint64_t, const Flight&) { ++held; });
  EXPECT_EQ(held, 0u);
}

TEST(Scoreboard, KeepsAFewTextsAndCountsAll) {
  Scoreboard board(ScoreboardConfig{0, 2});
  for (std::uint64_t k = 0; k < 10; ++k) board.on(event_of(PacketWhat::delivered, k));
  EXPECT_EQ(board.problem_count(), 10u);
  ASSERT_EQ(board.problems().size(), 3u);
  EXPECT_EQ(board.problems().back(), "and 8 more problems");
}

TEST(Scoreboard, LongRandomRunConserves) {
  Scoreboard board;
  protocols::RandomStream stream(1, "packets");
  std::vector<PacketEvent> flying;
  std::vector<std::uint64_t> sequence(64, 0);
  for (int k = 0; k < 200000; ++k) {
    if (flying.empty() || (flying.size() < 3000 && stream.bernoulli(0.52))) {
      const auto source = static_cast<unsigned>(stream.uniform_below(64));
      PacketEvent event = event_of(PacketWhat::injected, sequence[source]++, source,
                                   static_cast<unsigned>(stream.uniform_below(64)));
      event.bytes = static_cast<std::uint32_t>(stream.uniform_below(4096));
      board.on(event);
      flying.push_back(event);
    } else {
      std::swap(flying[stream.uniform_below(flying.size())], flying.back());
      PacketEvent event = flying.back();
      flying.pop_back();
      event.what = stream.bernoulli(0.01) ? PacketWhat::dropped : PacketWhat::delivered;
      event.reason = DropReason::link_down;
      event.where.index = event.destination.value();
      board.on(event);
    }
    ASSERT_EQ(board.in_flight(), flying.size());
  }
  EXPECT_TRUE(board.ok()) << board.problems().front();
  EXPECT_TRUE(board.conserved());
  board.finish(1);
  EXPECT_EQ(board.problem_count(), flying.size());
}

TEST(IdTable, AgreesWithTheStandardMap) {
  IdTable<int> table;
  std::unordered_map<std::uint64_t, int> reference;
  protocols::RandomStream stream(2, "keys");
  for (int k = 0; k < 300000; ++k) {
    // Few keys, many collisions; some of them as packet ids are.
    const std::uint64_t key = (1 + stream.uniform_below(20)) << 40 | stream.uniform_below(50);
    if (stream.bernoulli(0.5)) {
      const auto [value, is_new] = table.insert(key);
      ASSERT_EQ(is_new, reference.count(key) == 0);
      *value = k;
      reference[key] = k;
    } else {
      int value = 0;
      const auto found = reference.find(key);
      ASSERT_EQ(table.take(key, value), found != reference.end());
      if (found != reference.end()) {
        ASSERT_EQ(value, found->second);
        reference.erase(found);
      }
    }
    ASSERT_EQ(table.size(), reference.size());
  }
  std::size_t visited = 0;
  table.for_each([&](std::uint64_t key, int value) {
    ++visited;
    EXPECT_EQ(reference.at(key), value);
  });
  EXPECT_EQ(visited, reference.size());
}

}  // namespace
}  // namespace antares::models
