// SPDX-License-Identifier: Apache-2.0
// Contexts: who joins, who waits, who is told what, and that nobody is forgotten. Time is a number.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "antares/models/reduction/alu_server.h"
#include "antares/models/reduction/context_table.h"

namespace antares::models {
namespace {

void* cookie(std::uint64_t number) { return reinterpret_cast<void*>(number); }
std::uint64_t number(const void* cookie) { return reinterpret_cast<std::uintptr_t>(cookie); }

/// Cookies count from 1; results leave at once unless `hold`.
class Engine : public ContextTable::Client {
 public:
  explicit Engine(const ContextLimits& limits) : table(limits, *this) {}

  void opened(ContextTable::Context& context, Picoseconds) override {
    opened_requests.push_back(number(context.requester));
  }
  void reduced(ContextTable::Context& context, Picoseconds now_ps) override {
    std::string text = std::to_string(context.key.address) + ":";
    for (const auto* slot : context.slots) text += " " + std::to_string(slot->what.index);
    results.push_back(text);
    if (hold)
      held.emplace_back(context.taken, context.bytes);
    else
      leaving.emplace_back(context.taken, context.bytes);
    static_cast<void>(now_ps);
  }
  void over(const Contribution& what, ReductionStatus status, Picoseconds) override {
    ASSERT_TRUE(told.emplace(number(what.cookie), name(status)).second) << "told twice";
  }
  void wait_for(ContextTable::Slot& slot) override { waits.push_back(&slot); }
  Contribution of(unsigned source, std::uint64_t address, unsigned contributors,
                  std::uint32_t bytes = 128) {
    Contribution c;
    c.key = {1, address};
    c.source = EndpointId(static_cast<std::uint16_t>(100 + source));
    c.index = source;
    c.contributors = contributors;
    c.members = contributors;
    c.bytes = bytes;
    c.cookie = cookie(++cookies);
    return c;
  }
  /// Head and tail in one instant; returns the cookie's number.
  std::uint64_t put(const Contribution& c, Picoseconds now_ps = 0) {
    if (ContextTable::Slot* slot = table.offer(c, now_ps)) table.whole(slot, now_ps);
    drain(now_ps);
    return number(c.cookie);
  }
  std::uint64_t put(unsigned source, std::uint64_t address, unsigned contributors,
                    std::uint32_t bytes = 128, Picoseconds now_ps = 0) {
    return put(of(source, address, contributors, bytes), now_ps);
  }
  void drain(Picoseconds now_ps) {
    while (!leaving.empty()) {
      const auto [contexts, bytes] = leaving.back();
      leaving.pop_back();
      table.give_back(contexts, bytes, now_ps);
    }
  }
  void expect_idle() {
    EXPECT_EQ(table.open(), 0u);
    EXPECT_EQ(table.parked(), 0u);
    EXPECT_EQ(table.contexts_taken(), 0u);
    EXPECT_EQ(table.buffer_taken_bytes(), 0u);
    EXPECT_EQ(told.size(), cookies);
  }

  bool hold = false;
  std::uint64_t cookies = 0;
  std::vector<std::string> results;
  std::vector<std::uint64_t> opened_requests;
  std::map<std::uint64_t, std::string> told;
  std::vector<ContextTable::Slot*> waits;  ///< whole() is due
  std::vector<std::pair<std::uint32_t, std::uint64_t>> leaving, held;
  ContextTable table;
};

ContextLimits limits(std::uint32_t contexts, std::uint32_t parking,
                     Picoseconds timeout_ps = 1'000'000) {
  ContextLimits l;
  l.contexts = contexts;
  l.buffer_bytes = 128ull * contexts;
  l.parking = parking;
  l.timeout_ps = timeout_ps;
  return l;
}

TEST(ContextTable, AllocatesByGroupAndAddressAndReducesWhenTheLastIsIn) {
  Engine engine(limits(8, 0));
  engine.put(2, 0x1000, 3);
  engine.put(0, 0x2000, 3);
  Contribution other = engine.of(0, 0x1000, 1);
  other.key.group = 2;  // the same address of another group is another context
  engine.put(other);
  EXPECT_EQ(engine.results, (std::vector<std::string>{"4096: 0"}));
  engine.put(0, 0x1000, 3);
  EXPECT_EQ(engine.table.open(), 2u);
  engine.put(1, 0x1000, 3);
  EXPECT_EQ(engine.results.back(), "4096: 2 0 1");  // by arrival
  engine.put(1, 0x2000, 3);
  engine.put(2, 0x2000, 3);
  for (const auto& [what, status] : engine.told) EXPECT_EQ(status, "ok") << what;
  EXPECT_EQ(engine.table.counts().completed, 3u);
  engine.expect_idle();
}

TEST(ContextTable, CountsContextsByRequestAndBufferByByte) {
  Engine engine(limits(8, 0));
  engine.put(0, 0, 2, 3 * 128 + 1);  // four contexts
  EXPECT_EQ(engine.table.contexts_taken(), 4u);
  EXPECT_EQ(engine.table.buffer_taken_bytes(), 385u);
  EXPECT_EQ(engine.told.count(engine.put(0, 0x1000, 2, 4 * 128)), 0u);
  EXPECT_EQ(engine.table.contexts_taken(), 8u);
  EXPECT_EQ(engine.told[engine.put(0, 0x2000, 2, 1)], "retry");
  EXPECT_EQ(engine.told[engine.put(0, 0x3000, 2, 8 * 128 + 1)], "too_large");
  EXPECT_EQ(engine.table.largest_bytes(), 8u * 128);
  engine.put(1, 0, 2, 385);
  engine.put(1, 0x1000, 2, 512);
  engine.expect_idle();
}

// The space of a result is the context's: until it has left, nobody else opens one there.
TEST(ContextTable, ReservesTheResultsSpaceFromTheBeginning) {
  Engine engine(limits(1, 1));
  engine.hold = true;
  engine.put(0, 0, 2);
  engine.put(1, 0, 2);
  ASSERT_EQ(engine.held.size(), 1u);
  engine.put(0, 0x1000, 2);  // parked: the result of the first still lies there
  EXPECT_EQ(engine.table.parked(), 1u);
  engine.table.give_back(engine.held[0].first, engine.held[0].second, 0);
  EXPECT_EQ(engine.table.parked(), 0u);
  EXPECT_EQ(engine.table.open(), 1u);
}

// One context; A comes with X then Y, B with Y then X. Neither stands in the other's way.
TEST(ContextTable, OppositeOrderWithOneContextFinishes) {
  for (const std::uint32_t parking : {0u, 1u}) {
    Engine engine(limits(1, parking));
    std::uint64_t x[2], y[2];
    x[0] = engine.put(0, 0x1000, 2);
    y[1] = engine.put(1, 0x2000, 2);
    y[0] = engine.put(0, 0x2000, 2);
    EXPECT_TRUE(engine.results.empty());
    x[1] = engine.put(1, 0x1000, 2);  // passes what waits before it
    EXPECT_EQ(engine.told[x[0]] + engine.told[x[1]], "okok");
    for (unsigned source = 0; parking == 0 && source < 2; ++source) {
      EXPECT_EQ(engine.told[y[source]], "retry");
      y[source] = engine.put(source, 0x2000, 2);
    }
    EXPECT_EQ(engine.told[y[0]] + engine.told[y[1]], "okok");
    EXPECT_EQ(engine.results.size(), 2u);
    engine.expect_idle();
  }
}

TEST(ContextTable, ParkingIsBoundedASourceAndServedInOrder) {
  Engine engine(limits(1, 2));
  engine.put(0, 0, 2);
  for (std::uint64_t i = 1; i <= 2; ++i)
    EXPECT_EQ(engine.told.count(engine.put(0, i * 128, 2)), 0u);
  EXPECT_EQ(engine.told[engine.put(0, 3 * 128, 2)], "retry");
  EXPECT_EQ(engine.told.count(engine.put(1, 2 * 128, 2)), 0u);  // another source has its own room
  engine.put(1, 0, 2);
  EXPECT_EQ(engine.results.size(), 1u);
  engine.put(1, 128, 2);  // the first parked one was served first; its peer finds it
  EXPECT_EQ(engine.results, (std::vector<std::string>{"0: 0 1", "128: 0 1", "256: 0 1"}));
  engine.expect_idle();
}

TEST(ContextTable, AMissingContributorEndsInATimeout) {
  Engine engine(limits(1, 1, 500));
  const auto first = engine.put(0, 0, 3, 128, 100);
  const auto second = engine.put(2, 0, 3, 128, 300);
  const auto parked = engine.put(0, 128, 1, 128, 300);
  EXPECT_EQ(engine.table.next_expiry_ps(), 600u);
  engine.table.expire(599);
  EXPECT_TRUE(engine.told.empty());
  engine.table.expire(600);
  engine.drain(600);
  EXPECT_EQ(engine.told[first], "timed_out");
  EXPECT_EQ(engine.told[second], "timed_out");
  EXPECT_EQ(engine.told[parked], "ok");  // the context's place is free again
  EXPECT_EQ(engine.table.next_expiry_ps(), protocols::kNever);
  engine.expect_idle();
}

// A timeout while a contributor's bytes still come: it is told once they are in.
TEST(ContextTable, NobodyIsToldBeforeAllItsBytesAreIn) {
  Engine engine(limits(2, 0, 500));
  const Contribution late = engine.of(0, 0, 2);
  ContextTable::Slot* slot = engine.table.offer(late, 0);
  engine.table.expire(500);
  EXPECT_TRUE(engine.told.empty());
  EXPECT_EQ(engine.table.open(), 0u);
  engine.table.whole(slot, 700);
  EXPECT_EQ(engine.told[number(late.cookie)], "timed_out");
  engine.expect_idle();
}

TEST(ContextTable, ADuplicateIsRefusedAndTheFirstStands) {
  Engine engine(limits(2, 0));
  engine.put(0, 0, 2);
  EXPECT_EQ(engine.told[engine.put(0, 0, 2)], "duplicate");
  EXPECT_EQ(engine.told[engine.put(1, 0, 2)], "ok");
  EXPECT_EQ(engine.results.size(), 1u);
  engine.expect_idle();
}

TEST(ContextTable, WhatDoesNotFitTogetherEndsForAll) {
  const auto run = [](const char* why, auto&& change) {
    Engine engine(limits(4, 0));
    engine.put(0, 0, 3);
    Contribution odd = engine.of(1, 0, 3);
    change(odd);
    engine.put(odd);
    EXPECT_TRUE(engine.told.empty()) << why;  // the third one is still to come
    engine.put(2, 0, 3);
    ASSERT_EQ(engine.told.size(), 3u) << why;
    for (const auto& [what, status] : engine.told) EXPECT_EQ(status, why) << what;
    EXPECT_TRUE(engine.results.empty());
    engine.expect_idle();
  };
  run("unequal_length", [](Contribution& c) { c.bytes = 64; });
  run("unequal_kind", [](Contribution& c) { c.kind.op = ReductionOp::min; });
  run("unequal_kind", [](Contribution& c) { c.kind.type = ElementType::bf16; });
  run("poisoned", [](Contribution& c) { c.defect = ReductionStatus::poisoned; });
}

// The group was changed in between: the context keeps the set it was opened with.
// What goes to another switch's engine carries its reason there; it is over when that one says so.
TEST(ContextTable, WhatGoesOnIsHandedOverThoughItDoesNotFit) {
  Engine engine({4, 128, 1024, 1, protocols::kNever});
  for (const std::uint32_t bytes : {128u, 64u}) {
    Contribution one = engine.of(bytes == 128 ? 0 : 1, 7, 2, bytes);
    one.goes_on = true;
    engine.put(one);
  }
  EXPECT_EQ(engine.results, std::vector<std::string>{"7: 0 1"});
  EXPECT_EQ(engine.table.counts().completed, 0u);
  engine.expect_idle();
}

TEST(ContextTable, AnotherMemberSetIsAnotherGroup) {
  Engine engine(limits(4, 0, 500));
  const auto old = engine.put(0, 0, 2);
  EXPECT_EQ(engine.told[engine.put(1, 0, 3)], "group_changed");
  EXPECT_EQ(engine.told[engine.put(5, 0, 2)], "group_changed");  // no contributor at all
  engine.table.expire(500);
  EXPECT_EQ(engine.told[old], "timed_out");
  engine.expect_idle();
}

TEST(ContextTable, ALoadReduceOpensItsContextAndItsAnswersFindIt) {
  Engine engine(limits(1, 1));
  const auto request = [&](std::uint64_t tag) {
    Contribution c = engine.of(3, tag, 2);
    c.key.group = ContextKey::kByTag;
    c.is_request = true;
    engine.put(c);
    return number(c.cookie);
  };
  const auto answer = [&](unsigned source, std::uint64_t tag, ReductionStatus defect) {
    Contribution c = engine.of(source, tag, 2);
    c.key.group = ContextKey::kByTag;
    c.defect = defect;
    return engine.put(c);
  };
  const auto first = request(1), second = request(2), third = request(3);
  EXPECT_EQ(engine.opened_requests, (std::vector<std::uint64_t>{first}));
  EXPECT_EQ(engine.told[third], "retry");
  EXPECT_EQ(engine.told[answer(0, 9, ReductionStatus::ok)], "no_context");
  answer(0, 1, ReductionStatus::ok);
  answer(1, 1, ReductionStatus::ok);
  EXPECT_EQ(engine.results.size(), 1u);
  EXPECT_EQ(engine.told.count(first), 0u);  // it has its result
  EXPECT_EQ(engine.opened_requests, (std::vector<std::uint64_t>{first, second}));
  answer(0, 2, ReductionStatus::contributor_failed);
  answer(1, 2, ReductionStatus::ok);
  EXPECT_EQ(engine.told[second], "contributor_failed");
  EXPECT_EQ(engine.results.size(), 1u);
  EXPECT_EQ(engine.table.contexts_taken(), 0u);
}

// Random ranks, orders, sizes and contexts; what is told to retry comes again later. Everything
// ends, each contribution in ok, each reduction once.
TEST(ContextTable, PropertyEveryContributionEndsOnce) {
  std::mt19937_64 random(3);
  for (unsigned round = 0; round < 300; ++round) {
    const unsigned sources = 1 + random() % 6, reductions = 1 + random() % 12;
    Engine engine(limits(2 + random() % 6, random() % 3, protocols::kNever));
    std::vector<std::vector<std::uint64_t>> todo(sources);
    for (auto& order : todo) {
      for (std::uint64_t r = 0; r < reductions; ++r) order.push_back(r);
      std::shuffle(order.begin(), order.end(), random);
    }
    unsigned steps = 0;
    for (unsigned left = sources * reductions; left != 0 && steps < 100000; ++steps) {
      const unsigned source = random() % sources;
      if (todo[source].empty()) continue;
      const std::uint64_t r = todo[source].front();
      todo[source].erase(todo[source].begin());
      const auto bytes = static_cast<std::uint32_t>(1 + r * 37 % 250);
      const auto made = engine.put(source, r * 4096, sources, bytes);
      if (engine.told.count(made) != 0 && engine.told[made] == "retry")
        todo[source].push_back(r);
      else
        --left;
    }
    std::set<std::string> reduced;
    for (const std::string& result : engine.results)
      reduced.insert(result.substr(0, result.find(':')));
    ASSERT_EQ(reduced.size(), reductions) << "round " << round;
    ASSERT_EQ(engine.results.size(), reductions);
    for (const auto& [what, status] : engine.told)
      ASSERT_TRUE(status == "ok" || status == "retry") << what << " " << status;
    engine.expect_idle();
  }
}

// Times of arrival known beforehand: one call a context, at the latest of them.
TEST(ContextTable, HearsOfTheLastContributionOnly) {
  Engine engine(limits(8, 0));
  ContextTable::Slot* slots[3] = {};
  for (unsigned source = 0; source < 3; ++source)
    slots[source] = engine.table.offer(engine.of(source, 0x1000, 3), 0);
  EXPECT_FALSE(engine.table.comes_whole(slots[2], 100));
  EXPECT_FALSE(engine.table.comes_whole(slots[0], 200));
  EXPECT_TRUE(engine.table.comes_whole(slots[1], 300));
  EXPECT_TRUE(engine.results.empty());
  engine.table.whole(slots[1], 300);
  EXPECT_EQ(engine.results, (std::vector<std::string>{"4096: 2 0 1"}));
  EXPECT_TRUE(engine.waits.empty());
  engine.drain(300);
  engine.expect_idle();
}

// What is told to be here later is not over before: neither where the context's time is, nor where
// the last one was parked and is here first. Places are by time all the same.
TEST(ContextTable, WaitsForWhatWasSaidToCome) {
  Engine engine(limits(8, 0, 1000));
  ContextTable::Slot* const early = engine.table.offer(engine.of(0, 0x1000, 3), 0);
  ContextTable::Slot* const late = engine.table.offer(engine.of(1, 0x1000, 3), 0);
  EXPECT_FALSE(engine.table.comes_whole(early, 500));
  EXPECT_FALSE(engine.table.comes_whole(late, 1500));
  engine.table.expire(1000);
  EXPECT_EQ(engine.told.size(), 1u);
  EXPECT_EQ(engine.told[1], "timed_out");
  ASSERT_EQ(engine.waits, (std::vector<ContextTable::Slot*>{late}));
  engine.table.whole(late, late->whole_ps);
  EXPECT_EQ(engine.told[2], "timed_out");
  engine.drain(1500);
  engine.expect_idle();

  ContextTable::Slot* slots[3] = {};
  for (unsigned source = 0; source < 3; ++source)
    slots[source] = engine.table.offer(engine.of(source, 0x2000, 3), 2000);
  EXPECT_FALSE(engine.table.comes_whole(slots[0], 2100));
  EXPECT_FALSE(engine.table.comes_whole(slots[1], 2300));
  engine.waits.clear();
  engine.table.whole(slots[2], 2200);  // an event of its own
  EXPECT_TRUE(engine.results.empty());
  ASSERT_EQ(engine.waits, (std::vector<ContextTable::Slot*>{slots[2]}));
  EXPECT_EQ(slots[2]->whole_ps, 2300u);
  engine.table.whole(slots[2], 2300);
  EXPECT_EQ(engine.results, (std::vector<std::string>{"8192: 0 1 2"}));
  engine.drain(2300);
  engine.expect_idle();
}

TEST(ContextTable, RefusesLimitsThatHoldNothing) {
  ContextLimits none = limits(0, 0);
  EXPECT_THROW(Engine{none}, std::invalid_argument);
}

TEST(AluServer, FoldsAtItsRateAndNotBeforeTheBytesAreThere) {
  AluServer alu(10);
  EXPECT_EQ(alu.fold(1000, 1200, 100), 2000u);  // 100 elements at 10 ps
  EXPECT_EQ(alu.fold(1100, 1300, 5), 2050u);    // behind the first
  EXPECT_EQ(alu.fold(5000, 7000, 100), 7000u);  // as slow as they come
  EXPECT_EQ(alu.backlog_below_ps(20), 6800u);
  EXPECT_EQ(alu.elements(), 205u);
}

}  // namespace
}  // namespace antares::models
