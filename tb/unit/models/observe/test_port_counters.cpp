// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "antares/models/observe/port_counters.h"
#include "antares/models/observe/statistics.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {
namespace {

TEST(DirectionCounters, IdleIsWhatIsLeft) {
  DirectionCounters counters;
  counters.spent(LinkUse::blocked_credit, 100, 150, 0);
  counters.spent(LinkUse::busy, 150, 400, 0);
  counters.spent(LinkUse::blocked_arbiter, 500, 530, 0);
  const DirectionReading reading = counters.at(1000);
  EXPECT_EQ(reading.blocked_credit_ps, 50u);
  EXPECT_EQ(reading.busy_ps, 250u);
  EXPECT_EQ(reading.blocked_arbiter_ps, 30u);
  EXPECT_EQ(reading.elapsed_ps, 1000u);
  EXPECT_EQ(reading.idle_ps(), 670u);
  EXPECT_DOUBLE_EQ(reading.idle_share(), 0.67);
}

TEST(DirectionCounters, AnInstantCountsOnce) {
  DirectionCounters counters;
  counters.spent(LinkUse::busy, 100, 200, 0);
  // Waited for credit from 120 on, but the link was busy until 200 anyway.
  counters.spent(LinkUse::blocked_credit, 120, 230, 0);
  counters.spent(LinkUse::blocked_arbiter, 150, 210, 0);
  counters.spent(LinkUse::busy, 230, 230, 0);
  const DirectionReading reading = counters.at(300);
  EXPECT_EQ(reading.busy_ps, 100u);
  EXPECT_EQ(reading.blocked_credit_ps, 30u);
  EXPECT_EQ(reading.blocked_arbiter_ps, 0u);
}

TEST(DirectionCounters, AReadingTakesThePastPartOfIntervals) {
  DirectionCounters counters;
  counters.spent(LinkUse::blocked_credit, 0, 10, 0);
  counters.spent(LinkUse::busy, 10, 100, 0);
  EXPECT_EQ(counters.at(10).busy_ps, 0u);
  EXPECT_EQ(counters.at(40).busy_ps, 30u);
  EXPECT_EQ(counters.at(40).blocked_credit_ps, 10u);
  EXPECT_EQ(counters.at(40).idle_ps(), 0u);
  EXPECT_EQ(counters.at(100).busy_ps, 90u);
  EXPECT_EQ(counters.at(4).blocked_credit_ps, 4u) << "both intervals lay ahead then";
  EXPECT_EQ(counters.at(4).busy_ps, 0u);
  EXPECT_EQ(counters.at(4).idle_ps(), 0u);
  const DirectionReading window = counters.at(70) - counters.at(40);
  EXPECT_EQ(window.busy_ps, 30u);
  EXPECT_EQ(window.elapsed_ps, 30u);
  EXPECT_EQ(window.busy_share(), 1.0);
}

TEST(DirectionCounters, SharesAddUpToExactlyOne) {
  protocols::RandomStream stream(1, "intervals");
  for (int repeat = 0; repeat < 1000; ++repeat) {
    DirectionCounters counters;
    Picoseconds now_ps = 0;
    for (int k = 0; k < 30; ++k) {
      const Picoseconds from_ps = now_ps + stream.uniform_below(500);
      now_ps = from_ps + stream.uniform_below(500);
      counters.spent(static_cast<LinkUse>(stream.uniform_below(3)), from_ps, now_ps, from_ps);
    }
    const DirectionReading r = counters.at(now_ps + stream.uniform_below(500));
    EXPECT_EQ(r.busy_ps + r.blocked_credit_ps + r.blocked_arbiter_ps + r.idle_ps(), r.elapsed_ps);
    EXPECT_EQ(
        r.busy_share() + r.blocked_credit_share() + r.blocked_arbiter_share() + r.idle_share(),
        1.0);
    EXPECT_GE(r.idle_share(), 0);
  }
  const DirectionReading nothing;
  EXPECT_EQ(nothing.idle_share(), 1.0);
  EXPECT_EQ(nothing.payload_GBps(), 0.0);
}

TEST(DirectionCounters, CountsTrainsAndRates) {
  DirectionCounters counters;
  counters.carried(0, 50, 4096, 4096 + 16 * 20, 16, 0);
  counters.carried(50, 60, 256, 276, 1, 0);
  const DirectionReading reading = counters.at(100000);
  EXPECT_EQ(reading.packets, 2u);
  EXPECT_EQ(reading.link_packets, 17u);
  EXPECT_EQ(reading.payload_bytes, 4352u);
  EXPECT_EQ(reading.wire_bytes, 4692u);
  EXPECT_DOUBLE_EQ(reading.payload_GBps(), 43.52);  // 4352 B in 100 ns
}

TEST(DirectionCounters, WhatIsSentFarAheadCountsWhenItsTimeComes) {
  // A queue that was full is sent on in one go: a thousand trains of 10 ps, all of them ahead.
  DirectionCounters counters;
  for (unsigned i = 0; i < 1000; ++i) counters.carried(100 + 10 * i, 110 + 10 * i, 5, 7, 1, 100);
  for (const Picoseconds now : {100u, 105u, 110u, 5000u, 10'095u, 10'100u, 20'000u}) {
    const DirectionReading reading = counters.at(now);
    const std::uint64_t begun = std::min<std::uint64_t>(1000, (now - 100) / 10 + 1);
    EXPECT_EQ(reading.packets, begun) << now;
    EXPECT_EQ(reading.wire_bytes, 7 * begun) << now;
    EXPECT_EQ(reading.busy_ps, std::min<Picoseconds>(now - 100, 10'000)) << now;
  }
  // The ring forgets what is over, and does not grow with the run.
  for (unsigned i = 0; i < 100'000; ++i)
    counters.carried(20'000 + 10 * i, 20'010 + 10 * i, 5, 7, 1, 20'000 + 10 * i);
  EXPECT_EQ(counters.at(2'000'000).packets, 101'000u);
}

template <class Source>
void check_list(const std::vector<Statistic<Source>>& list) {
  std::set<std::string_view> names;
  for (const auto& statistic : list) {
    EXPECT_TRUE(names.insert(statistic.name).second) << statistic.name << " is there twice";
    EXPECT_FALSE(statistic.unit.empty());
    EXPECT_FALSE(statistic.definition.empty());
  }
}

template <class Source>
StatisticValue value_of(const std::vector<Statistic<Source>>& list, std::string_view name,
                        const Source& source) {
  for (const auto& statistic : list) {
    if (statistic.name == name) return statistic.value(source);
  }
  ADD_FAILURE() << "no statistic is called " << name;
  return std::uint64_t{0};
}

TEST(Statistics, EachHasNameUnitDefinitionAndValue) {
  check_list(direction_statistics());
  check_list(latency_statistics());
  DirectionReading reading;
  reading.payload_bytes = 300;
  reading.elapsed_ps = 1000;
  reading.busy_ps = 250;
  EXPECT_EQ(std::get<std::uint64_t>(value_of(direction_statistics(), "payload_bytes", reading)),
            300u);
  EXPECT_EQ(std::get<double>(value_of(direction_statistics(), "busy_share", reading)), 0.25);
  LatencyHistogram histogram;
  histogram.record(100);
  for (const char* name : {"min_latency_ns", "p99_latency_ns", "max_latency_ns"}) {
    EXPECT_DOUBLE_EQ(std::get<double>(value_of(latency_statistics(), name, histogram)), 0.1);
  }
}

}  // namespace
}  // namespace antares::models
