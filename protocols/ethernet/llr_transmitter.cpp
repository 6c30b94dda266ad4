// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/llr_transmitter.h"

#include <algorithm>

namespace antares::protocols {
namespace {

Picoseconds after(Picoseconds start_ps, std::uint64_t timeout_ns) {
  return timeout_ns == 0 ? kNever : start_ps + timeout_ns * kPicosecondsPerNanosecond;
}

}  // namespace

void LlrTransmitter::enable(Picoseconds now_ps) {
  if (state_ == LlrTxState::off || state_ == LlrTxState::flush) start_init(now_ps);
}

void LlrTransmitter::disable() {
  clear();
  state_ = LlrTxState::off;
}

void LlrTransmitter::start_init(Picoseconds now_ps) {
  state_ = LlrTxState::init;
  next_sequence_ = 0;
  replays_ = 0;
  init_due_ps_ = now_ps;
}

void LlrTransmitter::clear() {
  counters_.flushed_frames += buffer_.size();
  buffer_.clear();
  buffered_bytes_ = 0;
  replay_at_ = 0;
}

void LlrTransmitter::flush(Picoseconds now_ps) {
  clear();
  state_ = LlrTxState::flush;
  if (config_.re_init_on_flush && pcs_up_) start_init(now_ps);
}

void LlrTransmitter::count_sent(const LlrFrame& frame) {
  ++(frame.check == FrameCheck::poisoned ? counters_.tx_poisoned : counters_.tx_ok);
}

LlrTransmitter::Offer LlrTransmitter::apply(LlrFrameAction action, const LlrFrame& frame) {
  switch (action) {
    case LlrFrameAction::discard:
      ++counters_.tx_discard;
      return {Answer::discarded, {}};
    case LlrFrameAction::block:
      return {Answer::blocked, {}};
    case LlrFrameAction::best_effort:
      break;
  }
  count_sent(frame);
  Offer result{Answer::sent_unprotected, frame};
  result.frame.numbered = false;
  return result;
}

LlrTransmitter::Offer LlrTransmitter::offer(std::uint64_t id, std::uint32_t bytes,
                                            Picoseconds now_ps, bool poisoned) {
  LlrFrame frame;
  frame.id = id;
  frame.bytes = std::max(1u, bytes);
  frame.check = poisoned ? FrameCheck::poisoned : FrameCheck::good;
  switch (state_) {
    case LlrTxState::off:
      return apply(LlrFrameAction::best_effort, frame);
    case LlrTxState::init:
      return apply(config_.init_action, frame);
    case LlrTxState::flush:
      return apply(config_.flush_action, frame);
    case LlrTxState::replay:
      return {};
    case LlrTxState::advance:
      break;
  }
  // A frame larger than the whole buffer goes when nothing else is outstanding: it would never fit.
  const bool room = buffer_.empty() || (buffer_.size() < config_.outstanding_frames &&
                                        buffered_bytes_ + frame.bytes <= config_.outstanding_bytes);
  if (!room) return {};
  frame.sequence = next_sequence_;
  next_sequence_ = (next_sequence_ + 1) & kLlrSequenceMask;
  if (buffer_.empty()) progress_ps_ = now_ps;
  buffer_.push_back({frame, now_ps});
  buffered_bytes_ += frame.bytes;
  count_sent(frame);
  return {Answer::sent, frame};
}

bool LlrTransmitter::carry(std::uint64_t frames, std::uint64_t acks) {
  if (state_ != LlrTxState::advance || !buffer_.empty()) return false;
  next_sequence_ = static_cast<std::uint32_t>(next_sequence_ + frames) & kLlrSequenceMask;
  counters_.tx_ok += frames;
  counters_.rx_ack_ctl_os += acks;
  if (acks != 0) replays_ = 0;
  return true;
}

std::optional<LlrFrame> LlrTransmitter::replay(Picoseconds now_ps) {
  if (state_ != LlrTxState::replay) return std::nullopt;
  std::optional<LlrFrame> frame;
  if (replay_at_ < buffer_.size()) {
    frame = buffer_[replay_at_++].frame;
    count_sent(*frame);
  }
  if (replay_at_ >= buffer_.size()) {
    state_ = LlrTxState::advance;
    ++counters_.tx_replay;
    progress_ps_ = now_ps;
  }
  return frame;
}

std::optional<LlrControlSet> LlrTransmitter::control(Picoseconds now_ps) {
  if (state_ != LlrTxState::init || now_ps < init_due_ps_) return std::nullopt;
  init_due_ps_ = after(now_ps, config_.init_interval_ns);
  ++counters_.tx_init_ctl_os;
  return LlrControlSet{LlrControl::init, 0};
}

void LlrTransmitter::receive(const LlrControlSet& set, Picoseconds now_ps) {
  switch (set.kind) {
    case LlrControl::init_echo:
      ++counters_.rx_init_echo_ctl_os;
      if (state_ == LlrTxState::init) {
        state_ = LlrTxState::advance;
        progress_ps_ = now_ps;
      }
      return;
    case LlrControl::ack:
      ++counters_.rx_ack_ctl_os;
      return acknowledge(set, now_ps);
    case LlrControl::nack:
      ++counters_.rx_nack_ctl_os;
      return acknowledge(set, now_ps);
    case LlrControl::init:
      break;
  }
  ++counters_.ignored_ctl_os;
}

void LlrTransmitter::acknowledge(const LlrControlSet& set, Picoseconds now_ps) {
  if (state_ != LlrTxState::advance && state_ != LlrTxState::replay) {
    // Answers to frames from before the INIT are still on their way.
    ++counters_.ignored_ctl_os;
    return;
  }
  // Frames that the number frees, counted from the one before the oldest outstanding.
  const auto outstanding = static_cast<std::uint32_t>(buffer_.size());
  const std::uint32_t last_freed = next_sequence_ - outstanding - 1;
  const std::uint32_t freed = (set.sequence - last_freed) & kLlrSequenceMask;
  if (freed > outstanding || set.sequence > kLlrSequenceMask) {
    ++counters_.rx_ack_nack_seq_error;
    return;
  }
  for (std::uint32_t i = 0; i < freed; ++i) {
    buffered_bytes_ -= buffer_.front().frame.bytes;
    buffer_.pop_front();
  }
  replay_at_ -= std::min<std::size_t>(replay_at_, freed);
  if (freed != 0) {
    replays_ = 0;
    progress_ps_ = now_ps;
  }
  if (set.kind == LlrControl::nack) {
    start_replay(now_ps);
  } else if (state_ == LlrTxState::replay && replay_at_ >= buffer_.size()) {
    state_ = LlrTxState::advance;
    ++counters_.tx_replay;
  }
}

void LlrTransmitter::start_replay(Picoseconds now_ps) {
  if (buffer_.empty()) {
    // Nothing to repeat: the number alone said that all is well.
    if (state_ == LlrTxState::replay) state_ = LlrTxState::advance;
    return;
  }
  if (replays_ >= config_.replay_count) return flush(now_ps);
  ++replays_;
  replay_at_ = 0;
  state_ = LlrTxState::replay;
}

void LlrTransmitter::pcs(bool up, Picoseconds now_ps) {
  if (pcs_up_ && !up) pcs_down_since_ps_ = now_ps;
  pcs_up_ = up;
  // A transmitter that may restart by itself waited for the link.
  if (up && state_ == LlrTxState::flush && config_.re_init_on_flush) start_init(now_ps);
}

Picoseconds LlrTransmitter::replay_deadline_ps() const {
  if (state_ != LlrTxState::advance || buffer_.empty()) return kNever;
  return after(progress_ps_, config_.replay_timer_ns);
}

Picoseconds LlrTransmitter::age_deadline_ps() const {
  if (buffer_.empty()) return kNever;
  return after(buffer_.front().since_ps, config_.data_age_timeout_ns);
}

Picoseconds LlrTransmitter::pcs_deadline_ps() const {
  if (pcs_up_ || state_ == LlrTxState::off || state_ == LlrTxState::flush) return kNever;
  return after(pcs_down_since_ps_, config_.pcs_lost_timeout_ns);
}

Picoseconds LlrTransmitter::next_event_ps() const {
  const Picoseconds init_ps = state_ == LlrTxState::init ? init_due_ps_ : kNever;
  return std::min({init_ps, replay_deadline_ps(), age_deadline_ps(), pcs_deadline_ps()});
}

void LlrTransmitter::tick(Picoseconds now_ps) {
  if (now_ps >= pcs_deadline_ps() || now_ps >= age_deadline_ps()) return flush(now_ps);
  if (now_ps >= replay_deadline_ps()) start_replay(now_ps);
}

}  // namespace antares::protocols
