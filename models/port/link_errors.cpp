// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/link_errors.h"

#include <algorithm>

namespace antares::models {
namespace {

constexpr protocols::VcId kOnlyVc{0};
constexpr auto kOnlyClass = protocols::TrafficClass::posted;

std::unique_ptr<protocols::CreditLedger> buffer_of(std::uint32_t units) {
  protocols::CreditLedgerConfig config;
  config.virtual_channels = 1;
  config.grants.resize(protocols::kTrafficClasses);
  config.grants[static_cast<unsigned>(kOnlyClass)].dedicated.header = units;
  return std::make_unique<protocols::CreditLedger>(config);
}

}  // namespace

LinkErrors::LinkErrors(const protocols::LinkPolicy& policy, const protocols::ErrorConfig& config,
                       protocols::RandomStream stream, Picoseconds crossing_ps,
                       Picoseconds training_ps)
    : policy_(&policy),
      model_(config, std::move(stream)),
      replay_(policy.make_replay()),
      crossing_ps_(crossing_ps),
      training_ps_(training_ps),
      unit_bytes_(policy.replay_unit_bytes()),
      until_failure_(model_.units_until_failure()) {
  if (replay_ != nullptr) buffer_ = buffer_of(replay_->depth_units());
}

void LinkErrors::suffer(const UnitFault& fault) {
  if (fault.kind == UnitFault::Kind::poison) {
    to_poison_ += fault.count;
    return;
  }
  if (replay_ == nullptr) return;  // nothing of it can fail
  model_.fail_next(fault.count);
  until_failure_ = model_.units_until_failure();
}

std::uint64_t LinkErrors::units_of(const TrainCost& cost) const {
  return unit_bytes_ == 0 ? cost.wire.link_packets
                          : (started_bytes_ + cost.wire.occupied_bytes()) / unit_bytes_;
}

Picoseconds LinkErrors::unit_ps(const TrainCost& cost) const {
  const Picoseconds unit = unit_bytes_ == 0 ? cost.occupancy.whole_ps / cost.wire.link_packets
                                            : policy_->rate().occupancy_ps(unit_bytes_);
  return std::max<Picoseconds>(unit, 1);
}

Picoseconds LinkErrors::room_at(const TrainCost& cost, Picoseconds at_ps) const {
  if (replay_ == nullptr) return at_ps;
  if (blocked()) return protocols::kNever;
  const auto units =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(units_of(cost), depth_units()));
  return buffer_->available_at(kOnlyVc, kOnlyClass, {units, 0}, at_ps);
}

void LinkErrors::carry(std::uint64_t units) {
  counts_.units += units;
  counts_.repaired += model_.repaired_among(units);
  replay_->carried(units);
}

void LinkErrors::carry_unprotected(std::uint64_t units) {
  counts_.units += units;
  for (; units >= until_failure_; until_failure_ = model_.units_until_failure()) {
    units -= until_failure_;
    ++counts_.failed;
    ++counts_.unprotected;
    lost_ = true;
  }
  until_failure_ -= units;
}

void LinkErrors::restart() {
  if (replay_ == nullptr) return;
  replay_->restart();
  blocked_ = unprotected_ = false;
}

void LinkErrors::give_up(const protocols::Recovery& recovery, Sent& sent,
                         protocols::LinkTiming& timing) {
  using protocols::GaveUp;
  // Until then it was sent again and again, and nothing new behind it.
  if (recovery.accepted_ps > timing.free_ps()) {
    counts_.lost_ps += recovery.accepted_ps - timing.free_ps();
    timing.hold_until(recovery.accepted_ps);
  }
  // Where the link goes down it is still on the way then, and lost with it.
  sent.head_ps = sent.first_tail_ps = sent.tail_ps = recovery.accepted_ps + 1;
  held_until_ps_ = std::max(held_until_ps_, sent.tail_ps);  // whatever comes behind is behind it
  ++counts_.gave_up;
  why_gave_up_ = recovery.why;
  gave_up_ps_ = recovery.accepted_ps;
  const GaveUp after = after_giving_up();
  const bool goes_down = after == GaveUp::reset || after == GaveUp::hold_down;
  lost_ = !goes_down;
  blocked_ = goes_down || after == GaveUp::block;
  unprotected_ = after == GaveUp::unprotected;
}

Sent LinkErrors::in_order(Sent sent) const {
  sent.head_ps = std::max(sent.head_ps, held_until_ps_);
  sent.first_tail_ps = std::max(sent.first_tail_ps, held_until_ps_);
  sent.tail_ps = std::max(sent.tail_ps, held_until_ps_);
  return sent;
}

Sent LinkErrors::suffer(const TrainCost& cost, Sent sent, protocols::LinkTiming& timing) {
  if (replay_ == nullptr) return sent;
  const std::uint64_t units = units_of(cost);
  if (unit_bytes_ != 0)
    started_bytes_ = (started_bytes_ + cost.wire.occupied_bytes()) % unit_bytes_;
  if (unprotected_) {
    carry_unprotected(units);
    return in_order(sent);
  }
  const auto buffered = static_cast<std::uint32_t>(std::min<std::uint64_t>(units, depth_units()));
  buffer_->consume(kOnlyVc, kOnlyClass, {buffered, 0}, sent.start_ps);
  const Picoseconds first_in_ps = sent.first_tail_ps;
  std::uint64_t done = 0;
  while (units - done >= until_failure_) {
    const std::uint64_t good = until_failure_ - 1;
    carry(good);
    done += good;
    done += 1 + fail(cost, done, units, sent, timing);
    until_failure_ = model_.units_until_failure();
  }
  carry(units - done);
  until_failure_ -= units - done;
  sent = in_order(sent);
  const Picoseconds back = replay_->acknowledge_ps() + crossing_ps_;
  buffer_->give_back(kOnlyVc, kOnlyClass, {buffered, 0},
                     std::min(std::max(first_in_ps, held_until_ps_), sent.tail_ps) + back,
                     sent.tail_ps + back);
  return sent;
}

std::uint64_t LinkErrors::fail(const TrainCost& cost, std::uint64_t index, std::uint64_t units,
                               Sent& sent, protocols::LinkTiming& timing) {
  protocols::ReplayEpisode episode;
  episode.unit_ps = unit_ps(cost);
  // The train's units end when the link is free again; a unit shared with the train before it may
  // begin earlier than the train.
  const Picoseconds rest = (units - index) * episode.unit_ps;
  episode.start_ps = sent.free_ps > rest ? sent.free_ps - rest : 0;
  episode.crossing_ps = crossing_ps_;
  episode.training_ps = training_ps_;
  episode.following = units - index - 1;
  const protocols::Recovery recovery = replay_->recover(episode, model_);
  ++counts_.units;
  ++counts_.failed;
  counts_.resent += recovery.units_resent;
  counts_.lost_ps += recovery.lost_ps;
  timing.delay(recovery.lost_ps);
  if (recovery.restart_ps > timing.free_ps()) {
    // Nothing more of this train: what another would send until then is sent again, too.
    counts_.lost_ps += recovery.restart_ps - timing.free_ps();
    timing.delay(recovery.restart_ps - timing.free_ps());
  }
  if (!recovery.recovered) give_up(recovery, sent, timing);
  sent.free_ps = timing.free_ps();
  const auto moved = [&](Picoseconds at_ps) {
    return std::max(at_ps + recovery.lost_ps, recovery.accepted_ps);
  };
  const std::uint64_t first_units =
      unit_bytes_ == 0 ? 1 : (cost.wire.first_bytes + unit_bytes_ - 1) / unit_bytes_;
  trained_ps_.insert(trained_ps_.end(), recovery.trained_ps.begin(), recovery.trained_ps.end());
  if (recovery.recovered) {
    if (index == 0) sent.head_ps = moved(sent.head_ps);
    if (index < first_units) sent.first_tail_ps = moved(sent.first_tail_ps);
    sent.tail_ps = std::max(moved(sent.tail_ps), recovery.held_until_ps);
  }
  held_until_ps_ = std::max(held_until_ps_, recovery.held_until_ps);
  std::uint64_t dealt_with = recovery.units_new > 1 ? recovery.units_new - 1 : 0;
  if (!recovery.recovered) dealt_with = units - index - 1;  // lost with it
  counts_.units += dealt_with;
  return dealt_with;
}

}  // namespace antares::models
