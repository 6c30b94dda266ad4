// SPDX-License-Identifier: Apache-2.0
// Receiving half of Ethernet link layer retry: passes on frames in the order of their numbers, each
// once, acknowledges them cumulatively, and asks once for a replay when one is missing or damaged.
// Follows the OCP SAI proposal (facts/ualink_nvlink.md C.1, SPEC); what it leaves open is marked
// assumption. Pure: `line_bytes` is the position on the return line in bytes since its start, idle
// included, and does not go backwards; no clock is needed. Anything may arrive.
#pragma once
#include <cstdint>
#include <optional>

#include "antares/protocols/ethernet/llr_config.h"
#include "antares/protocols/ethernet/llr_types.h"

namespace antares::protocols {

enum class LlrRxState : std::uint8_t { off, send_acks, send_nack, nack_sent };

class LlrReceiver {
 public:
  explicit LlrReceiver(const LlrConfig& config) : config_(config) {}

  /// Allows INIT to be accepted; the receiver stays OFF until one comes.
  void enable() { enabled_ = true; }
  void disable();

  /// True: the frame goes to the layer above.
  bool receive(const LlrFrame& frame);
  void receive(const LlrControlSet& set);
  /// So many good frames in order, answered by so many ACKs, at once: the same as one by one. Only
  /// in SEND_ACKS; else false, and no change.
  bool carry(std::uint64_t frames, std::uint64_t acks);
  /// The next control ordered set to send back, if its time has come: INIT_ECHO at once,
  /// acknowledgements at the spacing of the profile.
  std::optional<LlrControlSet> control(std::uint64_t line_bytes);
  /// Position from which control() has something to send; the largest number if nothing is due.
  std::uint64_t control_due_line_bytes() const;

  LlrRxState state() const { return state_; }
  std::uint32_t expected_sequence() const { return expected_; }
  const LlrCounters& counters() const { return counters_; }

 private:
  bool receive_unnumbered(const LlrFrame& frame);
  bool receive_expected(const LlrFrame& frame);

  LlrConfig config_;
  LlrRxState state_ = LlrRxState::off;
  bool enabled_ = false;
  bool echo_due_ = false;
  bool ack_due_ = false;
  bool sent_any_ = false;
  std::uint32_t expected_ = 0;
  std::uint64_t last_sent_line_bytes_ = 0;
  LlrCounters counters_;
};

}  // namespace antares::protocols
