// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/claim_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/tables.h"
#include "antares/platforms/workload/claim_bounds.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kElementBytes = 4;  // of the collectives measured: float32

/// Bytes of the busiest link direction of an algorithm.
double link_bytes_of(const ClaimGain& gain, const std::string& algorithm, bool in_switch) {
  for (const AlgorithmLoad& load :
       algorithm_loads(gain.collective, static_cast<std::uint32_t>(gain.ranks), gain.size_bytes,
                       kElementBytes, in_switch))
    if (load.algorithm == algorithm) return load.link_bytes;
  return 0;
}

std::string cause_of(const ClaimGain& gain, double payload_GBps) {
  if (gain.in_switch.empty()) return "nothing in the switch for it";
  if (gain.gain * kWorthIt < 1) return "slower";
  if (gain.gain < kWorthIt) return gain.sender_load >= kLighter ? "sender load" : "-";
  const double fewer_bytes =
      link_bytes_of(gain, gain.software, false) - link_bytes_of(gain, gain.in_switch, true);
  const double by_bytes_us = fewer_bytes / payload_GBps * 1e-3;
  return by_bytes_us * 2 >= gain.software_us - gain.in_switch_us ? "bandwidth" : "latency";
}

auto series_of(const ClaimGain& gain) {
  return std::tie(gain.collective, gain.ranks, gain.output_speedup);
}

}  // namespace

const Columns<ClaimRow>& claim_columns() {
  using R = ClaimRow;
  static const Columns<R> columns = {
      {"platform", "", "as it was named", ANTARES_VALUE(R, row.platform)},
      {"collective", "", "", ANTARES_VALUE(R, row.measured.collective)},
      {"algorithm", "", "", ANTARES_VALUE(R, row.measured.algorithm)},
      {"ranks", "", "", ANTARES_VALUE(R, row.measured.ranks)},
      {"output_speedup", "", "rate of a crossbar output relative to its link",
       ANTARES_VALUE(R, rounded(row.output_speedup))},
      {"size_bytes", "B", "as nccl-tests counts it", ANTARES_VALUE(R, row.measured.size_bytes)},
      {"time_us", "us", "until the last rank has its last byte",
       ANTARES_VALUE(R, rounded(row.measured.time_us))},
      {"busbw_GBps", "GB/s", "as nccl-tests defines it",
       ANTARES_VALUE(R, rounded(row.measured.busbw_GBps))},
      {"wirebw_GBps", "GB/s", "payload of the busiest link direction / time",
       ANTARES_VALUE(R, rounded(row.measured.wirebw_GBps))},
      {"payload_GBps", "GB/s", "most payload that an accelerator's links carry in a direction",
       ANTARES_VALUE(R, rounded(row.payload_GBps))},
      {"extrapolated", "", "from two sizes that were simulated", ANTARES_VALUE(R, false)},
  };
  return columns;
}

const Columns<ClaimModelRow>& claim_model_columns() {
  using R = ClaimModelRow;
  static const Columns<R> columns = {
      {"platform", "", "as it was named", ANTARES_VALUE(R, row.platform)},
      {"model", "", "workload of the description of models", ANTARES_VALUE(R, row.model)},
      {"algorithm", "", "of all its collectives (trace.algorithm)",
       ANTARES_VALUE(R, row.algorithm)},
      {"in_switch", "", "whether the switch copies and reduces", ANTARES_VALUE(R, row.in_switch)},
      {"ranks", "", "", ANTARES_VALUE(R, row.measured.ranks)},
      {"time_us", "us", "of a step, of the slowest rank",
       ANTARES_VALUE(R, rounded(row.measured.time_us))},
      {"compute_us", "us", "... in which its accelerator computes",
       ANTARES_VALUE(R, rounded(row.measured.compute_us))},
      {"exposed_communication_us", "us", "... in which it communicates and computes nothing",
       ANTARES_VALUE(R, rounded(row.measured.exposed_communication_us))},
      {"payload_GBps", "GB/s", "most payload that an accelerator's links carry in a direction",
       ANTARES_VALUE(R, rounded(row.payload_GBps))},
      {"step_ns", "ns", "software of a message in bulk, both ends",
       ANTARES_VALUE(R, rounded(row.step_ns))},
      {"launch_ns", "ns", "software of a collective in bulk",
       ANTARES_VALUE(R, rounded(row.launch_ns))},
  };
  return columns;
}

const Columns<ClaimGain>& claim_gain_columns() {
  using R = ClaimGain;
  static const Columns<R> columns = {
      {"collective", "", "", ANTARES_VALUE(R, row.collective)},
      {"ranks", "", "", ANTARES_VALUE(R, row.ranks)},
      {"output_speedup", "", "rate of a crossbar output relative to its link",
       ANTARES_VALUE(R, rounded(row.output_speedup))},
      {"size_bytes", "B", "as nccl-tests counts it", ANTARES_VALUE(R, row.size_bytes)},
      {"software", "", "fastest algorithm that uses no switch", ANTARES_VALUE(R, row.software)},
      {"software_us", "us", "its time", ANTARES_VALUE(R, rounded(row.software_us))},
      {"in_switch", "", "fastest one that does; empty: none", ANTARES_VALUE(R, row.in_switch)},
      {"in_switch_us", "us", "its time", ANTARES_VALUE(R, rounded(row.in_switch_us))},
      {"gain", "", "software_us / in_switch_us", ANTARES_VALUE(R, rounded(row.gain))},
      {"ceiling", "", "most that fewer bytes on the busiest link can give; 0: it moves no data",
       ANTARES_VALUE(R, rounded(row.ceiling))},
      {"ceiling_at_speed_up", "", "... with what crossbar outputs carry",
       ANTARES_VALUE(R, rounded(row.ceiling_at_speed_up))},
      {"sender_load", "", "bytes that a rank sends by software / in-switch",
       ANTARES_VALUE(R, rounded(row.sender_load))},
      {"extrapolated", "", "one of the two times at least", ANTARES_VALUE(R, row.extrapolated)},
      {"from", "", "what gives the gain: bandwidth, latency, sender load; or slower",
       ANTARES_VALUE(R, row.from)},
  };
  return columns;
}

const Columns<ClaimVerdict>& claim_verdict_columns() {
  using R = ClaimVerdict;
  static const Columns<R> columns = {
      {"collective", "", "", ANTARES_VALUE(R, row.collective)},
      {"ranks", "", "", ANTARES_VALUE(R, row.ranks)},
      {"output_speedup", "", "rate of a crossbar output relative to its link",
       ANTARES_VALUE(R, rounded(row.output_speedup))},
      {"best_gain", "", "of all sizes", ANTARES_VALUE(R, rounded(row.best_gain))},
      {"best_at_bytes", "B", "its size", ANTARES_VALUE(R, row.best_at_bytes)},
      {"ceiling", "", "most that bytes allow, at this speed-up; 0: it moves no data",
       ANTARES_VALUE(R, rounded(row.ceiling))},
      {"claimed", "", "where the factor claimed is met", ANTARES_VALUE(R, row.claimed)},
      {"any", "", "where any gain of 1.05 or more is seen", ANTARES_VALUE(R, row.any)},
      {"from", "", "what gives the best gain", ANTARES_VALUE(R, row.from)},
  };
  return columns;
}

double claim_extrapolated_us(std::uint64_t bytes, std::pair<std::uint64_t, double> first_us,
                             std::pair<std::uint64_t, double> second_us, double least_us_per_byte) {
  const double slope =
      (second_us.second - first_us.second) / static_cast<double>(second_us.first - first_us.first);
  return second_us.second +
         std::max(slope, least_us_per_byte) * static_cast<double>(bytes - second_us.first);
}

std::vector<ClaimGain> claim_gains(const std::vector<Json>& rows) {
  std::vector<ClaimGain> gains;
  std::vector<double> rates;
  for (const Json& row : rows) {
    ClaimGain here;
    here.collective = row.at("collective").get<std::string>();
    here.ranks = row.at("ranks").get<std::uint64_t>();
    here.output_speedup = row.at("output_speedup").get<double>();
    here.size_bytes = row.at("size_bytes").get<std::uint64_t>();
    auto known = std::find_if(gains.begin(), gains.end(), [&](const ClaimGain& gain) {
      return series_of(gain) == series_of(here) && gain.size_bytes == here.size_bytes;
    });
    if (known == gains.end()) {
      gains.push_back(here);
      rates.push_back(row.at("payload_GBps").get<double>());
      known = gains.end() - 1;
    }
    const auto algorithm = row.at("algorithm").get<std::string>();
    const auto time_us = row.at("time_us").get<double>();
    const bool in_switch = uses_switch(algorithm);
    known->extrapolated = known->extrapolated || row.at("extrapolated").get<bool>();
    std::string& best = in_switch ? known->in_switch : known->software;
    double& best_us = in_switch ? known->in_switch_us : known->software_us;
    // Of equals the plain one: over one switch `hierarchical` is `direct`.
    const bool plainer = time_us == best_us && best == "hierarchical";
    if (best.empty() || time_us < best_us || plainer) {
      best = algorithm;
      best_us = time_us;
    }
  }
  std::vector<ClaimGain> complete;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    ClaimGain& gain = gains[i];
    if (gain.software.empty()) continue;
    const ClaimBounds bounds = claim_bounds(gain.collective, static_cast<std::uint32_t>(gain.ranks),
                                            gain.size_bytes, kElementBytes, gain.output_speedup);
    if (gain.in_switch.empty() && bounds.any) continue;  // not measured yet, or failed
    gain.ceiling = bounds.ceiling;
    gain.ceiling_at_speed_up = bounds.ceiling_at_speed_up;
    gain.sender_load = bounds.sender_load;
    // Flags are no data: their bytes limit nothing.
    if (gain.collective == "barrier") gain.ceiling = gain.ceiling_at_speed_up = 0;
    if (!gain.in_switch.empty()) gain.gain = gain.software_us / gain.in_switch_us;
    gain.from = cause_of(gain, rates[i]);
    complete.push_back(gain);
  }
  return complete;
}

std::string claim_range(const std::vector<std::pair<std::uint64_t, double>>& gains, double least,
                        double ceiling) {
  const auto meets = [&](const auto& gain) { return gain.second >= least; };
  const auto first = std::find_if(gains.begin(), gains.end(), meets);
  if (first == gains.end()) return ceiling < least ? "cannot hold" : "not reached";
  const auto last = std::find_if(gains.rbegin(), gains.rend(), meets).base() - 1;
  const bool gap = !std::all_of(first, last + 1, meets);
  const bool from_the_first = first == gains.begin();
  const bool to_the_last = last + 1 == gains.end();
  std::string text;
  if (to_the_last && ceiling != 0 && ceiling < least)
    // Larger sizes must fall back: the bytes don't allow it.
    text = (first == last    ? std::string("holds at ")
            : from_the_first ? std::string("holds to ")
                             : "holds from " + readable_bytes(first->first) + " to ") +
           readable_bytes(last->first) + " and more";
  else if (from_the_first && to_the_last)
    text = "holds";
  else if (to_the_last)
    text = "holds from " + readable_bytes(first->first);
  else if (from_the_first)
    text = "holds up to " + readable_bytes(last->first);
  else if (first == last)
    text = "holds at " + readable_bytes(first->first);
  else
    text = "holds from " + readable_bytes(first->first) + " to " + readable_bytes(last->first);
  return gap ? text + ", with gaps" : text;
}

std::vector<ClaimVerdict> claim_verdicts(const std::vector<ClaimGain>& gains, double factor) {
  std::vector<ClaimVerdict> verdicts;
  for (const ClaimGain& head : gains) {
    const bool done =
        std::any_of(verdicts.begin(), verdicts.end(), [&](const ClaimVerdict& verdict) {
          return std::tie(verdict.collective, verdict.ranks, verdict.output_speedup) ==
                 series_of(head);
        });
    if (done) continue;
    ClaimVerdict verdict;
    verdict.collective = head.collective;
    verdict.ranks = head.ranks;
    verdict.output_speedup = head.output_speedup;
    std::vector<std::pair<std::uint64_t, double>> series;
    std::uint64_t largest = 0;
    for (const ClaimGain& gain : gains) {
      if (series_of(gain) != series_of(head)) continue;
      series.emplace_back(gain.size_bytes, gain.gain);
      if (gain.size_bytes >= largest) {
        largest = gain.size_bytes;
        verdict.ceiling = gain.ceiling_at_speed_up;
      }
      if (verdict.best_at_bytes == 0 || gain.gain > verdict.best_gain) {
        verdict.best_gain = gain.gain;
        verdict.best_at_bytes = gain.size_bytes;
        verdict.from = gain.from;
      }
    }
    std::sort(series.begin(), series.end());
    verdict.claimed = claim_range(series, factor - kRounding, verdict.ceiling);
    verdict.any = claim_range(series, kWorthIt, verdict.ceiling);
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace antares::platforms
