// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/link_transmitter.h"

#include <algorithm>
#include <cassert>

namespace antares::models {

LinkTransmitter::LinkTransmitter(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                                 const protocols::CreditLedgerConfig& far_receiver,
                                 std::shared_ptr<CostCache> costs)
    : policy_(&policy),
      costs_(costs != nullptr ? std::move(costs) : std::make_shared<CostCache>(policy)),
      encoder_(policy.make_encoder()),
      timing_(policy.rate()),
      ledger_(far_receiver),
      credit_return_(policy.make_credit_return()),
      returns_plainly_(credit_return_ == nullptr),
      propagation_ps_(propagation_ps) {}

TrainCost train_cost(const protocols::LinkPolicy& policy, const Packet& packet) {
  const auto& rate = policy.rate();
  TrainCost cost;
  cost.wire = policy.wire_cost(packet);
  cost.demand = policy.demand(packet);
  cost.occupancy = protocols::occupancy_of(rate, cost.wire.occupied_bytes());
  cost.bytes_ps = rate.occupancy_ps(cost.wire.bytes);
  cost.but_last_occupancy = protocols::occupancy_of(rate, cost.wire.bytes - cost.wire.last_bytes);
  cost.last_occupancy_ps = rate.occupancy_ps(cost.wire.last_bytes);
  cost.first_occupancy_ps = rate.occupancy_ps(cost.wire.first_bytes);
  cost.head_collect_ps = rate.head_collect_ps(cost.wire.first_bytes);
  cost.first_collect_ps = rate.collect_ps(cost.wire.first_bytes);
  cost.last_collect_ps = rate.collect_ps(cost.wire.last_bytes);
  if (const std::uint32_t packets = cost.wire.link_packets; packets > 1) {
    const std::uint64_t middle = cost.wire.bytes - cost.wire.first_bytes - cost.wire.last_bytes;
    cost.before_last_collect_ps =
        rate.collect_ps(packets == 2 ? cost.wire.first_bytes : middle / (packets - 2));
  }
  return cost;
}

const TrainCost& CostCache::find(std::uint64_t shape, const Packet& packet) {
  Entry& entry = entries_[(shape * 0x9e3779b97f4a7c15ull) >> (64 - kLogEntries)];
  if (entry.shape != shape) {
    assert(packet.bytes < 1u << 22);
    entry.shape = shape;
    entry.cost = train_cost(policy_, packet);
  }
  last_ = &entry;
  return entry.cost;
}

// --- credits that come home otherwise
// ----------------------------------------------------------

protocols::CreditSpan LinkTransmitter::give_back_otherwise(protocols::VcId vc,
                                                           protocols::TrafficClass traffic_class,
                                                           protocols::CreditAmount amount,
                                                           protocols::CreditSpan freed) {
  const bool repeats = credit_return_ != nullptr && credit_return_->repeats();
  if (credit_loss_ != nullptr && repeats && credit_loss_->loses_update(vc, traffic_class, amount)) {
    const Picoseconds lost_ps = credit_return_->lose(vc, traffic_class, amount, freed);
    credit_loss_->late_from(vc, traffic_class, lost_ps);
    anything_late_ = true;
    tell_again(0);
    return freed;
  }
  if (credit_loss_ != nullptr) amount = credit_loss_->pass(vc, traffic_class, amount);
  if (amount.header == 0 && amount.data == 0) return freed;
  if (credit_return_ != nullptr) freed = credit_return_->home(vc, traffic_class, amount, freed);
  ledger_.give_back(vc, traffic_class, amount, freed.from_ps, freed.to_ps);
  if (anything_late_) tell_again(0);
  return freed;
}

// What each channel has late comes home with its next update. Which that is may change whenever
// credits are freed, so that the port is asked for another look at the time known now.
void LinkTransmitter::tell_again(Picoseconds now_ps) {
  anything_late_ = false;
  for (unsigned i = 0; i < ledger_.virtual_channels() * protocols::kTrafficClasses; ++i) {
    const auto [vc, traffic_class] = protocols::queue_at(i);
    if (!credit_loss_->late(vc, traffic_class)) continue;
    const Picoseconds at_ps = credit_return_->told_again_ps(
        vc, traffic_class, credit_loss_->late_since_ps(vc, traffic_class));
    if (at_ps <= now_ps) {
      bring_home(vc, traffic_class, credit_loss_->take_late(vc, traffic_class), now_ps);
      continue;
    }
    anything_late_ = true;
    if (ask_for_repeat_)
      ask_for_repeat_({protocols::CreditFault::Kind::repeat, vc, traffic_class, {}}, at_ps);
  }
}

void LinkTransmitter::suffer(const protocols::CreditFault& fault, Picoseconds now_ps) {
  if (credit_loss_ == nullptr) {
    credit_loss_ = std::make_unique<protocols::CreditLoss>(ledger_.virtual_channels());
    returns_plainly_ = false;
  }
  if (fault.kind == protocols::CreditFault::Kind::repeat) return tell_again(now_ps);
  bring_home(fault.vc, fault.traffic_class, credit_loss_->suffer(fault), now_ps);
}

void LinkTransmitter::bring_home(protocols::VcId vc, protocols::TrafficClass traffic_class,
                                 protocols::CreditAmount amount, Picoseconds now_ps) {
  if (amount.header != 0 || amount.data != 0)
    ledger_.give_back(vc, traffic_class, amount, now_ps, now_ps);
}

void LinkTransmitter::heal_credits(Picoseconds now_ps) {
  if (credit_loss_ == nullptr) return;
  for (unsigned i = 0; i < ledger_.virtual_channels() * protocols::kTrafficClasses; ++i) {
    const auto [vc, traffic_class] = protocols::queue_at(i);
    bring_home(vc, traffic_class, credit_loss_->heal(vc, traffic_class), now_ps);
  }
}

std::uint64_t LinkTransmitter::credits_missing() const {
  if (credit_loss_ == nullptr) return 0;
  std::uint64_t missing = 0;
  for (unsigned i = 0; i < ledger_.virtual_channels() * protocols::kTrafficClasses; ++i) {
    const auto [vc, traffic_class] = protocols::queue_at(i);
    const auto amount = credit_loss_->missing(vc, traffic_class);
    missing += std::uint64_t{amount.header} + amount.data;
  }
  return missing;
}

bool LinkTransmitter::credits_accounted() const {
  if (credit_loss_ == nullptr) return ledger_.all_promised();
  for (unsigned i = 0; i < ledger_.virtual_channels() * protocols::kTrafficClasses; ++i) {
    const auto [vc, traffic_class] = protocols::queue_at(i);
    const auto held = ledger_.held(vc, traffic_class);
    const auto missing = credit_loss_->missing(vc, traffic_class);
    if (held.header != missing.header || held.data != missing.data) return false;
  }
  return true;
}

std::string LinkTransmitter::credits_text(protocols::VcId vc, protocols::TrafficClass traffic_class,
                                          protocols::CreditAmount need, Picoseconds now_ps) const {
  if (errors_ != nullptr && errors_->blocked()) {
    return std::string("its replay, which gave up (") + errors_->why_gave_up() +
           ") and blocks what comes until the link is released";
  }
  const auto both = [](protocols::CreditAmount amount) {
    return std::to_string(amount.header) + " header and " + std::to_string(amount.data) + " data";
  };
  const auto home = ledger_.available(vc, traffic_class, now_ps);
  const auto all = ledger_.initial(vc, traffic_class);
  const auto of = [](std::uint32_t part, std::uint32_t whole) {
    return whole == ~std::uint32_t{0} ? std::string("unlimited")
                                      : std::to_string(part) + " of " + std::to_string(whole);
  };
  std::string text = "credit: " + both(need) + " needed, " + of(home.header, all.header) + " and " +
                     of(home.data, all.data) + " at home";
  if (credit_loss_ == nullptr) return text;
  const auto missing = credit_loss_->missing(vc, traffic_class);
  if (missing.header != 0 || missing.data != 0)
    text += ", " + both(missing) + " lost or stuck by a fault";
  return text;
}

}  // namespace antares::models
