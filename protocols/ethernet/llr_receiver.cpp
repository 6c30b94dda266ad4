// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/llr_receiver.h"

#include <limits>

namespace antares::protocols {

void LlrReceiver::disable() {
  enabled_ = false;
  state_ = LlrRxState::off;
  echo_due_ = ack_due_ = false;
}

void LlrReceiver::receive(const LlrControlSet& set) {
  if (set.kind != LlrControl::init) {
    ++counters_.ignored_ctl_os;
    return;
  }
  ++counters_.rx_init_ctl_os;
  if (!enabled_) return;
  state_ = LlrRxState::send_acks;
  expected_ = 0;
  echo_due_ = true;
  ack_due_ = false;
}

bool LlrReceiver::receive_unnumbered(const LlrFrame& frame) {
  if (frame.check != FrameCheck::bad) return true;
  ++counters_.unnumbered_refused;
  return false;
}

bool LlrReceiver::receive(const LlrFrame& frame) {
  if (!frame.numbered || state_ == LlrRxState::off) return receive_unnumbered(frame);
  switch (frame.check) {
    case FrameCheck::good:
      ++counters_.rx_ok;
      break;
    case FrameCheck::poisoned:
      ++counters_.rx_poisoned;
      break;
    case FrameCheck::bad:
      ++counters_.rx_bad;
      break;
  }
  const std::uint32_t ahead = (frame.sequence - expected_) & kLlrSequenceMask;
  if (ahead == 0) return receive_expected(frame);
  if (ahead > kLlrSequenceMask / 2) {
    ++counters_.rx_duplicate_seq;
    // The acknowledgement may have been lost: without another one the sender repeats for ever.
    if (state_ == LlrRxState::send_acks) ack_due_ = true;
    return false;
  }
  ++counters_.rx_missing_seq;
  // One NACK for a gap: after it everything is dropped in silence until the expected number comes.
  if (state_ == LlrRxState::send_acks) state_ = LlrRxState::send_nack;
  return false;
}

bool LlrReceiver::carry(std::uint64_t frames, std::uint64_t acks) {
  if (state_ != LlrRxState::send_acks) return false;
  expected_ = static_cast<std::uint32_t>(expected_ + frames) & kLlrSequenceMask;
  counters_.rx_ok += frames;
  counters_.rx_expected_seq_good += frames;
  counters_.tx_ack_ctl_os += acks;
  if (acks != 0) ack_due_ = false;
  return true;
}

bool LlrReceiver::receive_expected(const LlrFrame& frame) {
  if (state_ == LlrRxState::nack_sent) ++counters_.rx_replay;
  if (frame.check == FrameCheck::bad) {
    ++counters_.rx_expected_seq_bad;
    // assumption: a replay that is damaged again is asked for again.
    state_ = LlrRxState::send_nack;
    return false;
  }
  ++(frame.check == FrameCheck::good ? counters_.rx_expected_seq_good
                                     : counters_.rx_expected_seq_poisoned);
  expected_ = (expected_ + 1) & kLlrSequenceMask;
  state_ = LlrRxState::send_acks;
  ack_due_ = true;
  return true;
}

std::uint64_t LlrReceiver::control_due_line_bytes() const {
  if (echo_due_) return 0;
  const bool due = state_ == LlrRxState::send_nack || (state_ == LlrRxState::send_acks && ack_due_);
  if (!due) return std::numeric_limits<std::uint64_t>::max();
  return sent_any_ ? last_sent_line_bytes_ + config_.control_spacing_bytes : 0;
}

std::optional<LlrControlSet> LlrReceiver::control(std::uint64_t line_bytes) {
  if (line_bytes < control_due_line_bytes()) return std::nullopt;
  if (echo_due_) {
    // assumption: the answer to INIT does not wait for the spacing of acknowledgements.
    echo_due_ = false;
    ++counters_.tx_init_echo_ctl_os;
    return LlrControlSet{LlrControl::init_echo, 0};
  }
  const std::uint32_t last_good = (expected_ - 1) & kLlrSequenceMask;
  sent_any_ = true;
  last_sent_line_bytes_ = line_bytes;
  ack_due_ = false;
  if (state_ == LlrRxState::send_nack) {
    state_ = LlrRxState::nack_sent;
    ++counters_.tx_nack_ctl_os;
    return LlrControlSet{LlrControl::nack, last_good};
  }
  ++counters_.tx_ack_ctl_os;
  return LlrControlSet{LlrControl::ack, last_good};
}

}  // namespace antares::protocols
