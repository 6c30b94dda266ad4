// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/claim_options.h"

#include <algorithm>

#include "antares/platforms/cli/option_nodes.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/workload/claim_bounds.h"

namespace antares::platforms::cli {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

/// Enough to stream, and some seconds on 40 ranks.
constexpr std::uint64_t kSimulatedByDefault = 64 * kMiB;

std::uint64_t simulated_to(const ClaimConfig& config) {
  if (config.simulate_to_bytes != 0) return config.simulate_to_bytes;
  return config.bytes.empty() ? kSimulatedByDefault : config.bytes.back();
}

}  // namespace

bool is_none(const std::vector<std::string>& list) { return list.size() == 1 && list[0] == "none"; }

const std::vector<ClaimOption>& claim_option_list() {
  static const std::vector<ClaimOption> list = {
      {"--bytes", "SIZE,...", "bytes", "Message sizes, up to 16GiB (default: 1KiB to 16GiB)"},
      {"--ranks", "N,...", "ranks", "Numbers of ranks (default: 8, and all accelerators)"},
      {"--speed-up", "X,...", "speed_up",
       "Rates of crossbar outputs relative to a link (default: the description's; 1 and 4 beside "
       "it "
       "for one size of what is reduced)"},
      {"--collectives", "NAME,...", "collectives", "Collectives, or none (default: all)"},
      {"--simulate-to", "SIZE", "simulate_to_bytes",
       "Larger sizes are extrapolated from the two largest that are simulated (default: what "
       "--bytes "
       "names is simulated; without it 64MiB)"},
      {"--models", "NAME,...", "models", "Models, or none (default: all of --models-from)"},
      {"--baseline", "FILE,...", "baseline",
       "Platforms that the models also run on, or none (default: nvl72, ethernet_su_64)"},
      {"--model-ranks", "N", "model_ranks",
       "Ranks of the models on every platform (default: 16, or the power of two that all have)"},
      {"--factor", "X", "factor", "The claim that is judged: so many times faster (default: 2)"},
  };
  return list;
}

ClaimConfig read_claim_options(const std::map<std::string, std::string>& given) {
  Diagnostics diagnostics;
  ClaimConfig config;
  Node options;
  for (const ClaimOption& option : claim_option_list()) {
    const auto found = given.find(option.name);
    if (found == given.end()) continue;
    const Place place{option.name, 0, 0};
    const bool many = std::string(option.value).find("...") != std::string::npos;
    put_node(options, option.key,
             many ? list_node(found->second, place) : scalar_node(found->second, place));
  }
  if (options.is_map()) Binder(diagnostics).bind(options, config);
  const std::vector<std::string> known = claim_collectives();
  for (const std::string& name : config.collectives)
    if (!is_none(config.collectives) && std::find(known.begin(), known.end(), name) == known.end())
      diagnostics.error({"--collectives", 0, 0},
                        "there is no collective \"" + name + "\" that a switch could help with",
                        suggestion(name, known));
  if (is_none(config.collectives) && is_none(config.models))
    diagnostics.error({"--models", 0, 0}, "no collectives and no models: nothing is left to run",
                      "take some of one or the other");
  std::sort(config.bytes.begin(), config.bytes.end());
  const auto simulated = std::count_if(config.bytes.begin(), config.bytes.end(),
                                       [&](auto size) { return size <= simulated_to(config); });
  if (!config.bytes.empty() &&
      (simulated == 0 || (simulated == 1 && config.bytes.back() > simulated_to(config))))
    diagnostics.error({"--simulate-to", 0, 0},
                      "two sizes at least must be simulated for larger ones to follow from them",
                      "name two in --bytes that are smaller");
  diagnostics.throw_if_any();
  return config;
}

std::vector<ClaimPoint> claim_points(const ClaimConfig& config, std::uint32_t accelerators,
                                     bool quick) {
  std::vector<ClaimPoint> points;
  if (is_none(config.collectives)) return points;
  std::vector<std::uint64_t> bytes = config.bytes;
  if (bytes.empty())
    bytes = quick ? std::vector<std::uint64_t>{8 * kKiB, kMiB, 16 * kMiB}
                  : std::vector<std::uint64_t>{kKiB,      16 * kKiB, 256 * kKiB, 4 * kMiB,
                                               16 * kMiB, 64 * kMiB, kGiB,       16 * kGiB};
  std::vector<std::uint32_t> ranks = config.ranks;
  if (ranks.empty()) ranks = {accelerators};
  constexpr std::uint32_t kFew = 8;
  if (config.ranks.empty() && !quick && accelerators > kFew) ranks.insert(ranks.begin(), kFew);
  const std::vector<std::string>& names =
      config.collectives.empty() ? claim_collectives() : config.collectives;
  for (const std::string& name : names) {
    for (const std::uint32_t n : ranks) {
      ClaimPoint point{name, n, 0, {}, {}};
      const std::uint64_t most = simulated_to(config);
      for (const std::uint64_t size : bytes)
        (size <= most ? point.bytes : point.beyond).push_back(size);
      // Flags: their number counts, not their bytes.
      if (name == "barrier") {
        point.bytes = {4};
        point.beyond.clear();
      }
      for (const double speed_up :
           config.speed_up.empty() ? std::vector<double>{0} : config.speed_up) {
        point.speed_up = speed_up;
        points.push_back(point);
      }
      // What is reduced crosses an output twice: only there the speed-up decides.
      const ClaimBounds slow = claim_bounds(name, n, bytes.back(), 4, 1);
      const ClaimBounds fast = claim_bounds(name, n, bytes.back(), 4, 16);
      if (!config.speed_up.empty() || quick || n != ranks.back() || name == "barrier" ||
          slow.ceiling_at_speed_up == fast.ceiling_at_speed_up)
        continue;
      point.bytes = {point.bytes[point.bytes.size() > 1 ? point.bytes.size() - 2 : 0]};
      point.beyond.clear();
      for (const double speed_up : {1.0, 4.0}) {
        point.speed_up = speed_up;
        points.push_back(point);
      }
    }
  }
  return points;
}

}  // namespace antares::platforms::cli
