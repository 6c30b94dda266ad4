// SPDX-License-Identifier: Apache-2.0
// Ports that wake at one time share a set, ports that wake at different times never do, whatever
// the look-up table forgets.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "antares/models/crossbar/wake_sets.h"

namespace antares::models {
namespace {

std::set<unsigned> ports_of(const BitRow& row) {
  std::set<unsigned> ports;
  for (unsigned port = 0; port < row.columns(); ++port) {
    if (row.test(port)) ports.insert(port);
  }
  return ports;
}

TEST(WakeSets, OneTimeIsOneEvent) {
  WakeSets wakes(80, 70);
  EXPECT_EQ(wakes.find(1000), WakeSets::kNone);
  const std::uint32_t set = wakes.make(1000);
  wakes.add_input(set, 79);
  EXPECT_EQ(wakes.find(1000), set) << "its event is posted already";
  wakes.add_output(set, 3);
  BitRow inputs(80);
  BitRow outputs(70);
  inputs.set(1);
  wakes.take(set, inputs, outputs);
  EXPECT_EQ(ports_of(inputs), (std::set<unsigned>{1, 79})) << "what was there stays";
  EXPECT_EQ(ports_of(outputs), (std::set<unsigned>{3}));
  EXPECT_EQ(wakes.in_use(), 0u);
  EXPECT_EQ(wakes.find(1000), WakeSets::kNone) << "a later look needs a new event";
}

TEST(WakeSets, TimesThatShareAPlaceKeepTheirPorts) {
  // Far more times than the table has places: each port still comes out at its time, once.
  constexpr unsigned kTimes = 1000;
  WakeSets wakes(64, 64);
  std::map<std::uint32_t, unsigned> time_of_set;
  for (unsigned time = 0; time < kTimes; ++time) {
    ASSERT_EQ(wakes.find(1 + time), WakeSets::kNone);
    const std::uint32_t set = wakes.make(1 + time);
    EXPECT_TRUE(time_of_set.emplace(set, time).second);
    EXPECT_EQ(wakes.find(1 + time), set);
    wakes.add_input(set, time % 64);
  }
  EXPECT_EQ(wakes.in_use(), kTimes);
  for (const auto& [set, time] : time_of_set) {
    BitRow inputs(64);
    BitRow outputs(64);
    wakes.take(set, inputs, outputs);
    EXPECT_EQ(ports_of(inputs), (std::set<unsigned>{time % 64}));
    EXPECT_TRUE(ports_of(outputs).empty());
  }
  EXPECT_EQ(wakes.in_use(), 0u);
}

}  // namespace
}  // namespace antares::models
