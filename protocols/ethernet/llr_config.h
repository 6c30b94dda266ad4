// SPDX-License-Identifier: Apache-2.0
// Knobs of Ethernet link layer retry (LLR), named after the port profile in the openly published
// OCP SAI proposal (facts/ualink_nvlink.md C.1, SPEC). Times in nanoseconds, 0 = that timer is off.
// No keys of a description: init_action, init_interval_ns and pcs_lost_timeout_ns, which only the
// state machine on its own knows. A port's link begins with LLR initialised, INIT takes no time,
// and a PCS that is lost is a link that is down.
#pragma once
#include <cstdint>

namespace antares::protocols {

/// What happens to frames of the layer above while the transmitter cannot protect them.
enum class LlrFrameAction : std::uint8_t { discard, block, best_effort };

/// How a frame that an error hit comes to the receiver: with a readable number and a wrong FCS
/// (asked for at once), or not at all (asked for when the next one shows the gap, or by the replay
/// timer).
enum class LlrFailedFrame : std::uint8_t { damaged, lost };

struct LlrConfig {
  std::uint32_t outstanding_frames = 1024;
  std::uint32_t outstanding_bytes = 262144;
  std::uint64_t replay_timer_ns = 0;
  std::uint32_t replay_count = 1;
  std::uint64_t pcs_lost_timeout_ns = 0;
  std::uint64_t data_age_timeout_ns = 0;
  LlrFrameAction init_action = LlrFrameAction::best_effort;
  LlrFrameAction flush_action = LlrFrameAction::best_effort;
  bool re_init_on_flush = false;
  std::uint32_t control_spacing_bytes = 2048;
  std::uint64_t init_interval_ns = 1000;
  LlrFailedFrame failed_frame = LlrFailedFrame::damaged;

  template <class Visitor>
  static void fields(Visitor& visit);
};

template <class Visitor>
void LlrConfig::fields(Visitor& visit) {
  using Self = LlrConfig;
  constexpr auto kPublic = "public: facts/ualink_nvlink.md C.1 (LLR), grade SPEC";
  constexpr auto kNames = "2 us of an 800 Gb/s link; the profile has no default";
  constexpr std::uint64_t kLongest = 1'000'000'000;
  visit("outstanding_frames", &Self::outstanding_frames,
        "Frames that may wait for an acknowledgement; at most half of the sequence numbers")
      .range(1, 524287)
      .assumption(kNames);
  visit("outstanding_bytes", &Self::outstanding_bytes,
        "Bytes that may wait for an acknowledgement: the replay buffer")
      .range(64, 1u << 30)
      .assumption(kNames);
  visit("replay_timer_ns", &Self::replay_timer_ns,
        "Without acknowledgement for so long, everything outstanding is sent again; 0 = off")
      .range(0, kLongest)
      .source(kPublic);
  visit("replay_count", &Self::replay_count,
        "Replays without progress before the transmitter gives up (FLUSH)")
      .range(0, 255)
      .source(kPublic);
  visit("data_age_timeout_ns", &Self::data_age_timeout_ns,
        "FLUSH when a frame waits for its acknowledgement for so long; 0 = off")
      .range(0, kLongest)
      .source(kPublic);
  visit("flush_action", &Self::flush_action, "Frames that come after LLR gave up")
      .names({{"discard", LlrFrameAction::discard},
              {"block", LlrFrameAction::block},
              {"best_effort", LlrFrameAction::best_effort}})
      .source(kPublic);
  visit("re_init_on_flush", &Self::re_init_on_flush,
        "Start again by itself after FLUSH, without management")
      .source(kPublic);
  visit("control_spacing_bytes", &Self::control_spacing_bytes,
        "Line bytes between two acknowledgements, positive or negative")
      .range(8, 65535)
      .source(kPublic);
  visit(
      "failed_frame", &Self::failed_frame,
      "How a frame that an error hit arrives: damaged (asked for at once) or lost (asked for when "
      "the next one comes; the last one of a train only by replay_timer_ns)")
      .names({{"damaged", LlrFailedFrame::damaged}, {"lost", LlrFailedFrame::lost}})
      .assumption("bad FCS and uncorrectable FEC are public triggers, so an error is seen at once");
}

}  // namespace antares::protocols
