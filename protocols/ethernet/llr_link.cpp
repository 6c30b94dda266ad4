// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/llr_link.h"

#include <algorithm>

#include "antares/protocols/ethernet/line_position.h"

namespace antares::protocols {
namespace {

/// INIT: it began again by itself.
bool link_flushed(LlrTxState state) {
  return state == LlrTxState::flush || state == LlrTxState::init;
}

constexpr const char* kFlushed =
    "Ethernet LLR: gave up (FLUSH), more than llr.replay_count replays without progress, or data "
    "older than llr.data_age_timeout_ns";
constexpr const char* kNobodyAsks =
    "Ethernet LLR: a lost frame that nothing asks for again; llr.replay_timer_ns is 0";

}  // namespace

/// Both ends and the line between them, until they are in step again.
class LlrLink::Episode {
 public:
  Episode(LlrLink& link, const ReplayEpisode& about, UnitFates& fates, Picoseconds begin_ps)
      : link_(link),
        about_(about),
        fates_(fates),
        begin_ps_(begin_ps),
        unit_ps_(std::max<Picoseconds>(1, about.unit_ps)),
        unit_bytes_(static_cast<std::uint32_t>(
            std::clamp<std::uint64_t>(line_bytes_at(link.per_byte_, unit_ps_), 1, 1u << 20))),
        line_free_ps_(begin_ps) {}

  /// False: gave up.
  bool run(Recovery& recovery);
  Picoseconds now_ps() const { return now_ps_; }

 private:
  template <class What>
  struct Travelling {
    Picoseconds arrives_ps;
    What what;
  };

  bool in_step() const {
    return arriving_.empty() && back_.empty() && offered_ != 0 &&
           link_.tx_.state() == LlrTxState::advance && link_.tx_.outstanding_frames() == 0;
  }
  bool may_offer() const {
    return link_.tx_.state() == LlrTxState::advance && !replayed_ && !blocked_ &&
           offered_ <= about_.following;
  }
  void send(Recovery& recovery);
  void put_on_line(LlrFrame frame);
  void arrive(Recovery& recovery);
  void hear();
  void answer();

  LlrLink& link_;
  const ReplayEpisode& about_;
  UnitFates& fates_;
  Picoseconds begin_ps_;
  Picoseconds unit_ps_;
  std::uint32_t unit_bytes_;
  Picoseconds line_free_ps_;
  Picoseconds now_ps_ = 0;
  std::uint64_t offered_ = 0;
  bool replayed_ = false;
  bool blocked_ = false;  ///< the window is full
  std::deque<Travelling<LlrFrame>> arriving_;
  std::deque<Travelling<LlrControlSet>> back_;
};

void LlrLink::Episode::put_on_line(LlrFrame frame) {
  // The first one is known to fail: the episode is about it.
  const bool fails = offered_ == 1 && !replayed_ ? true : fates_.next_fails();
  line_free_ps_ = now_ps_ + unit_ps_;
  if (fails) {
    ++link_.counts_.failed;
    if (link_.config_.failed_frame == LlrFailedFrame::lost) return;
    frame.check = FrameCheck::bad;
  }
  arriving_.push_back({line_free_ps_ + about_.crossing_ps, frame});
}

void LlrLink::Episode::send(Recovery& recovery) {
  if (link_.tx_.state() == LlrTxState::replay) {
    replayed_ = true;
    if (const auto frame = link_.tx_.replay(now_ps_)) {
      ++recovery.units_resent;
      if (frame->id == 0) ++recovery.attempts;
      put_on_line(*frame);
    }
    return;
  }
  const LlrTransmitter::Offer offer = link_.tx_.offer(offered_, unit_bytes_, now_ps_);
  blocked_ = offer.answer != LlrTransmitter::Answer::sent;
  if (blocked_) return;
  ++offered_;
  ++link_.counts_.units;
  put_on_line(offer.frame);
}

void LlrLink::Episode::arrive(Recovery& recovery) {
  const LlrFrame frame = arriving_.front().what;
  arriving_.pop_front();
  if (link_.rx_.receive(frame) && frame.id == 0)
    recovery.accepted_ps = recovery.held_until_ps = now_ps_;
}

void LlrLink::Episode::answer() {
  if (const auto set = link_.rx_.control(line_bytes_at(link_.per_byte_, now_ps_)))
    back_.push_back({now_ps_ + about_.crossing_ps, *set});
}

void LlrLink::Episode::hear() {
  link_.tx_.receive(back_.front().what, now_ps_);
  back_.pop_front();
  blocked_ = false;
}

bool LlrLink::Episode::run(Recovery& recovery) {
  now_ps_ = begin_ps_;
  while (!in_step()) {
    const bool sends = may_offer() || link_.tx_.state() == LlrTxState::replay;
    const Picoseconds send_ps = sends ? std::max(line_free_ps_, now_ps_) : kNever;
    const Picoseconds arrive_ps = arriving_.empty() ? kNever : arriving_.front().arrives_ps;
    const Picoseconds hear_ps = back_.empty() ? kNever : back_.front().arrives_ps;
    const Picoseconds due_ps = line_time_ps(link_.per_byte_, link_.rx_.control_due_line_bytes());
    const Picoseconds answer_ps = due_ps == kNever ? kNever : std::max(due_ps, now_ps_);
    const Picoseconds timer_ps = link_.tx_.next_event_ps();
    const Picoseconds next_ps = std::min({send_ps, arrive_ps, hear_ps, answer_ps, timer_ps});
    if (next_ps == kNever) {
      recovery.why = kNobodyAsks;
      return false;
    }
    now_ps_ = std::max(now_ps_, next_ps);
    // At one instant what arrives comes first: it may change what is sent.
    if (arrive_ps == next_ps) {
      arrive(recovery);
    } else if (answer_ps == next_ps) {
      answer();
    } else if (hear_ps == next_ps) {
      hear();
    } else if (timer_ps == next_ps) {
      link_.tx_.tick(now_ps_);
      if (link_.tx_.state() == LlrTxState::replay) ++link_.counts_.timeouts;
    } else {
      send(recovery);
    }
    if (link_flushed(link_.tx_.state())) {
      recovery.why = kFlushed;
      return false;
    }
  }
  recovery.units_new = offered_;
  const Picoseconds without_ps = begin_ps_ + offered_ * unit_ps_;
  recovery.lost_ps = line_free_ps_ > without_ps ? line_free_ps_ - without_ps : 0;
  recovery.restart_ps = line_free_ps_;
  return true;
}

LlrLink::LlrLink(const LlrConfig& config, const LinkRate& rate, std::uint32_t frame_bytes)
    : config_(config),
      per_byte_(rate.per_byte),
      frame_bytes_(std::max(1u, frame_bytes)),
      tx_(config),
      rx_(config) {
  rx_.enable();
  start();
}

void LlrLink::start() {
  if (tx_.state() != LlrTxState::off && tx_.state() != LlrTxState::init) tx_.disable();
  tx_.enable(now_ps_);
  now_ps_ = std::max(now_ps_, tx_.next_event_ps());
  const auto init = tx_.control(now_ps_);
  if (!init) return;
  rx_.receive(*init);
  if (const auto echo = rx_.control(line_bytes_at(per_byte_, now_ps_))) tx_.receive(*echo, now_ps_);
}

void LlrLink::carried(std::uint64_t units) {
  // One ACK a spacing, or a frame if that is longer. Frames of a train are full but for the last.
  const std::uint64_t spacing = config_.control_spacing_bytes;
  const std::uint64_t acks =
      frame_bytes_ >= spacing ? units : (units * frame_bytes_ + spacing - 1) / spacing;
  counts_.units += units;
  tx_.carry(units, acks);
  rx_.carry(units, acks);
}

Recovery LlrLink::recover(const ReplayEpisode& episode, UnitFates& fates) {
  // Episodes may overlap on the caller's clock; that of the state machines never goes back.
  const Picoseconds begin_ps = std::max(now_ps_, episode.start_ps);
  const Picoseconds shift_ps = begin_ps - episode.start_ps;
  Recovery recovery;
  Episode run(*this, episode, fates, begin_ps);
  recovery.recovered = run.run(recovery);
  now_ps_ = run.now_ps();
  counts_.resent += recovery.units_resent;
  if (recovery.recovered) {
    recovery.restart_ps -= shift_ps;
    recovery.accepted_ps -= shift_ps;
    recovery.held_until_ps -= shift_ps;
  } else {
    ++counts_.gave_up;
    recovery.accepted_ps = recovery.held_until_ps = now_ps_ - shift_ps;
    // Where nobody asked for what is missing, the transmitter still waits: as before any training.
    const bool flushed = link_flushed(tx_.state());
    gave_up_ = flushed ? after_flush() : GaveUp::reset;
    if (tx_.state() != LlrTxState::flush) start();
  }
  add_counts();
  return recovery;
}

GaveUp LlrLink::after_flush() const {
  if (config_.re_init_on_flush) return GaveUp::restart;
  switch (config_.flush_action) {
    case LlrFrameAction::discard:
      return GaveUp::hold_down;
    case LlrFrameAction::block:
      return GaveUp::block;
    case LlrFrameAction::best_effort:
      break;
  }
  return GaveUp::unprotected;
}

void LlrLink::add_counts() {
  counts_.requests = rx_.counters().tx_nack_ctl_os;
  counts_.duplicates = rx_.counters().rx_duplicate_seq;
  counts_.out_of_order = rx_.counters().rx_missing_seq;
  counts_.bad_sequence = tx_.counters().rx_ack_nack_seq_error;
}

std::uint32_t LlrLink::depth_units() const {
  return std::max(1u,
                  std::min(config_.outstanding_frames, config_.outstanding_bytes / frame_bytes_));
}

Picoseconds LlrLink::acknowledge_ps() const {
  return line_time_ps(per_byte_, config_.control_spacing_bytes);
}

void LlrLink::from_peer(const LlrControlSet& set) {
  tx_.receive(set, now_ps_);
  add_counts();
}

std::vector<NamedCount> llr_counts(const LlrCounters& transmitter, const LlrCounters& receiver) {
  static const std::pair<const char*, std::uint64_t LlrCounters::*> kNames[] = {
      {"tx_init_ctl_os", &LlrCounters::tx_init_ctl_os},
      {"tx_ok", &LlrCounters::tx_ok},
      {"tx_poisoned", &LlrCounters::tx_poisoned},
      {"tx_discard", &LlrCounters::tx_discard},
      {"tx_replay", &LlrCounters::tx_replay},
      {"rx_init_echo_ctl_os", &LlrCounters::rx_init_echo_ctl_os},
      {"rx_ack_ctl_os", &LlrCounters::rx_ack_ctl_os},
      {"rx_nack_ctl_os", &LlrCounters::rx_nack_ctl_os},
      {"rx_ack_nack_seq_error", &LlrCounters::rx_ack_nack_seq_error},
      {"rx_init_ctl_os", &LlrCounters::rx_init_ctl_os},
      {"tx_init_echo_ctl_os", &LlrCounters::tx_init_echo_ctl_os},
      {"tx_ack_ctl_os", &LlrCounters::tx_ack_ctl_os},
      {"tx_nack_ctl_os", &LlrCounters::tx_nack_ctl_os},
      {"rx_ok", &LlrCounters::rx_ok},
      {"rx_poisoned", &LlrCounters::rx_poisoned},
      {"rx_bad", &LlrCounters::rx_bad},
      {"rx_expected_seq_good", &LlrCounters::rx_expected_seq_good},
      {"rx_expected_seq_poisoned", &LlrCounters::rx_expected_seq_poisoned},
      {"rx_expected_seq_bad", &LlrCounters::rx_expected_seq_bad},
      {"rx_missing_seq", &LlrCounters::rx_missing_seq},
      {"rx_duplicate_seq", &LlrCounters::rx_duplicate_seq},
      {"rx_replay", &LlrCounters::rx_replay},
      {"flushed_frames", &LlrCounters::flushed_frames},
      {"ignored_ctl_os", &LlrCounters::ignored_ctl_os},
      {"unnumbered_refused", &LlrCounters::unnumbered_refused},
  };
  std::vector<NamedCount> counts;
  for (const auto& [name, field] : kNames)
    counts.push_back({name, transmitter.*field + receiver.*field});
  return counts;
}

}  // namespace antares::protocols
