// SPDX-License-Identifier: Apache-2.0
// A stream of random numbers that belongs to one object. Its seed follows from (run seed, object
// name) alone, so that adding a port leaves every other port's traffic as it was. Engine and
// distributions are Boost.Random's: those of the standard library may differ between toolchains.
// No unit of time: gaps and means are in whatever unit the caller counts.
#pragma once
#include <boost/random/binomial_distribution.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/taus88.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace antares::protocols {

/// FNV-1a, 64 bit: the same on every machine, unlike std::hash.
constexpr std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  return hash;
}

/// One step of splitmix64: neighbouring inputs give unrelated outputs.
constexpr std::uint64_t mix_bits(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name) {
    const std::uint64_t first = mix_bits(mix_bits(seed) ^ stable_hash(name));
    const std::uint64_t second = mix_bits(first);
    const std::uint32_t words[] = {static_cast<std::uint32_t>(first),
                                   static_cast<std::uint32_t>(first >> 32),
                                   static_cast<std::uint32_t>(second)};
    const std::uint32_t* begin = words;
    engine_.seed(begin, words + 3);
  }

  /// 0 .. n-1, all equally likely; n > 0.
  std::uint64_t uniform_below(std::uint64_t n) {
    assert(n > 0);
    return boost::random::uniform_int_distribution<std::uint64_t>(0, n - 1)(engine_);
  }
  /// 0 <= x < 1.
  double uniform01() { return boost::random::uniform_01<double>()(engine_); }
  bool bernoulli(double probability) { return uniform01() < probability; }
  /// Exponentially distributed with this mean (>= 0).
  double exponential(double mean) {
    return mean * boost::random::exponential_distribution<double>()(engine_);
  }
  /// Successes among so many trials; expected work doesn't grow with their number.
  std::uint64_t binomial(std::uint64_t trials, double probability) {
    assert(probability >= 0 && probability <= 1 && trials < (std::uint64_t{1} << 62));
    if (trials == 0 || probability == 0) return 0;
    if (probability == 1) return trials;
    boost::random::binomial_distribution<std::int64_t> among(static_cast<std::int64_t>(trials),
                                                             probability);
    return static_cast<std::uint64_t>(among(engine_));
  }

 private:
  // 12 bytes of state: a platform has hundreds of streams, and 2.5 KB each (Mersenne twister) would
  // push the switch out of the cache. Period 2^88.
  boost::random::taus88 engine_;
};

/// Slots from one success to the next of a Bernoulli process, >= 1, mean 1/p. One draw instead of
/// one a slot; the logarithm of 1-p is taken once. p = 0 gives kForever.
class GeometricGap {
 public:
  static constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

  explicit GeometricGap(double p) : never_(p <= 0) {
    assert(p >= 0 && p <= 1);
    // log1p: log(1-p) is exactly 0 for p below 1e-16. For p = 1 it is -inf and the factor -0.
    inverse_log_ = never_ ? 0 : 1 / std::log1p(-p);
  }
  std::uint64_t operator()(RandomStream& stream) const {
    if (never_) return kForever;
    // 1-u lies in (0, 1], so that the logarithm is finite.
    const double failures = std::log(1 - stream.uniform01()) * inverse_log_;
    return failures < 1e18 ? 1 + static_cast<std::uint64_t>(failures) : kForever;
  }

 private:
  bool never_;
  double inverse_log_;
};

}  // namespace antares::protocols
