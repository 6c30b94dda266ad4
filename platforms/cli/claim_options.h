// SPDX-License-Identifier: Apache-2.0
// What `antares claim` is to look at: options read like keys of a description, and the grid of
// points that follows. Without options a grid that takes a minute or two. No unit of time.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms::cli {

struct ClaimConfig {
  std::vector<std::uint64_t> bytes;
  std::vector<std::uint32_t> ranks;
  std::vector<double> speed_up;
  std::vector<std::string> collectives;
  std::vector<std::string> models;
  std::vector<std::string> baseline;
  std::uint32_t model_ranks = 0;
  double factor = 2;
  std::uint64_t simulate_to_bytes = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ClaimConfig;
    visit("bytes", &C::bytes, "Message sizes, as nccl-tests counts them").range(4, 1ull << 34);
    visit("ranks", &C::ranks, "Numbers of ranks, the first accelerators of the platform")
        .range(2, 1024);
    visit("speed_up", &C::speed_up, "Rates of crossbar outputs relative to a link").range(1, 16);
    visit("collectives", &C::collectives, "Collectives, or none");
    visit("models", &C::models, "Workloads of the description of models, or none");
    visit("baseline", &C::baseline, "Platforms that the models also run on, or none");
    visit("model_ranks", &C::model_ranks, "Ranks of the models on every platform").range(2, 1024);
    visit("factor", &C::factor, "The claim: so many times faster").range(1.1, 100);
    visit("simulate_to_bytes", &C::simulate_to_bytes, "Largest size that is simulated")
        .range(4, 1ull << 34);
  }
};

struct ClaimOption {
  const char* name;   ///< "--bytes"
  const char* value;  ///< "SIZE,..."
  const char* key;    ///< of ClaimConfig
  const char* help;
};
const std::vector<ClaimOption>& claim_option_list();

/// "none" where a list of names stands.
bool is_none(const std::vector<std::string>& list);

/// Throws ConfigError naming the options; names of collectives are checked, others not.
ClaimConfig read_claim_options(const std::map<std::string, std::string>& given);

/// One series: sizes rise.
struct ClaimPoint {
  std::string collective;
  std::uint32_t ranks = 0;
  double speed_up = 0;                ///< 0: the description's own
  std::vector<std::uint64_t> bytes;   ///< simulated
  std::vector<std::uint64_t> beyond;  ///< extrapolated from the two largest of these
};
/// `accelerators` of the platform; `quick`: three sizes, all ranks.
std::vector<ClaimPoint> claim_points(const ClaimConfig& config, std::uint32_t accelerators,
                                     bool quick);

}  // namespace antares::platforms::cli
