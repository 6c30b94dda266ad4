// SPDX-License-Identifier: Apache-2.0
// What the two halves of link layer retry exchange: numbered frames one way, control ordered sets
// of 8 B the other, and the counters of the OCP SAI list (facts/ualink_nvlink.md C.1, SPEC).
// Encodings on the wire are not modelled, only the fields that decide something.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/named_count.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// assumption: the number in the preamble has 20 bits; its width is not in the open profile.
inline constexpr unsigned kLlrSequenceBits = 20;
inline constexpr std::uint32_t kLlrSequenceMask = (1u << kLlrSequenceBits) - 1;
/// public: facts/ualink_nvlink.md C.1, SPEC
inline constexpr std::uint32_t kControlSetBytes = 8;

enum class LlrControl : std::uint8_t { init, init_echo, ack, nack };

/// A control ordered set. `sequence`: the last number received in order (ack, nack); unused else.
struct LlrControlSet {
  LlrControl kind = LlrControl::init;
  std::uint32_t sequence = 0;
};

/// How a frame check sequence was found. Poisoned: sent with a deliberately wrong one.
enum class FrameCheck : std::uint8_t { good, poisoned, bad };

struct LlrFrame {
  std::uint64_t id = 0;  ///< the caller's name for it
  std::uint32_t bytes = 0;
  std::uint32_t sequence = 0;
  bool numbered = true;  ///< false: sent without protection
  FrameCheck check = FrameCheck::good;
};

/// Both halves count into a struct of this kind, each its own rows; a port adds the two.
struct LlrCounters {
  // Transmitter half.
  std::uint64_t tx_init_ctl_os = 0;
  std::uint64_t tx_ok = 0;
  std::uint64_t tx_poisoned = 0;
  std::uint64_t tx_discard = 0;  ///< offered in INIT or FLUSH where the action is discard
  std::uint64_t tx_replay = 0;   ///< replays completed
  std::uint64_t rx_init_echo_ctl_os = 0;
  std::uint64_t rx_ack_ctl_os = 0;
  std::uint64_t rx_nack_ctl_os = 0;
  std::uint64_t rx_ack_nack_seq_error = 0;
  // Receiver half.
  std::uint64_t rx_init_ctl_os = 0;
  std::uint64_t tx_init_echo_ctl_os = 0;
  std::uint64_t tx_ack_ctl_os = 0;
  std::uint64_t tx_nack_ctl_os = 0;
  std::uint64_t rx_ok = 0;
  std::uint64_t rx_poisoned = 0;
  std::uint64_t rx_bad = 0;
  std::uint64_t rx_expected_seq_good = 0;
  std::uint64_t rx_expected_seq_poisoned = 0;
  std::uint64_t rx_expected_seq_bad = 0;
  std::uint64_t rx_missing_seq = 0;
  std::uint64_t rx_duplicate_seq = 0;
  std::uint64_t rx_replay = 0;
  // Beyond the SAI list, so that nothing vanishes uncounted.
  std::uint64_t flushed_frames = 0;      ///< thrown out of the replay buffer by FLUSH or disable
  std::uint64_t ignored_ctl_os = 0;      ///< not meant for this half, unknown, or in a wrong state
  std::uint64_t unnumbered_refused = 0;  ///< unprotected frames that arrived damaged
};

/// The SAI list of one link direction by name, and what is beyond it; the sum of both halves.
std::vector<NamedCount> llr_counts(const LlrCounters& transmitter, const LlrCounters& receiver);

}  // namespace antares::protocols
