// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/go_back_n_link.h"

#include <algorithm>
#include <deque>

namespace antares::protocols {
namespace {

/// A line so bad that both ends are not in step after so many units needs training, not replay.
constexpr std::uint64_t kMostUnits = 1u << 20;

}  // namespace

class GoBackNEpisode {
 public:
  GoBackNEpisode(GoBackNLink& link, const ReplayEpisode& episode, UnitFates& fates)
      : tx_(link.transmitter_),
        rx_(link.receiver_),
        config_(link.config_),
        episode_(episode),
        fates_(fates),
        new_units_(episode.following),
        line_free_(episode.start_ps),
        counted_(episode.start_ps) {}

  Recovery run() {
    send(episode_.start_ps, false);
    forward_.back().whole = false;  // that is why there is an episode
    while (!settled()) {
      if (tx_.gave_up()) {
        if (!train_anew()) return fail(tx_.why());
        continue;
      }
      const Picoseconds now = next_event();
      if (sent_ > kMostUnits) return fail("the line is too bad: no end of failures");
      if (now == ReplayTransmitter::kNever) return fail("nothing is left to wait for");
      step(now);
    }
    tx_.settle();
    if (config_.scheme != ReplayScheme::selective || !recovery_.trained_ps.empty())
      recovery_.restart_ps = line_free_;  // behind the last unit that was sent again
    return recovery_;
  }

 private:
  struct Unit {
    Picoseconds at_ps;
    std::uint32_t number;
    bool whole;
  };
  struct Message {
    Picoseconds at_ps;
    ReplayMessage text;
  };

  bool wants_to_send() const {
    return tx_.replaying() || (new_units_ > 0 && trouble_ && tx_.can_send_new());
  }
  Picoseconds next_event() const {
    Picoseconds next = tx_.deadline_ps();
    if (!forward_.empty()) next = std::min(next, forward_.front().at_ps);
    if (!back_.empty()) next = std::min(next, back_.front().at_ps);
    if (wants_to_send()) next = std::min(next, may_send_ps());
    return next;
  }
  Picoseconds may_send_ps() const { return std::max({line_free_, now_, trained_ps_}); }
  /// What arrives goes before what leaves at the same time.
  void step(Picoseconds now) {
    now_ = now;
    if (!forward_.empty() && forward_.front().at_ps <= now) {
      arrive();
    } else if (!back_.empty() && back_.front().at_ps <= now) {
      hear();
    } else if (tx_.deadline_ps() <= now) {
      tx_.on_time(now);
    } else {
      send(may_send_ps(), true);
    }
  }
  void send(Picoseconds now, bool ask) {
    const bool again = tx_.replaying();
    // The line stood still with the window full; or units are sent again: both delay new ones.
    if (blocked_) recovery_.lost_ps += now - line_free_;
    blocked_ = false;
    if (again) {
      recovery_.lost_ps += episode_.unit_ps;
      ++recovery_.units_resent;
    } else if (ask) {
      --new_units_;
    }
    ++sent_;
    const std::uint32_t number = tx_.send(now);
    if (!ask) first_ = number;
    if (again && number == first_) ++recovery_.attempts;
    line_free_ = now + episode_.unit_ps;
    forward_.push_back({line_free_ + episode_.crossing_ps, number, !ask || !fates_.next_fails()});
    if (again && !tx_.replaying()) trouble_ = !arrives_in_step();
    blocked_ = new_units_ > 0 && trouble_ && !wants_to_send();
  }
  /// Would the receiver have everything if nothing else were sent?
  bool arrives_in_step() const {
    ReplayCounts unused;
    ReplayReceiver copy(rx_, unused);
    for (const Unit& unit : forward_) copy.arrive(unit.whole, unit.number);
    return copy.expected() == tx_.next();
  }
  void arrive() {
    const Unit unit = forward_.front();
    forward_.pop_front();
    const bool before = rx_.expected() == first_;
    const std::optional<ReplayMessage> said = rx_.arrive(unit.whole, unit.number);
    if (before && rx_.handed_up() > 0 && recovery_.accepted_ps == 0)
      recovery_.accepted_ps = recovery_.held_until_ps = unit.at_ps;
    else if (rx_.handed_up() > 1)
      recovery_.held_until_ps = unit.at_ps;  // another gap closed
    if (said && !fates_.next_fails())
      back_.push_back({unit.at_ps + config_.acknowledge_ps + episode_.crossing_ps, *said});
  }
  void hear() {
    const Message message = back_.front();
    back_.pop_front();
    // The way back carries units all the time, idle ones at least.
    const std::uint64_t units = (message.at_ps - counted_) / episode_.unit_ps;
    tx_.on_units_received(units);
    counted_ += units * episode_.unit_ps;
    if (message.text.request)
      tx_.on_request(message.text.number, message.text.one_only, message.at_ps);
    else
      tx_.on_ack(message.text.number, message.at_ps);
  }
  bool settled() const {
    return !tx_.gave_up() && forward_.empty() && !tx_.replaying() && rx_.expected() == tx_.next() &&
           std::none_of(back_.begin(), back_.end(),
                        [](const Message& each) { return each.text.request; });
  }
  /// Nothing on the wire survives it, everything in the two ends does.
  bool train_anew() {
    if (rx_.expected() != expected_at_training_) trainings_ = 0;
    if (trainings_ == config_.trainings) return false;
    ++trainings_;
    expected_at_training_ = rx_.expected();
    recovery_.trained_ps.push_back(now_);
    trained_ps_ = now_ + episode_.training_ps;
    forward_.clear();
    back_.clear();
    tx_.resume(trained_ps_);
    rx_.resume();
    trouble_ = true;
    blocked_ = new_units_ > 0;
    return true;
  }
  Recovery fail(const char* why) {
    recovery_.recovered = false;
    recovery_.accepted_ps = recovery_.held_until_ps = now_;
    recovery_.why = why;
    return recovery_;
  }

  ReplayTransmitter& tx_;
  ReplayReceiver& rx_;
  const GoBackNConfig& config_;
  const ReplayEpisode& episode_;
  UnitFates& fates_;
  Recovery recovery_;
  std::deque<Unit> forward_;
  std::deque<Message> back_;
  std::uint64_t new_units_;
  std::uint64_t sent_ = 0;
  Picoseconds line_free_;
  Picoseconds counted_;
  Picoseconds now_ = 0;
  Picoseconds trained_ps_ = 0;  ///< nothing leaves before
  std::uint32_t trainings_ = 0;
  std::uint32_t expected_at_training_ = ~std::uint32_t{0};  ///< no number yet
  std::uint32_t first_ = 0;
  bool trouble_ = true;  ///< something has to be sent again yet
  bool blocked_ = false;
};

void GoBackNLink::carried(std::uint64_t units) {
  transmitter_.skip(units);
  receiver_.skip(units);
}

Recovery GoBackNLink::recover(const ReplayEpisode& episode, UnitFates& fates) {
  const std::uint64_t before = counts_.units;
  Recovery recovery = GoBackNEpisode(*this, episode, fates).run();
  recovery.units_new = counts_.units - before;
  if (!recovery.recovered) {
    if (!transmitter_.gave_up()) ++counts_.gave_up;
    transmitter_.restart();  // a reset starts the numbers anew
    receiver_.restart();
  }
  return recovery;
}

}  // namespace antares::protocols
