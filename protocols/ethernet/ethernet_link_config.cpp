// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/ethernet_link_config.h"

#include <algorithm>
#include <cmath>

#include "antares/protocols/common/config_checks.h"
#include "antares/protocols/ethernet/ethernet_frames.h"

namespace antares::protocols {
namespace {

using Messages = std::vector<std::string>;

/// A key that another framing needs is refused where it would have no effect.
void require_default(Messages& found, const char* key, bool is_default, const char* framing,
                     const char* why) {
  if (is_default) return;
  found.push_back(std::string(key) + " is set for framing " + framing + ", " + why +
                  "; leave it out");
}

void check_ranges(Messages& found, const EthernetLinkConfig& c) {
  require_one_of(found, "lanes", c.lanes, {1, 2, 4, 8});
  require_one_of(found, "lane_GTps", c.lane_GTps, {106.25, 212.5});
  require_one_of(found, "min_frame_bytes", c.min_frame_bytes, {0, 64});
  require_range(found, "mtu_bytes", c.mtu_bytes, 0, 4096);
  require_range(found, "command_bytes", c.command_bytes, 0, 256);
  require_range(found, "message_bytes", c.message_bytes, 256, 1u << 30);
  require_range(found, "writes_per_ack", c.writes_per_ack, 1, 1024);
  require_range(found, "phy_ns", c.phy_ns, 0, 1e6);
  require_range(found, "bridge_ns", c.bridge_ns, 0, 1e6);
  require_range(found, "control_share", c.control_share, 0, 0.1);
  require_range(found, "virtual_channels", c.virtual_channels, 2, 32);
  require_range(found, "vc_buffer_bytes", c.vc_buffer_bytes, 4096, 1u << 26);
  require_range(found, "pfc_headroom_bytes", c.pfc_headroom_bytes, 0, 1u << 26);
  require_range(found, "cbfc.credit_bytes", c.cbfc.credit_bytes, 32, 65535);
  require_range(found, "cbfc.packet_overhead_bytes", c.cbfc.packet_overhead_bytes, -16, 127);
  require_range(found, "cbfc.cf_min_spacing_bytes", c.cbfc.cf_min_spacing_bytes, 800, 1u << 20);
  require_range(found, "cbfc.cf_max_spacing_bytes", c.cbfc.cf_max_spacing_bytes, 16384, 1u << 20);
  require_range(found, "cbfc.cc_timer_us", c.cbfc.cc_timer_us, 1, 250000);
  require_range(found, "llr.outstanding_frames", c.llr.outstanding_frames, 1, 524287);
  require_range(found, "llr.outstanding_bytes", c.llr.outstanding_bytes, 64, 1u << 30);
  require_range(found, "llr.replay_count", c.llr.replay_count, 0, 255);
  require_range(found, "llr.control_spacing_bytes", c.llr.control_spacing_bytes, 8, 65535);
  const double longest_ns = 1e9;
  require_range(found, "llr.replay_timer_ns", static_cast<double>(c.llr.replay_timer_ns), 0,
                longest_ns);
  require_range(found, "llr.pcs_lost_timeout_ns", static_cast<double>(c.llr.pcs_lost_timeout_ns), 0,
                longest_ns);
  require_range(found, "llr.data_age_timeout_ns", static_cast<double>(c.llr.data_age_timeout_ns), 0,
                longest_ns);
  require_range(found, "llr.init_interval_ns", static_cast<double>(c.llr.init_interval_ns), 1,
                longest_ns);
}

void check_roce(Messages& found, const EthernetLinkConfig& c) {
  const EthernetLinkConfig standard;
  constexpr auto kWhy = "which has no such part";
  require_default(found, "sue_header", c.sue_header == standard.sue_header, "roce_v2", kWhy);
  require_default(found, "packing", c.packing == standard.packing, "roce_v2", kWhy);
  require_default(found, "reliability", c.reliability == standard.reliability, "roce_v2", kWhy);
  require_default(found, "command_bytes", c.command_bytes == standard.command_bytes, "roce_v2",
                  kWhy);
  const std::uint32_t mtu = c.packet_limit_bytes();
  require_one_of(found, "mtu_bytes", mtu, {256, 512, 1024, 2048, 4096});
  if (mtu != 0 && c.message_bytes > mtu && c.message_bytes % mtu != 0) {
    found.push_back("message_bytes is " + std::to_string(c.message_bytes) +
                    "; an operation larger than mtu_bytes must be a multiple of it (" +
                    std::to_string(mtu) + ")");
  }
}

void check_sue(Messages& found, const EthernetLinkConfig& c) {
  const EthernetLinkConfig standard;
  const bool lite = c.framing == EthernetFraming::sue_lite;
  const bool esun = c.framing == EthernetFraming::esun;
  const char* framing = lite ? "sue_lite" : esun ? "esun" : "sue";
  require_default(found, "message_bytes", c.message_bytes == standard.message_bytes, framing,
                  "whose transactions are of at most 256 B");
  if (esun) {
    require_default(found, "sue_header", c.sue_header == standard.sue_header, framing,
                    "which has a header of its own");
  }
  if (lite) {
    require_default(found, "reliability", c.reliability == standard.reliability, framing,
                    "which never has a reliability header");
  }
  const std::uint32_t most = lite ? 1024 : 4096;
  const std::uint32_t least = kSueTransactionBytes + c.command_bytes;
  const std::uint32_t limit = c.packet_limit_bytes();
  if (limit < least || limit > most) {
    found.push_back("mtu_bytes is " + std::to_string(limit) + "; a packet of framing " + framing +
                    " must hold a transaction of 256 B and its command, and at most " +
                    std::to_string(most) + " B: use " + std::to_string(least) + " to " +
                    std::to_string(most));
  }
  if (!esun && c.virtual_channels > 4) {
    found.push_back("virtual_channels is " + std::to_string(c.virtual_channels) + "; framing " +
                    framing + " has at most 4");
  }
}

void check_flow_control(Messages& found, const EthernetLinkConfig& c) {
  if (c.virtual_channels % 2 != 0) {
    found.push_back("virtual_channels is " + std::to_string(c.virtual_channels) +
                    "; it must be even: each request channel has a response channel, so that "
                    "requests never block responses");
  }
  if (c.cbfc.cf_max_spacing_bytes % 16384 != 0) {
    found.push_back("cbfc.cf_max_spacing_bytes is " + std::to_string(c.cbfc.cf_max_spacing_bytes) +
                    "; it must be a multiple of 16384");
  }
  if (c.cbfc.cf_max_spacing_bytes < c.cbfc.cf_min_spacing_bytes) {
    found.push_back("cbfc.cf_max_spacing_bytes is smaller than cbfc.cf_min_spacing_bytes");
  }
  std::uint64_t buffer = c.vc_buffer_bytes;
  if (c.flow_control == EthernetFlowControl::pfc) {
    if (c.virtual_channels > 8) {
      found.push_back("virtual_channels is " + std::to_string(c.virtual_channels) +
                      "; PFC pauses at most 8 classes, use 8 or flow_control: cbfc");
    }
    buffer -= std::min<std::uint64_t>(buffer, c.pfc_headroom_bytes);
  }
  const std::uint64_t credits = buffer / c.cbfc.credit_bytes;
  const std::uint32_t packet =
      cbfc_credits(c.cbfc, c.packet_limit_bytes() + kMostHeaderBytes + c.command_bytes);
  if (credits < packet) {
    found.push_back("vc_buffer_bytes is " + std::to_string(c.vc_buffer_bytes) + ", which leaves " +
                    std::to_string(credits) + " credits of " + std::to_string(c.cbfc.credit_bytes) +
                    " B; the largest packet needs " + std::to_string(packet));
  }
  // public: facts/ualink_nvlink.md C.1, SPEC: limits from 0 to 2^20 - 1.
  if (credits > kCbfcCounterMask) {
    found.push_back("vc_buffer_bytes is " + std::to_string(c.vc_buffer_bytes) + ", which is " +
                    std::to_string(credits) +
                    " credits; counters of 20 bits allow 1048575: use "
                    "larger cbfc.credit_bytes");
  }
}

}  // namespace

std::uint32_t EthernetLinkConfig::packet_limit_bytes() const {
  if (mtu_bytes != 0) return mtu_bytes;
  return framing == EthernetFraming::sue_lite ? 1024 : 4096;
}

Picoseconds EthernetLinkConfig::codeword_ps(EthernetFec code) const {
  // public: facts/ualink_nvlink.md A.6: 544 symbols of 10 bits. Both lane rates divide it: 51.2 and
  // 25.6 ns of one lane.
  const double bits = code == EthernetFec::rs544 ? 5440 : 2720;
  return static_cast<Picoseconds>(std::llround(bits * 1000 / (lane_GTps * lanes)));
}

double EthernetLinkConfig::most_control_share() const {
  double share = 0;
  if (llr_on) share += double{kCfUpdateBytes} / llr.control_spacing_bytes;
  if (flow_control == EthernetFlowControl::cbfc) {
    share += double{kCfUpdateBytes} / cbfc.cf_min_spacing_bytes;
  }
  return share;
}

std::vector<std::string> problems(const EthernetLinkConfig& config) {
  Messages found;
  check_ranges(found, config);
  if (!found.empty()) return found;
  if (config.is_roce()) {
    check_roce(found, config);
  } else {
    check_sue(found, config);
  }
  check_flow_control(found, config);
  return found;
}

}  // namespace antares::protocols
