// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/pcie_link_config.h"

#include <algorithm>

#include "antares/protocols/common/config_checks.h"
#include "antares/protocols/pcie/framing.h"

namespace antares::protocols {
namespace {

using Messages = std::vector<std::string>;

std::uint32_t scale_of(std::uint32_t credits, std::uint32_t largest_unscaled) {
  // public: facts/pcie6.md 3.1, C: scales 1, 4 and 16 of the same counter.
  for (const std::uint32_t scale : {1u, 4u, 16u}) {
    if (credits <= largest_unscaled * scale) return scale;
  }
  return 0;
}

void check_pool(Messages& found, const std::string& key, std::uint32_t credits, std::uint32_t least,
                const std::string& why, std::uint32_t most, std::uint32_t scale) {
  if (credits < least) {
    found.push_back(key + " is " + std::to_string(credits) + "; at least " + std::to_string(least) +
                    " are needed " + why);
  } else if (scale == 0) {
    found.push_back(key + " is " + std::to_string(credits) +
                    "; flow control can't advertise more than " + std::to_string(most));
  } else if (credits % scale != 0) {
    found.push_back(key + " is " + std::to_string(credits) +
                    "; a pool of this size is advertised "
                    "in units of " +
                    std::to_string(scale) + ": use " + std::to_string(credits - credits % scale) +
                    " or " + std::to_string(credits - credits % scale + scale));
  }
}

void check_credits(Messages& found, const PcieLinkConfig& config) {
  const std::uint32_t channels = std::max(1u, config.virtual_channels);
  const std::string each_vc =
      channels == 1 ? "" : " for each of " + std::to_string(channels) + " virtual channels";
  const std::uint32_t tlp = config.mps_bytes / kDataCreditBytes;
  const auto header = [&](const char* key, std::uint32_t credits) {
    check_pool(found, key, credits, channels, "(one TLP" + each_vc + ")", 2032,
               header_credit_scale(credits));
  };
  const auto data = [&](const char* key, std::uint32_t credits, std::uint32_t least,
                        const std::string& why) {
    check_pool(found, key, credits, least * channels, why, 32752, data_credit_scale(credits));
  };
  const std::string full = "(one TLP of mps_bytes" + each_vc + ")";
  header("posted_header_credits", config.posted_header_credits);
  data("posted_data_credits", config.posted_data_credits, tlp, full);
  header("non_posted_header_credits", config.non_posted_header_credits);
  // public: facts/pcie6.md 10.7, D: two where atomics are routed (a compare-and-swap of 32 B).
  data("non_posted_data_credits", config.non_posted_data_credits, 2,
       "(one atomic operation of 32 B" + each_vc + ")");
  header("completion_header_credits", config.completion_header_credits);
  data("completion_data_credits", config.completion_data_credits, tlp, full);
}

}  // namespace

bool PcieLinkConfig::uses_flits() const {
  return flit_mode == FlitMode::on || (flit_mode == FlitMode::automatic && generation >= 6);
}

std::vector<std::string> problems(const PcieLinkConfig& config) {
  Messages found;
  require_range(found, "generation", config.generation, 1, 6);
  require_one_of(found, "lanes", config.lanes, {1, 2, 4, 8, 16});
  require_one_of(found, "mps_bytes", config.mps_bytes, {128, 256, 512, 1024, 2048, 4096});
  require_one_of(found, "mrrs_bytes", config.mrrs_bytes, {128, 256, 512, 1024, 2048, 4096});
  require_one_of(found, "rcb_bytes", config.rcb_bytes, {64, 128});
  require_one_of(found, "tag_bits", config.tag_bits, {5, 8, 10, 14});
  require_range(found, "virtual_channels", config.virtual_channels, 1, 8);
  require_one_of(found, "uio_vc", config.uio_vc, {0, 3, 4});
  require_range(found, "request_ohc_dwords", config.request_ohc_dwords, 0, 7);
  require_range(found, "completion_ohc_dwords", config.completion_ohc_dwords, 0, 7);
  require_range(found, "replay_trainings", config.replay_trainings, 0, 1000);
  require_range(found, "l0p_exit_latency_ns", config.l0p_exit_latency_ns, 0, 64000);
  require_range(found, "dllp_share", config.dllp_share, 0, 0.5);
  require_range(found, "skp_share", config.skp_share, 0, 0.1);
  require_range(found, "shared_credits", config.shared_credits, 0, 1);
  if (!found.empty()) return found;

  const bool flits = config.uses_flits();
  if (config.generation >= 6 && !flits) {
    found.push_back("flit_mode is off at generation 6, which has no other mode; use auto or on");
  }
  if (config.tag_bits == 14 && !flits) {
    found.push_back("tag_bits is 14 without flit mode; use 10, or set flit_mode: on");
  }
  if (config.uio_vc != 0 && !flits) {
    found.push_back("uio_vc is " + std::to_string(config.uio_vc) +
                    " without flit mode, where unordered I/O has no form; set it to 0, or set "
                    "flit_mode: on");
  }
  if (config.uio_vc >= config.virtual_channels) {
    found.push_back("uio_vc is " + std::to_string(config.uio_vc) + ", but virtual_channels is " +
                    std::to_string(config.virtual_channels) + "; it must be above uio_vc");
  }
  if (config.dllp_share > 0 && flits) {
    found.push_back("dllp_share is " + number_text(config.dllp_share) +
                    " in flit mode, where DLLPs ride in the flit at no cost; set it to 0");
  }
  if (config.shared_credits > 0 && !flits) {
    found.push_back("shared_credits is " + number_text(config.shared_credits) +
                    " without flit mode, where credits are dedicated; set it to 0");
  }
  if (config.completion_ohc_dwords > 0 && !flits) {
    found.push_back("completion_ohc_dwords is " + std::to_string(config.completion_ohc_dwords) +
                    " without flit mode, where completions have no such content; set it to 0");
  }
  check_credits(found, config);
  return found;
}

std::uint32_t usable_tags(std::uint32_t tag_bits) {
  switch (tag_bits) {
    case 5:
      return 32;
    case 8:
      return 256;
    // public: facts/pcie6.md 10.13, D: values whose two upper bits are zero are not used.
    case 10:
      return 768;
    // assumption: the 10-bit rule with the four upper bits; needs a licensed copy.
    case 14:
      return 15360;
    default:
      return 0;
  }
}

// public: facts/pcie6.md 3.1, C
std::uint32_t header_credit_scale(std::uint32_t credits) { return scale_of(credits, 127); }
std::uint32_t data_credit_scale(std::uint32_t credits) { return scale_of(credits, 2047); }

}  // namespace antares::protocols
