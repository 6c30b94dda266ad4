// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/go_back_n.h"

#include <algorithm>
#include <cassert>

namespace antares::protocols {

ReplayTransmitter::ReplayTransmitter(const GoBackNConfig& config, ReplayCounts& counts)
    : config_(config), ring_(config), counts_(counts), oldest_(ring_.first()) {}

std::uint32_t ReplayTransmitter::send(Picoseconds now_ps) {
  assert(replaying() || can_send_new());
  if (replaying()) {
    ++counts_.resent;
    return ring_.plus(oldest_, again_++);
  }
  ++counts_.units;
  if (held_ == 0) deadline_ps_ = now_ps + config_.timeout_ps;
  return ring_.plus(oldest_, held_++);
}

void ReplayTransmitter::release(std::uint32_t units, Picoseconds now_ps) {
  if (units == 0) return;
  oldest_ = ring_.plus(oldest_, units);
  held_ -= units;
  again_ -= std::min(again_, units);
  again_end_ -= std::min(again_end_, units);
  fruitless_ = 0;
  deadline_ps_ = now_ps + config_.timeout_ps;
}

void ReplayTransmitter::on_ack(std::uint32_t number, Picoseconds now_ps) {
  if (gave_up()) return;
  // One before the oldest repeats the last acknowledgement and is no error.
  const std::uint32_t units = ring_.exists(number) ? ring_.distance(oldest_, ring_.plus(number, 1))
                                                   : config_.depth_units + 1;
  if (units > held_) {
    ++counts_.bad_sequence;
    return;
  }
  release(units, now_ps);
}

void ReplayTransmitter::on_request(std::uint32_t number, bool one_only, Picoseconds now_ps) {
  if (gave_up() || ignoring_ > 0) return;
  if (!ring_.exists(number) || ring_.distance(oldest_, number) > held_) {
    ++counts_.bad_sequence;
    return;
  }
  release(ring_.distance(oldest_, number), now_ps);  // everything before it has arrived
  // The number that was not sent yet: a copy of something that had arrived broke, nothing is
  // missing.
  if (held_ == 0) return;
  ignoring_ = config_.ignored_units;
  replay(0, one_only ? 1 : held_, now_ps, "replays that were asked for brought no progress");
}

void ReplayTransmitter::replay(std::uint32_t from, std::uint32_t to, Picoseconds now_ps,
                               const char* reason) {
  if (fruitless_ == config_.limit) {
    ++counts_.gave_up;
    again_ = again_end_ = 0;
    why_ = reason;
    return;
  }
  ++fruitless_;
  again_ = from;
  again_end_ = to;
  deadline_ps_ = now_ps + config_.timeout_ps;
}

void ReplayTransmitter::on_units_received(std::uint64_t units) {
  ignoring_ -= std::min(ignoring_, units);
}

void ReplayTransmitter::on_time(Picoseconds now_ps) {
  if (now_ps < deadline_ps()) return;
  ++counts_.timeouts;
  replay(0, held_, now_ps, "no acknowledgement came within the timeout, as often as allowed");
}

void ReplayTransmitter::skip(std::uint64_t units) {
  assert(held_ == 0);
  counts_.units += units;
  oldest_ = ring_.plus(oldest_, units);
}

void ReplayTransmitter::settle() {
  oldest_ = ring_.plus(oldest_, held_);
  held_ = again_ = again_end_ = fruitless_ = 0;
  ignoring_ = 0;
}

ReplayReceiver::ReplayReceiver(const GoBackNConfig& config, ReplayCounts& counts)
    : config_(config), ring_(config), counts_(&counts), expected_(ring_.first()) {
  if (config.scheme == ReplayScheme::selective)
    holds_.resize(std::size_t{1} << config.sequence_bits);
}

std::optional<ReplayMessage> ReplayReceiver::ask() {
  if (config_.scheme == ReplayScheme::timeout_only) return std::nullopt;
  if (asked_ && repeats_ == config_.request_repeats) return std::nullopt;  // the timer's turn
  repeats_ = asked_ ? repeats_ + 1 : 0;
  asked_ = true;
  farthest_ = 0;
  ++counts_->requests;
  return ReplayMessage{true, config_.scheme == ReplayScheme::selective, expected_};
}

std::optional<ReplayMessage> ReplayReceiver::arrive(bool whole, std::uint32_t number) {
  handed_up_ = 0;
  if (!whole) {
    ++counts_->failed;
    return asked_ ? std::nullopt : ask();
  }
  const std::uint32_t ahead =
      ring_.exists(number) ? ring_.distance(expected_, number) : ~std::uint32_t{0};
  if (ahead == ~std::uint32_t{0}) {
    ++counts_->bad_sequence;
    return std::nullopt;
  }
  if (ahead >= config_.depth_units) {
    // It came before: acknowledged again, since that acknowledgement may be what was lost.
    ++counts_->duplicates;
    return ReplayMessage{
        false, false,
        ring_.plus(expected_, (1u << config_.sequence_bits) - (config_.zero_reserved ? 2 : 1))};
  }
  if (ahead != 0) {
    const bool held = !holds_.empty() && holds_[number];
    ++(held ? counts_->duplicates : counts_->out_of_order);
    if (!holds_.empty()) holds_[number] = true;
    // A number that is not beyond the last one: the replay has begun, and what was asked for was
    // lost again.
    const bool again = asked_ && ahead <= farthest_;
    farthest_ = std::max(farthest_, ahead);
    return !asked_ || again ? ask() : std::nullopt;
  }
  std::uint32_t last = expected_;
  do {
    if (!holds_.empty()) holds_[expected_] = false;
    last = expected_;
    expected_ = ring_.plus(expected_, 1);
    ++handed_up_;
  } while (!holds_.empty() && holds_[expected_]);
  asked_ = false;
  repeats_ = 0;
  const std::uint32_t beyond =
      holds_.empty() || farthest_ < handed_up_ ? 0 : farthest_ - handed_up_;
  farthest_ = 0;
  if (beyond == 0) return ReplayMessage{false, false, last};
  // What came later is held already: there is another gap, and nothing need come to show it. A
  // request acknowledges what is before it, too.
  const std::optional<ReplayMessage> again = ask();
  farthest_ = beyond;
  return again;
}

}  // namespace antares::protocols
