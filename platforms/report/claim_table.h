// SPDX-License-Identifier: Apache-2.0
// "Up to 2x faster collectives": what was measured, the gains that follow from it, and a verdict in
// words. A gain is the time of the best software algorithm over that of the best one that leaves
// work to the switch, on the same platform, ranks and size. What gives it:
//   bandwidth     half of the time saved at least is what fewer bytes on the busiest link save at
//                 the rate that it carries payload at
//   latency       the rest: fewer steps and messages, less waiting for each other
//   sender load   no time is saved (less than kWorthIt) or lost, but who sends puts at most
//                 1/kLighter of the bytes on its link
//   slower        time is lost
// No SystemC; times in microseconds, sizes in bytes, rates in 1e9 B/s.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

inline constexpr double kWorthIt = 1.05;
inline constexpr double kLighter = 1.5;
/// A factor claimed with one decimal is met by what rounds to it: 1.95 for 2.0.
inline constexpr double kRounding = 0.05;

/// One collective by one algorithm.
struct ClaimRow {
  std::string platform;
  CollectiveRow measured;
  double output_speedup = 0;
  double payload_GBps = 0;  ///< of an accelerator's links together, one direction
};

/// Two sizes of one algorithm as they were simulated become a larger one: the time of what is more
/// streams at the rate from the one to the other, but no faster than the links allow. `bytes` >
/// second > first.
double claim_extrapolated_us(std::uint64_t bytes, std::pair<std::uint64_t, double> first_us,
                             std::pair<std::uint64_t, double> second_us, double least_us_per_byte);

/// One step of a model by one choice of algorithms.
struct ClaimModelRow {
  std::string platform;
  std::string model;
  std::string algorithm;  ///< as `trace.algorithm`
  bool in_switch = false;
  double payload_GBps = 0;
  double step_ns = 0;    ///< of the accelerator's software, for a message in bulk
  double launch_ns = 0;  ///< ... for a collective in bulk
  TraceRow measured;
};

struct ClaimGain {
  std::string collective;
  std::uint64_t ranks = 0;
  double output_speedup = 0;
  std::uint64_t size_bytes = 0;
  std::string software;
  double software_us = 0;
  std::string in_switch;  ///< empty: there is no such algorithm
  double in_switch_us = 0;
  double gain = 1;
  double ceiling = 1;              ///< from link bytes (table 3.0); 0: it moves no data
  double ceiling_at_speed_up = 1;  ///< ... and crossbar outputs
  double sender_load = 1;
  bool extrapolated = false;
  std::string from;
};

struct ClaimVerdict {
  std::string collective;
  std::uint64_t ranks = 0;
  double output_speedup = 0;
  double best_gain = 1;
  std::uint64_t best_at_bytes = 0;
  double ceiling = 1;   ///< at speed-up, of the largest size
  std::string claimed;  ///< of the factor: "holds", "holds from 1 MiB", "cannot hold", ...
  std::string any;      ///< of any gain from kWorthIt on, in the same words
  std::string from;     ///< what gives the best gain
};

const Columns<ClaimRow>& claim_columns();
const Columns<ClaimModelRow>& claim_model_columns();
const Columns<ClaimGain>& claim_gain_columns();
const Columns<ClaimVerdict>& claim_verdict_columns();

/// Of rows as JSON with claim_columns(): a gain for each collective, number of ranks, speed-up and
/// size that has been measured by software, in the order of the rows.
std::vector<ClaimGain> claim_gains(const std::vector<nlohmann::ordered_json>& rows);
std::vector<ClaimVerdict> claim_verdicts(const std::vector<ClaimGain>& gains, double factor);
/// Of gains by rising size: where they reach `least`, in words; `ceiling` is what they could be.
std::string claim_range(const std::vector<std::pair<std::uint64_t, double>>& gains, double least,
                        double ceiling);

/// For a person (claim_text.cpp). Gains of one collective, number of ranks and speed-up.
void print_claim_gains(std::ostream& out, const std::vector<ClaimGain>& gains);
void print_claim_verdicts(std::ostream& out, const std::vector<ClaimVerdict>& verdicts,
                          double factor);
/// `platform`: the one that is looked at, first; the others are what it is set against. What has no
/// row with the switch's help and is none of `without_engines` has not been run so (yet).
void print_claim_models(std::ostream& out, const std::vector<nlohmann::ordered_json>& rows,
                        const std::string& platform, const std::set<std::string>& without_engines,
                        double factor);

}  // namespace antares::platforms
