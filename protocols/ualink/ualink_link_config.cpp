// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/ualink_link_config.h"

#include <algorithm>

#include "antares/protocols/common/config_checks.h"
#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {
namespace {

using Messages = std::vector<std::string>;

void check_credits(Messages& found, const UalinkLinkConfig& config) {
  const std::uint32_t channels = config.virtual_channels;
  const std::string each_vc =
      channels == 1 ? "" : " for each of " + std::to_string(channels) + " virtual channels";
  const auto least = [&](const char* key, std::uint32_t credits, std::uint32_t each,
                         const std::string& what) {
    if (credits >= each * channels) return;
    found.push_back(std::string(key) + " is " + std::to_string(credits) + "; at least " +
                    std::to_string(each * channels) + " are needed (" + what + each_vc + ")");
  };
  constexpr std::uint32_t kBeats = kRequestBytes / kBeatBytes;
  least("request_command_credits", config.request_command_credits, 1, "one request");
  least("request_data_credits", config.request_data_credits, kBeats, "one write of 256 B");
  least("response_command_credits", config.response_command_credits, 1, "one response");
  least("response_data_credits", config.response_data_credits, kBeats, "one read of 256 B");
}

}  // namespace

std::vector<std::string> problems(const UalinkLinkConfig& config) {
  Messages found;
  constexpr double kMostCredits = 1u << 20;
  require_one_of(found, "lane_rate_mtps", config.lane_rate_mtps, {106250, 212500});
  require_one_of(found, "lanes", config.lanes, {1, 2, 4});
  require_one_of(found, "fec_interleave", config.fec_interleave, {1, 2, 4});
  require_range(found, "fec_correct_ns", config.fec_correct_ns, 0, 40);
  // The counters of a flow-control item have 6 bits for commands (facts A.4).
  require_range(found, "responses_per_flow_control", config.responses_per_flow_control, 0, 63);
  require_range(found, "tags", config.tags, 1, 2048);
  require_range(found, "virtual_channels", config.virtual_channels, 1, 4);
  require_range(found, "request_command_credits", config.request_command_credits, 1, kMostCredits);
  require_range(found, "request_data_credits", config.request_data_credits, 1, kMostCredits);
  require_range(found, "response_command_credits", config.response_command_credits, 1,
                kMostCredits);
  require_range(found, "response_data_credits", config.response_data_credits, 1, kMostCredits);
  require_range(found, "shared_credits", config.shared_credits, 0, 1);
  if (found.empty()) check_credits(found, config);
  return found;
}

}  // namespace antares::protocols
