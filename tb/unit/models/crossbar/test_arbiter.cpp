// SPDX-License-Identifier: Apache-2.0
// Every arbiter x many port counts x random requests: matchings are legal, maximal where claimed,
// and nobody starves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "antares/models/crossbar/arbiter.h"
#include "tb/unit/models/crossbar/slotted_switch.h"

namespace antares::models::test {
namespace {

using protocols::RandomStream;

class FixedAges : public HeadAge {
 public:
  FixedAges(unsigned inputs, unsigned outputs) : outputs_(outputs), ages_ps_(inputs * outputs) {}
  std::uint64_t head_age_ps(unsigned input, unsigned output) const override {
    return ages_ps_[input * outputs_ + output];
  }
  std::uint64_t& at(unsigned input, unsigned output) { return ages_ps_[input * outputs_ + output]; }

 private:
  unsigned outputs_;
  std::vector<std::uint64_t> ages_ps_;
};

BitRow random_row(unsigned columns, double density, RandomStream& stream) {
  BitRow row(columns);
  for (unsigned c = 0; c < columns; ++c) {
    if (stream.bernoulli(density)) row.set(c);
  }
  return row;
}

struct Requests {
  Requests(unsigned inputs, unsigned outputs)
      : by_output(outputs, inputs), by_input(inputs, outputs) {}
  void set(unsigned input, unsigned output) {
    by_output.set(output, input);
    by_input.set(input, output);
  }
  BitMatrix by_output;
  BitMatrix by_input;
};

/// Is there a request left between ports that are free and not granted?
bool maximal(const std::vector<Grant>& grants, const Requests& requests, BitRow free_inputs,
             BitRow free_outputs) {
  for (const Grant& grant : grants) {
    free_inputs.clear(grant.input);
    free_outputs.clear(grant.output);
  }
  bool left = false;
  for_each(free_outputs.data(), free_outputs.data(), free_outputs.words(), [&](unsigned output) {
    left |=
        first_from(requests.by_output.row(output), free_inputs.data(), free_inputs.words(), 0) >= 0;
  });
  return !left;
}

using Case = std::tuple<ArbiterKind, unsigned>;

class EveryArbiter : public testing::TestWithParam<Case> {
 protected:
  ArbiterKind kind() const { return std::get<0>(GetParam()); }
  unsigned ports() const { return std::get<1>(GetParam()); }
};

void check_matchings(ArbiterKind kind, unsigned inputs, unsigned outputs, unsigned iterations) {
  RandomStream stream(2, "requests");
  FixedAges ages(inputs, outputs);
  const auto arbiter = make_arbiter(config_of(kind, iterations), inputs, outputs, 3, "x", &ages);
  // With as many iterations as ports every arbiter claims a maximal matching.
  const bool claims_maximal = kind == ArbiterKind::round_robin || kind == ArbiterKind::age ||
                              iterations >= std::min(inputs, outputs);
  for (const double density : {0.0, 0.01, 0.1, 0.5, 1.0}) {
    for (const double free_share : {0.3, 1.0}) {
      for (int repeat = 0; repeat < 5; ++repeat) {
        Requests requests(inputs, outputs);
        for (unsigned i = 0; i < inputs; ++i) {
          for (unsigned j = 0; j < outputs; ++j) {
            if (stream.bernoulli(density)) requests.set(i, j);
            ages.at(i, j) = stream.uniform_below(10);  // many ties
          }
        }
        const BitRow free_inputs = random_row(inputs, free_share, stream);
        const BitRow free_outputs = random_row(outputs, free_share, stream);
        std::vector<Grant> grants;
        arbiter->match(requests.by_output, requests.by_input, free_inputs.data(),
                       free_outputs.data(), grants);
        ASSERT_EQ(illegal(grants, requests.by_output, free_inputs, free_outputs), "");
        if (claims_maximal) {
          ASSERT_TRUE(maximal(grants, requests, free_inputs, free_outputs))
              << name_of(kind) << " left a request between free ports at density " << density;
        }
        // Packet mode: a legal candidate exactly when there is one.
        const unsigned output = static_cast<unsigned>(stream.uniform_below(outputs));
        const std::uint64_t* row = requests.by_output.row(output);
        const int input = arbiter->pick_input(output, row, free_inputs.data());
        ASSERT_EQ(input >= 0, count(row, free_inputs.data(), free_inputs.words()) > 0);
        if (input >= 0) {
          ASSERT_TRUE(requests.by_output.test(output, static_cast<unsigned>(input)));
          ASSERT_TRUE(free_inputs.test(static_cast<unsigned>(input)));
          arbiter->granted(static_cast<unsigned>(input), output);
        }
        const unsigned from = static_cast<unsigned>(stream.uniform_below(inputs));
        const std::uint64_t* column = requests.by_input.row(from);
        const int to = arbiter->pick_output(from, column, free_outputs.data());
        ASSERT_EQ(to >= 0, count(column, free_outputs.data(), free_outputs.words()) > 0);
        if (to >= 0) {
          ASSERT_TRUE(requests.by_input.test(from, static_cast<unsigned>(to)));
          ASSERT_TRUE(free_outputs.test(static_cast<unsigned>(to)));
        }
      }
    }
  }
}

TEST_P(EveryArbiter, MatchesLegallyAndMaximallyWhereClaimed) {
  check_matchings(kind(), ports(), ports(), 1);
  check_matchings(kind(), ports(), ports(), ports());
}

TEST_P(EveryArbiter, AppendsToWhatIsThere) {
  FixedAges ages(ports(), ports());
  const auto arbiter = make_arbiter(config_of(kind()), ports(), 3, "x", &ages);
  Requests requests(ports(), ports());
  requests.set(ports() - 1, 0);
  const BitRow all(ports(), true);
  std::vector<Grant> grants = {{7, 9}};
  arbiter->match(requests.by_output, requests.by_input, all.data(), all.data(), grants);
  ASSERT_EQ(grants.size(), 2u);
  EXPECT_EQ(grants[0], (Grant{7, 9}));
  EXPECT_EQ(grants[1], (Grant{static_cast<std::uint16_t>(ports() - 1), 0}));
}

// Each input requests a few random outputs without end. With at most `fan_out` requests an input
// and `fan_in` requesters an output, the longest time a pair can wait is, in slots:
//   iSLIP        fan_in * fan_out: an output grants to one input until it accepts, within fan_out
//   round robin  ports * fan_in: an output is first in the sweep every `ports` slots
//   age          the number of pairs: the oldest of them all is always served
//   random       served with p >= 1/(fan_in * fan_out) a slot; the limit leaves 1e-9 for all pairs
TEST_P(EveryArbiter, StarvesNobody) {
  const unsigned n = ports();
  RandomStream stream(4, "requests");
  for (const unsigned fan_out : {1u, 2u, 4u}) {
    SlottedSwitch fabric(n);
    const auto arbiter = make_arbiter(config_of(kind()), n, 5, "x", &fabric);
    std::vector<unsigned> requesters(n, 0);
    std::set<std::pair<unsigned, unsigned>> pairs;
    for (unsigned i = 0; i < n; ++i) {
      for (unsigned k = 0; k < fan_out; ++k) {
        const auto j = static_cast<unsigned>(stream.uniform_below(n));
        if (!pairs.insert({i, j}).second) continue;
        ++requesters[j];
        fabric.arrive(i, j);
      }
    }
    const unsigned fan_in = *std::max_element(requesters.begin(), requesters.end());
    double limit = 1.0 * fan_in * fan_out;
    if (kind() == ArbiterKind::round_robin) limit = 1.0 * n * fan_in;
    if (kind() == ArbiterKind::age) limit = static_cast<double>(pairs.size());
    if (kind() == ArbiterKind::random) limit *= std::log(1e9 * n * fan_out) + 1;

    std::vector<std::uint64_t> last(std::size_t{n} * n, 0);
    const auto slots = static_cast<std::uint64_t>(2 * limit) + 1;
    for (std::uint64_t slot = 1; slot <= slots; ++slot) {
      for (const Grant& grant : fabric.step(*arbiter)) {
        std::uint64_t& before = last[grant.input * n + grant.output];
        ASSERT_LE(slot - before, limit) << "input " << grant.input << " output " << grant.output;
        before = slot;
        fabric.arrive(grant.input, grant.output);
      }
    }
    for (const auto& [i, j] : pairs) {
      ASSERT_LE(slots - last[i * n + j], limit) << "input " << i << " output " << j;
    }
  }
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  return std::string(name_of(std::get<0>(info.param))) + "_" +
         std::to_string(std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Ports, EveryArbiter,
                         testing::Combine(testing::ValuesIn(kAllArbiters),
                                          testing::Values(1u, 2u, 3u, 63u, 64u, 65u, 128u, 160u,
                                                          320u)),
                         case_name);

TEST(Arbiter, InputsAndOutputsMayDifferInNumber) {
  for (const ArbiterKind kind : kAllArbiters) {
    check_matchings(kind, 130, 20, 20);
    check_matchings(kind, 3, 65, 65);
  }
}

TEST(Arbiter, RotatingPriorityServesEachRequesterOnceARound) {
  for (const ArbiterKind kind : {ArbiterKind::round_robin, ArbiterKind::islip}) {
    for (const unsigned n : {1u, 2u, 64u, 65u}) {
      const auto arbiter = make_arbiter(config_of(kind), n, 1, "x");
      const BitRow all(n, true);
      for (unsigned k = 0; k < 2 * n; ++k) {
        EXPECT_EQ(arbiter->pick_input(0, all.data(), all.data()), static_cast<int>(k % n));
        arbiter->granted(k % n, 0);
      }
    }
  }
}

TEST(Arbiter, IslipPointersMoveOnlyOnAGrantAcceptedInTheFirstIteration) {
  constexpr unsigned kPorts = 3;
  const auto arbiter = make_arbiter(config_of(ArbiterKind::islip, 2), kPorts, 1, "x");
  const BitRow all(kPorts, true);
  Requests requests(kPorts, kPorts);
  for (unsigned i = 0; i < kPorts; ++i) {
    for (unsigned j = 0; j < kPorts; ++j) requests.set(i, j);
  }
  std::vector<Grant> grants;
  arbiter->match(requests.by_output, requests.by_input, all.data(), all.data(), grants);
  // All outputs grant to input 0, which accepts output 0. In the second iteration outputs 1 and 2
  // grant to input 1, which accepts output 1.
  EXPECT_EQ(grants, (std::vector<Grant>{{0, 0}, {1, 1}}));
  // Packet mode shows the pointers: only those of input 0 and output 0 have moved.
  EXPECT_EQ(arbiter->pick_input(0, all.data(), all.data()), 1);
  EXPECT_EQ(arbiter->pick_output(0, all.data(), all.data()), 1);
  EXPECT_EQ(arbiter->pick_input(1, all.data(), all.data()), 0);
  EXPECT_EQ(arbiter->pick_output(1, all.data(), all.data()), 0);
  EXPECT_EQ(arbiter->pick_input(2, all.data(), all.data()), 0);
}

TEST(Arbiter, AgeTakesTheOldestAndTheGreedyMatching) {
  FixedAges ages(3, 3);
  Requests requests(3, 3);
  for (unsigned i = 0; i < 3; ++i) {
    for (unsigned j = 0; j < 3; ++j) {
      requests.set(i, j);
      ages.at(i, j) = 10 * i + j;
    }
  }
  ages.at(0, 2) = 100;
  const auto arbiter = make_arbiter(config_of(ArbiterKind::age), 3, 1, "x", &ages);
  const BitRow all(3, true);
  EXPECT_EQ(arbiter->pick_input(1, all.data(), all.data()), 2);
  EXPECT_EQ(arbiter->pick_output(0, all.data(), all.data()), 2);
  std::vector<Grant> grants;
  arbiter->match(requests.by_output, requests.by_input, all.data(), all.data(), grants);
  std::set<std::pair<unsigned, unsigned>> pairs;
  for (const Grant& grant : grants) pairs.insert({grant.input, grant.output});
  // Oldest 100 takes (0,2); of the rest 21 takes (2,1); (1,0) is what remains.
  EXPECT_EQ(pairs, (std::set<std::pair<unsigned, unsigned>>{{0, 2}, {2, 1}, {1, 0}}));
}

TEST(Arbiter, RandomStreamFollowsSeedAndName) {
  const auto picks = [](std::uint64_t seed, const char* name) {
    const auto arbiter = make_arbiter(config_of(ArbiterKind::random), 320, seed, name);
    const BitRow all(320, true);
    std::vector<int> result;
    for (int k = 0; k < 50; ++k) result.push_back(arbiter->pick_input(0, all.data(), all.data()));
    return result;
  };
  EXPECT_EQ(picks(1, "a"), picks(1, "a"));
  EXPECT_NE(picks(1, "a"), picks(2, "a"));
  EXPECT_NE(picks(1, "a"), picks(1, "b"));
}

TEST(RandomArbiter, WhatOneOutputChoosesDoesNotDependOnTheOthers) {
  // Partitions have no port in common: what one does must not move the other's choices.
  const auto picks = [](unsigned others) {
    const auto arbiter = make_arbiter(config_of(ArbiterKind::random), 64, 5, "crossbar");
    BitRow all(64, true);
    std::vector<int> picked;
    for (unsigned round = 0; round < 100; ++round) {
      picked.push_back(arbiter->pick_input(7, all.data(), all.data()));
      picked.push_back(arbiter->pick_output(9, all.data(), all.data()));
      for (unsigned k = 0; k < others; ++k) {
        arbiter->pick_input(10 + k, all.data(), all.data());
        arbiter->pick_output(10 + k, all.data(), all.data());
      }
    }
    return picked;
  };
  EXPECT_EQ(picks(0), picks(3));
}

TEST(Arbiter, RefusesWhatCannotWork) {
  EXPECT_THROW(make_arbiter(config_of(ArbiterKind::age), 4, 1, "x"), std::invalid_argument);
  EXPECT_THROW(make_arbiter(config_of(ArbiterKind::islip, 0), 4, 1, "x"), std::invalid_argument);
  EXPECT_THROW(make_arbiter(config_of(ArbiterKind::random, 0), 4, 1, "x"), std::invalid_argument);
  EXPECT_THROW(make_arbiter(config_of(ArbiterKind::islip), 0, 1, "x"), std::invalid_argument);
  EXPECT_THROW(make_arbiter(config_of(ArbiterKind::islip), 65536, 1, "x"), std::invalid_argument);
}

}  // namespace
}  // namespace antares::models::test
