// SPDX-License-Identifier: Apache-2.0
// Arbiters against theory: facts/product_and_collectives.md 3.7.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tb/unit/models/crossbar/slotted_switch.h"

namespace antares::models::test {
namespace {

using protocols::RandomStream;

void load_uniformly(SlottedSwitch& fabric, unsigned ports, double load, RandomStream& stream) {
  for (unsigned i = 0; i < ports; ++i) {
    if (stream.bernoulli(load)) {
      fabric.arrive(i, static_cast<unsigned>(stream.uniform_below(ports)));
    }
  }
}

/// Saturated FIFO inputs: each always has a head cell for a uniformly drawn output.
double fifo_saturation(ArbiterKind kind, unsigned ports, std::uint64_t slots) {
  SlottedSwitch fabric(ports);
  RandomStream stream(11, "heads");
  const auto arbiter = make_arbiter(config_of(kind), ports, 1, "x", &fabric);
  const auto next_head = [&](unsigned input) {
    fabric.arrive(input, static_cast<unsigned>(stream.uniform_below(ports)));
  };
  for (unsigned i = 0; i < ports; ++i) next_head(i);
  constexpr std::uint64_t kWarmUp = 1000;
  std::uint64_t before = 0;
  for (std::uint64_t slot = 0; slot < kWarmUp + slots; ++slot) {
    if (slot == kWarmUp) before = fabric.delivered();
    for (const Grant& grant : fabric.step(*arbiter)) next_head(grant.input);
  }
  return static_cast<double>(fabric.delivered() - before) / static_cast<double>(slots * ports);
}

// Table 3.7 (a), exact Markov chain. 0.3 %: the spread of a slot's throughput is below 0.25, so the
// mean of 400,000 slots (N = 2) is off by 0.06 % (one sigma, slots nearly independent); a
// larger N averages over more outputs and needs fewer.
TEST(ArbiterTheory, FifoInputsSaturateAtTheExactValues) {
  const std::pair<unsigned, double> table[] = {
      {2, 3.0 / 4}, {3, 43.0 / 63}, {4, 325.0 / 496}, {8, 0.6184}, {16, 0.6016}};
  for (const auto& [ports, expected] : table) {
    for (const ArbiterKind kind : kAllArbiters) {
      EXPECT_NEAR(fifo_saturation(kind, ports, std::max(100000u, 800000 / ports)) / expected, 1,
                  0.003)
          << name_of(kind) << " " << ports << " ports";
    }
  }
}

// In a stable switch the backlog settles: after the warm-up it grows by no more than it wanders,
// which is about its own mean. In cells that mean is 55 to 70 slots of wait x 15.7 arrivals a slot
// for the maximal matchings, 750 x 15.7 for iSLIP-1; 0.2 % of the cells of these runs lies above
// both. A throughput 1 % short of the load would leave 1 % of them.
TEST(ArbiterTheory, VoqsAreStableAtLoad098) {
  constexpr unsigned kPorts = 16;
  for (const ArbiterKind kind : kAllArbiters) {
    // PIM needs more than its 63 % of one iteration: log2 N + 1 suffice.
    const unsigned iterations = kind == ArbiterKind::random ? 5 : 1;
    const int warm_up = kind == ArbiterKind::islip ? 300000 : 20000;
    const int slots = kind == ArbiterKind::islip ? 400000 : 100000;
    SlottedSwitch fabric(kPorts);
    RandomStream stream(12, "arrivals");
    const auto arbiter = make_arbiter(config_of(kind, iterations), kPorts, 1, "x", &fabric);
    std::uint64_t backlog = 0, delivered = 0;
    for (int slot = 0; slot < warm_up + slots; ++slot) {
      if (slot == warm_up) {
        backlog = fabric.backlog();
        delivered = fabric.delivered();
      }
      load_uniformly(fabric, kPorts, 0.98, stream);
      fabric.step(*arbiter);
    }
    const double left = static_cast<double>(fabric.backlog()) - static_cast<double>(backlog);
    const double arrived = left + static_cast<double>(fabric.delivered() - delivered);
    EXPECT_LT(left / arrived, 0.002) << name_of(kind);
  }
}

// With every VOQ full the pointers spread until all outputs grant to different inputs; from then on
// each pair is served exactly once in N slots. They are spread after N^2 slots at the latest, the
// time by which every pointer has gone round.
TEST(ArbiterTheory, SaturatedIslipIsFullAndExactlyFair) {
  for (const unsigned ports : {2u, 3u, 8u, 16u, 65u}) {
    SlottedSwitch fabric(ports);
    const auto arbiter = make_arbiter(config_of(ArbiterKind::islip), ports, 1, "x");
    for (unsigned i = 0; i < ports; ++i) {
      for (unsigned j = 0; j < ports; ++j) fabric.arrive(i, j);
    }
    std::vector<unsigned> served(ports * ports, 0);
    constexpr unsigned kRounds = 3;
    for (unsigned slot = 0; slot < ports * ports + kRounds * ports; ++slot) {
      const auto grants = fabric.step(*arbiter);
      for (const Grant& grant : grants) fabric.arrive(grant.input, grant.output);
      if (slot < ports * ports) continue;
      ASSERT_EQ(grants.size(), ports) << "slot " << slot;
      for (const Grant& grant : grants) ++served[grant.input * ports + grant.output];
    }
    for (const unsigned cells : served) EXPECT_EQ(cells, kRounds);
  }
}

double saturated_voqs(ArbiterKind kind, unsigned ports, unsigned iterations, unsigned slots) {
  SlottedSwitch fabric(ports);
  const auto arbiter = make_arbiter(config_of(kind, iterations), ports, 1, "x", &fabric);
  for (unsigned i = 0; i < ports; ++i) {
    for (unsigned j = 0; j < ports; ++j) fabric.arrive(i, j);
  }
  for (unsigned slot = 0; slot < slots; ++slot) {
    const auto grants = fabric.step(*arbiter);
    for (const Grant& grant : grants) fabric.arrive(grant.input, grant.output);
  }
  return static_cast<double>(fabric.delivered()) / (1.0 * slots * ports);
}

// Table 3.7 (e): an input is matched unless none of N outputs drew it. Slots are independent and a
// slot's share has a spread below 0.25 (N = 2: 1 or 1/2): 200,000 slots give 0.08 % at most.
TEST(ArbiterTheory, PimWithOneIterationReachesItsFormula) {
  for (const unsigned ports : {2u, 4u, 8u, 16u, 20u, 40u}) {
    const double expected = 1 - std::pow(1 - 1.0 / ports, ports);
    EXPECT_NEAR(saturated_voqs(ArbiterKind::random, ports, 1, 200000) / expected, 1, 0.003)
        << ports << " ports";
  }
}

// Any maximal matching of a complete request graph is perfect.
TEST(ArbiterTheory, MaximalMatchingsFillASaturatedSwitch) {
  for (const unsigned ports : {2u, 8u, 65u}) {
    EXPECT_EQ(saturated_voqs(ArbiterKind::round_robin, ports, 1, 1000), 1);
    EXPECT_EQ(saturated_voqs(ArbiterKind::age, ports, 1, 1000), 1);
    EXPECT_EQ(saturated_voqs(ArbiterKind::random, ports, ports, 1000), 1);
    EXPECT_EQ(saturated_voqs(ArbiterKind::islip, ports, ports, 1000), 1);
  }
}

// 3.7 (b): W = (N-1)/N * rho / (2(1-rho)). One output of the N, fed by N Bernoulli inputs; checks
// the arrivals that the other tests rest on. 2 % at 2 M slots: the wait's spread is about its mean
// and it stays correlated over about 1/(1-rho)^2 slots.
TEST(ArbiterTheory, OutputQueueWaitsAsTheFormulaSays) {
  for (const unsigned ports : {2u, 4u, 16u}) {
    for (const double load : {0.5, 0.8}) {
      RandomStream stream(13, "output");
      std::deque<std::uint64_t> queue;
      std::uint64_t waited = 0, served = 0;
      for (std::uint64_t slot = 0; slot < 2000000; ++slot) {
        for (unsigned i = 0; i < ports; ++i) {
          if (stream.bernoulli(load / ports)) queue.push_back(slot);
        }
        if (queue.empty()) continue;
        waited += slot - queue.front();
        queue.pop_front();
        ++served;
      }
      const double expected = (ports - 1.0) / ports * load / (2 * (1 - load));
      EXPECT_NEAR(static_cast<double>(waited) / static_cast<double>(served) / expected, 1, 0.02)
          << ports << " ports, load " << load;
    }
  }
}

}  // namespace
}  // namespace antares::models::test
