// SPDX-License-Identifier: Apache-2.0
// Random streams: published test vectors for the hash and the mixer, moments for the rest. Limits
// are five standard errors of the mean: one run in a million would miss them, and the seed is
// fixed.
#include <gtest/gtest.h>

#include <array>

#include "antares/protocols/common/random_stream.h"

namespace antares::protocols {
namespace {

constexpr int kDraws = 400000;

template <class Draw>
double mean_of(Draw&& draw) {
  double sum = 0;
  for (int k = 0; k < kDraws; ++k) sum += static_cast<double>(draw());
  return sum / kDraws;
}
double five_errors(double variance) { return 5 * std::sqrt(variance / kDraws); }

TEST(RandomStream, HashAndMixerMatchPublishedVectors) {
  // FNV-1a 64 (Noll's list) and splitmix64 from state 1234567 (Vigna's reference program).
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8ull);
  EXPECT_EQ(mix_bits(1234567), 6457827717110365317ull);
  EXPECT_EQ(mix_bits(1234567 + 0x9e3779b97f4a7c15ull), 3203168211198807973ull);
}

TEST(RandomStream, FollowsFromSeedAndNameAlone) {
  const auto first = [](std::uint64_t seed, const char* name) {
    return RandomStream(seed, name).uniform_below(std::uint64_t{1} << 63);
  };
  EXPECT_EQ(first(1, "gpu0"), first(1, "gpu0"));
  EXPECT_NE(first(1, "gpu0"), first(1, "gpu1"));
  EXPECT_NE(first(1, "gpu0"), first(2, "gpu0"));
}

TEST(RandomStream, UniformBelowIsUniform) {
  RandomStream stream(1, "x");
  constexpr unsigned kValues = 7;
  std::array<int, kValues> seen{};
  for (int k = 0; k < kDraws; ++k) ++seen.at(stream.uniform_below(kValues));
  for (const int times : seen) {
    EXPECT_NEAR(1.0 * times / kDraws, 1.0 / kValues, five_errors(1.0 / kValues));
  }
  EXPECT_EQ(stream.uniform_below(1), 0u);
}

TEST(RandomStream, Uniform01AndBernoulliHaveTheirMeans) {
  RandomStream stream(2, "x");
  EXPECT_NEAR(mean_of([&] { return stream.uniform01(); }), 0.5, five_errors(1.0 / 12));
  EXPECT_NEAR(mean_of([&] { return stream.bernoulli(0.3); }), 0.3, five_errors(0.21));
  EXPECT_EQ(mean_of([&] { return stream.bernoulli(0); }), 0);
  EXPECT_EQ(mean_of([&] { return stream.bernoulli(1); }), 1);
}

TEST(RandomStream, ExponentialHasItsMean) {
  RandomStream stream(3, "x");
  EXPECT_NEAR(mean_of([&] { return stream.exponential(250); }), 250, five_errors(250.0 * 250));
  EXPECT_EQ(stream.exponential(0), 0);
}

TEST(GeometricGap, IsTheGapOfABernoulliProcess) {
  for (const double p : {0.001, 0.05, 0.5, 0.98}) {
    RandomStream stream(4, "x");
    const GeometricGap gap(p);
    EXPECT_NEAR(mean_of([&] { return gap(stream); }), 1 / p, five_errors((1 - p) / (p * p)));
    // P(gap = 1) = p: the next slot is a success.
    EXPECT_NEAR(mean_of([&] { return gap(stream) == 1; }), p, five_errors(p * (1 - p)));
  }
}

TEST(GeometricGap, ExtremesAreDefined) {
  RandomStream stream(5, "x");
  EXPECT_EQ(mean_of([&] { return GeometricGap(1)(stream); }), 1);
  EXPECT_EQ(GeometricGap(0)(stream), GeometricGap::kForever);
  // Below the smallest p that 1 - p can show.
  EXPECT_GT(GeometricGap(1e-18)(stream), std::uint64_t{1} << 40);
  EXPECT_EQ(GeometricGap(1e-300)(stream), GeometricGap::kForever);
}

}  // namespace
}  // namespace antares::protocols
