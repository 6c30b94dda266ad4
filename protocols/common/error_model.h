// SPDX-License-Identifier: Apache-2.0
// When the units of one link direction fail or are repaired: what the replay (link_replay.h) acts
// upon. Follows facts/pcie6.md 6: the probability that a unit fails after FEC is the primary knob,
// not a raw bit error rate, since the public design points already count bursts. Failures come from
// a two-state chain, so that a burst has a mean length: a unit fails with p/b after a good one and
// with 1 - (1-p)/b after a failed one; the long-run share is p, and b = 1 is independence.
// Drawn as gaps: no random number a unit, except inside an episode. Left out: what bits are hit,
// errors that no check finds. No unit of time: counts units.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/link_replay.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::protocols {

struct ErrorConfig {
  double flit_failure_probability = 0;
  double repaired_share = 0;
  double burst_units = 1;

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Values out of range, one sentence each.
std::vector<std::string> problems(const ErrorConfig& config);

class ErrorModel final : public UnitFates {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  ErrorModel(const ErrorConfig& config, RandomStream stream);

  /// Units from here up to and including the next that fails, >= 1; GeometricGap::kForever: none
  /// does. One draw (two behind a burst). The model then stands behind that unit.
  std::uint64_t units_until_failure();
  /// One unit (of an episode): does it fail? One draw.
  bool next_fails() override;
  /// The next so many fates are failures, in and between episodes, whatever the probabilities say;
  /// behind the last of them these hold as behind any failure. What units_until_failure() has said
  /// before is void.
  void fail_next(std::uint64_t units) { forced_ += units; }
  /// How many of so many units that did not fail had to be repaired. O(1) expected.
  std::uint64_t repaired_among(std::uint64_t units);

 private:
  RandomStream stream_;
  double after_good_;
  double after_failed_;
  double repaired_;
  GeometricGap gap_;
  bool failed_ = false;       ///< the last unit
  std::uint64_t forced_ = 0;  ///< failures still to come by fail_next()
};

template <class Visitor>
void ErrorConfig::fields(Visitor& visit) {
  using Self = ErrorConfig;
  visit("flit_failure_probability", &Self::flit_failure_probability,
        "Probability that a unit of replay (flit, frame, packet) is broken after FEC. PCIe 6: 5e-6 "
        "is a typical design point, 3e-5 the upper limit")
      .range(0.0, 1.0)
      .source("public: facts/pcie6.md 6, grade C for the limit, D for the design point")
      .assumption("0: no failures unless asked for");
  visit("repaired_share", &Self::repaired_share,
        "Probability that a unit which arrives whole was repaired by FEC: counted, costs nothing. "
        "PCIe 6 at a first bit error rate of 1e-6: 2.05e-3")
      .range(0.0, 1.0)
      .source("public: facts/pcie6.md 6, grade X on A")
      .assumption("0: nothing is counted unless asked for");
  visit("burst_units", &Self::burst_units,
        "Mean number of units that fail in a row where failures are rare; 1: each on its own")
      .range(1.0, 1e6)
      .assumption("1: that published failure rates come in bursts of units is not stated anywhere");
}

}  // namespace antares::protocols
