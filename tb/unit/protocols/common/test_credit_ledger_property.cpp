// SPDX-License-Identifier: Apache-2.0
// Random operations on a ledger against a slow model that keeps every credit as an object with the
// time it comes home. Checked at each step: the invariant, what is available, and that the time
// available_at names is the earliest. Tolerance 0: both follow the same stated rule.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <vector>

#include "antares/protocols/common/credit_ledger.h"

namespace antares::protocols {
namespace {

/// Header credits of one class over several VCs; each is away until its own time.
class SlowLedger {
 public:
  SlowLedger(std::vector<std::uint32_t> dedicated, std::uint32_t shared)
      : dedicated_(std::move(dedicated)), shared_(shared), away_(dedicated_.size()) {}

  void consume(unsigned vc, std::uint32_t amount) {
    away_[vc].insert(away_[vc].end(), amount, kNever);
  }
  void give_back(unsigned vc, std::uint32_t amount, Picoseconds from_ps, Picoseconds to_ps) {
    for (std::uint32_t k = 0; k < amount; ++k) {
      const auto held = std::find(away_[vc].begin(), away_[vc].end(), kNever);
      *held = amount == 1 ? to_ps : from_ps + (k * (to_ps - from_ps) + amount - 2) / (amount - 1);
    }
  }
  std::uint32_t out(unsigned vc, Picoseconds at_ps) const {
    return static_cast<std::uint32_t>(
        std::count_if(away_[vc].begin(), away_[vc].end(), [&](auto home) { return home > at_ps; }));
  }
  std::uint32_t held(unsigned vc) const {
    return static_cast<std::uint32_t>(std::count(away_[vc].begin(), away_[vc].end(), kNever));
  }
  std::uint32_t available(unsigned vc, Picoseconds at_ps) const {
    std::uint32_t lent = 0;
    for (unsigned i = 0; i < away_.size(); ++i) {
      lent += std::max(out(i, at_ps), dedicated_[i]) - dedicated_[i];
    }
    return dedicated_[vc] - std::min(out(vc, at_ps), dedicated_[vc]) + shared_ - lent;
  }
  Picoseconds available_at(unsigned vc, std::uint32_t need, Picoseconds at_ps) const {
    std::vector<Picoseconds> times{at_ps};
    for (const auto& each : away_) {
      for (const Picoseconds home : each) {
        if (home != kNever && home > at_ps) times.push_back(home);
      }
    }
    std::sort(times.begin(), times.end());
    for (const Picoseconds time : times) {
      if (available(vc, time) >= need) return time;
    }
    return kNever;
  }
  void forget_before(Picoseconds at_ps) {
    for (auto& each : away_) {
      each.erase(std::remove_if(each.begin(), each.end(), [&](auto home) { return home <= at_ps; }),
                 each.end());
    }
  }

 private:
  std::vector<std::uint32_t> dedicated_;
  std::uint32_t shared_;
  std::vector<std::vector<Picoseconds>> away_;
};

struct Shape {
  const char* name;
  std::vector<std::uint32_t> dedicated;
  std::uint32_t shared;
};

class LedgerProperty : public testing::TestWithParam<Shape> {};

TEST_P(LedgerProperty, AgreesWithAModelOfSingleCredits) {
  const Shape& shape = GetParam();
  const auto channels = static_cast<unsigned>(shape.dedicated.size());
  CreditLedgerConfig config;
  config.virtual_channels = static_cast<std::uint8_t>(channels);
  config.grants.resize(channels * kTrafficClasses);
  for (unsigned vc = 0; vc < channels; ++vc) {
    // Twice as much data as headers, consumed one to one: the headers decide.
    config.grants[vc * kTrafficClasses].dedicated = {shape.dedicated[vc], shape.dedicated[vc] * 2};
  }
  config.shared[0] = {shape.shared, shape.shared * 2};
  CreditLedger ledger(config);
  SlowLedger slow(shape.dedicated, shape.shared);

  boost::random::mt19937 engine(1234);
  const auto pick = [&engine](std::uint64_t low, std::uint64_t high) {
    return boost::random::uniform_int_distribution<std::uint64_t>(low, high)(engine);
  };
  Picoseconds now = 0;
  std::uint64_t issued = 0;
  for (int step = 0; step < 20000; ++step) {
    now += pick(0, 40);
    slow.forget_before(now);
    const unsigned vc = static_cast<unsigned>(pick(0, channels - 1));
    const VcId id(static_cast<std::uint8_t>(vc));
    const auto need = static_cast<std::uint32_t>(pick(1, 9));
    const Picoseconds expected = slow.available_at(vc, need, now);
    ASSERT_EQ(ledger.available_at(id, TrafficClass::posted, {need, need}, now), expected)
        << "step " << step;
    ASSERT_EQ(ledger.available(id, TrafficClass::posted, now).header, slow.available(vc, now));
    if (expected == now) {
      ledger.consume(id, TrafficClass::posted, {need, need}, now);
      slow.consume(vc, need);
      ++issued;
    } else if (const std::uint32_t held = slow.held(vc); held != 0) {
      const auto amount = static_cast<std::uint32_t>(pick(1, held));
      const Picoseconds from = now + pick(0, 100);
      const Picoseconds to = from + pick(0, 1) * pick(0, 300);
      ledger.give_back(id, TrafficClass::posted, {amount, amount}, from, to);
      slow.give_back(vc, amount, from, to);
    }
    ASSERT_TRUE(ledger.balanced()) << "step " << step << ": " << ledger.imbalance();
    std::uint64_t out = 0;
    for (unsigned i = 0; i < channels; ++i) out += slow.out(i, now);
    ASSERT_EQ(ledger.outstanding(now), 2 * out) << "headers and data";
  }
  EXPECT_GT(issued, 1000u) << "the run exercised nothing";
  for (unsigned vc = 0; vc < channels; ++vc) {
    const std::uint32_t held = slow.held(vc);
    ledger.give_back(VcId(static_cast<std::uint8_t>(vc)), TrafficClass::posted, {held, held}, now,
                     now + 5);
  }
  EXPECT_TRUE(ledger.all_home(now + 1000));
  EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
}

INSTANTIATE_TEST_SUITE_P(Shapes, LedgerProperty,
                         testing::Values(Shape{"Dedicated", {12}, 0},
                                         Shape{"DedicatedTwoVcs", {12, 20}, 0},
                                         Shape{"SharedOnly", {0, 0}, 16},
                                         Shape{"SharedAndDedicated", {4, 2, 9}, 16},
                                         Shape{"OneVcWithShared", {3}, 10}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace antares::protocols
