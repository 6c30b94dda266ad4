// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/cbfc_return.h"

#include <algorithm>

#include "antares/protocols/ethernet/line_position.h"

namespace antares::protocols {
namespace {

// Trains are freed at most some 100 updates ahead (1 MiB at the least spacing of a config).
constexpr std::size_t kMostPlanned = 256;
constexpr std::uint64_t kMostParts = 64;

std::uint32_t channel_of(VcId vc, TrafficClass traffic_class) {
  return 2u * vc.value() + (traffic_class == TrafficClass::completion ? 1u : 0u);
}

}  // namespace

CbfcReturn::CbfcReturn(const CbfcConfig& config, const LinkRate& rate, unsigned virtual_channels,
                       std::uint32_t channel_credits)
    : config_(config),
      channels_(2 * virtual_channels),
      per_byte_(rate.per_byte),
      spacing_ps_(line_time_ps(rate.per_byte, config.cf_min_spacing_bytes)),
      sender_(config, std::vector<std::uint32_t>(2 * virtual_channels, channel_credits), 0),
      receiver_(config, std::vector<std::uint32_t>(2 * virtual_channels, channel_credits)),
      last_told_ps_(channels_, 0) {}

bool CbfcReturn::take(std::uint32_t channel, std::uint32_t credits) {
  // What the ledger let pass fits once the updates before it are out.
  while (!sender_.can_take(channel, credits) && !planned_.empty()) carry_out_first();
  // A repetition has told it meanwhile, or the link was trained anew.
  if (!sender_.can_take(channel, credits) && channel < channels_)
    sender_.receive_cf_update(channel, receiver_.freed(channel));
  if (sender_.take(channel, credits) && receiver_.take(channel, credits)) return true;
  ++refused_;
  return false;
}

CreditSpan CbfcReturn::home(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                            CreditSpan freed) {
  const std::uint32_t channel = channel_of(vc, traffic_class);
  if (!take(channel, amount.data)) return freed;
  // A train that leaves over several spacings is told in as many parts.
  const Picoseconds length_ps = freed.to_ps - freed.from_ps;
  const std::uint64_t parts =
      std::max<std::uint64_t>(1, std::min({std::uint64_t{amount.data}, kMostParts,
                                           length_ps / spacing_ps_ + (length_ps != 0 ? 2 : 1)}));
  CreditSpan span;
  std::uint64_t told = 0;
  for (std::uint64_t part = 1; part <= parts; ++part) {
    const std::uint64_t upto = amount.data * part / parts;
    const Picoseconds freed_ps =
        parts == 1 ? freed.to_ps : freed.from_ps + length_ps * (part - 1) / (parts - 1);
    span.to_ps = plan(channel, static_cast<std::uint32_t>(upto - told), freed_ps, false);
    if (part == 1) span.from_ps = span.to_ps;
    told = upto;
  }
  return span;
}

Picoseconds CbfcReturn::lose(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                             CreditSpan freed) {
  const std::uint32_t channel = channel_of(vc, traffic_class);
  if (!take(channel, amount.data)) return freed.to_ps;
  return plan(channel, amount.data, freed.to_ps, true);
}

Picoseconds CbfcReturn::told_again_ps(VcId vc, TrafficClass traffic_class, Picoseconds lost_ps) {
  const std::uint32_t channel = channel_of(vc, traffic_class);
  if (last_told_ps_[channel] > lost_ps) return last_told_ps_[channel];
  for (const Update& update : planned_)
    if (update.channel == channel && !update.lost && update.at_ps > lost_ps) return update.at_ps;
  const Picoseconds last_ps = planned_.empty() ? last_sent_ps_ : planned_.back().at_ps;
  const std::uint32_t last = planned_.empty() ? last_sent_ : planned_.back().channel;
  // CbfcReceiver repeats channels in turn, beginning with the one after that of the last update.
  const std::uint64_t turns = (channel + channels_ - last - 1) % channels_ + 1;
  return last_ps + turns * line_time_ps(per_byte_, config_.cf_max_spacing_bytes);
}

Picoseconds CbfcReturn::repaired_ps(CreditAmount lost, Picoseconds lost_ps) {
  repaired_ += lost.data;
  const Picoseconds timer_ps = Picoseconds{config_.cc_timer_us} * 1'000'000;
  return (lost_ps + timer_ps - 1) / timer_ps * timer_ps;
}

Picoseconds CbfcReturn::plan(std::uint32_t channel, std::uint32_t credits, Picoseconds freed_ps,
                             bool lost) {
  Picoseconds at_ps = freed_ps;
  if (sent_any_) at_ps = std::max(at_ps, last_sent_ps_ + spacing_ps_);
  // The first gap that holds it, or before that an update of its own channel. Looked for from the
  // end: almost all that is planned is earlier.
  auto next = planned_.end();
  while (next != planned_.begin() && std::prev(next)->at_ps + spacing_ps_ > at_ps) --next;
  for (; next != planned_.end(); ++next) {
    if (at_ps + spacing_ps_ <= next->at_ps) break;
    if (next->channel == channel && next->at_ps >= freed_ps && next->lost == lost) {
      next->credits += credits;
      return next->at_ps;
    }
    at_ps = std::max(at_ps, next->at_ps + spacing_ps_);
  }
  if (lost) ++lost_;
  planned_.insert(next, {at_ps, channel, credits, lost});
  if (planned_.size() > kMostPlanned) carry_out_first();
  return at_ps;
}

void CbfcReturn::carry_out_first() {
  const Update update = planned_.front();
  planned_.pop_front();
  const Picoseconds longest_ps = line_time_ps(per_byte_, config_.cf_max_spacing_bytes);
  if (sent_any_ && update.at_ps > last_sent_ps_)
    repeated_ += (update.at_ps - last_sent_ps_ - 1) / longest_ps;
  sent_any_ = true;
  last_sent_ps_ = update.at_ps;
  last_sent_ = update.channel;
  receiver_.release(update.channel, update.credits);
  const auto told = receiver_.cf_update(line_bytes_at(per_byte_, update.at_ps));
  if (told && !update.lost) {
    sender_.receive_cf_update(told->vc, told->freed);
    last_told_ps_[told->vc] = update.at_ps;
  }
  if (update.at_ps >= sender_.next_cc_update_ps())
    receiver_.receive_cc_update(sender_.cc_update(update.at_ps));
}

CbfcReturn CbfcReturn::settled() const {
  CbfcReturn copy = *this;
  while (!copy.planned_.empty()) copy.carry_out_first();
  return copy;
}

std::vector<NamedCount> CbfcReturn::counters() const {
  // On a copy: who reads counters in the middle of a run must not move updates.
  const CbfcReturn end = settled();
  return {{"cf_updates_sent", end.receiver_.counters().cf_updates_sent + end.repeated_},
          {"cf_updates_repeated", end.repeated_},
          {"cf_updates_lost", end.lost_},
          {"cc_updates_sent", end.sender_.counters().cc_updates_sent},
          {"repaired_credits", end.receiver_.counters().repaired_credits + end.repaired_},
          {"bad_cf_updates", end.sender_.counters().bad_cf_updates},
          {"refused_credits", end.refused_}};
}

}  // namespace antares::protocols
