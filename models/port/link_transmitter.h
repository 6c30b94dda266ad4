// SPDX-License-Identifier: Apache-2.0
// The transmitting end of one link direction: line rate, credits of the far receiver, propagation.
// Pure; time is an argument. The same class sends from a device into the switch and from the switch
// to a device; LT uses it on a fresh link, so that LT and AT cannot disagree at zero load.
//
// A train from a slower source: only the *reservation* moves (to end when the source ends), so that
// a slow source never holds a fast link idle; the head goes on as soon as its first link packet can
// be sent without a gap.
#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "antares/models/port/link_errors.h"
#include "antares/models/sockets/train_cost.h"
#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/common/credit_loss.h"
#include "antares/protocols/common/link_policy.h"

namespace antares::models {

class FaultOutcome;

using protocols::kNever;
using protocols::Packet;
using protocols::Picoseconds;

/// When the data of a train is there to be sent.
struct Supply {
  Picoseconds head_ps = 0;  ///< the first link packet may start
  Picoseconds tail_ps = 0;  ///< the last byte is there; 0 = the source is never the limit
};

/// Puts a train on a link: the one place where link times are made. earliest_ps >= supply.head_ps.
inline Sent place_train(protocols::LinkTiming& timing, const TrainCost& cost, const Supply& supply,
                        Picoseconds earliest_ps, Picoseconds propagation_ps) {
  Sent sent;
  sent.start_ps = std::max(earliest_ps, timing.free_ps());
  Picoseconds reserve_from = earliest_ps;
  Picoseconds source_tail = 0;
  if (supply.tail_ps != 0) {
    if (supply.tail_ps > cost.occupancy.whole_ps)
      reserve_from = std::max(reserve_from, supply.tail_ps - cost.occupancy.whole_ps);
    source_tail = supply.tail_ps + cost.last_collect_ps - cost.last_occupancy_ps;
  }
  const auto reserved =
      timing.reserve(reserve_from, cost.occupancy, cost.but_last_occupancy, cost.last_collect_ps);
  sent.free_ps = timing.free_ps();
  sent.head_ps = sent.start_ps + cost.head_collect_ps + propagation_ps;
  sent.first_tail_ps = sent.start_ps + cost.first_collect_ps + propagation_ps;
  sent.tail_ps = std::max(reserved.tail_ps, source_tail) + propagation_ps;
  return sent;
}

/// Remembers what train shapes cost under one policy. Streams repeat few shapes, and policies
/// divide a lot. One for all links of a policy: it stays in the cache. A reference holds until the
/// next call.
class CostCache {
 public:
  explicit CostCache(const protocols::LinkPolicy& policy) : policy_(policy) {}
  CostCache(const CostCache&) = delete;
  CostCache& operator=(const CostCache&) = delete;
  const TrainCost& cost(const Packet& packet) {
    const std::uint64_t shape = shape_of(packet);
    // A packet is asked about several times on its way, and the next one is mostly alike.
    return last_->shape == shape ? last_->cost : find(shape, packet);
  }
  /// LinkPolicy::train_bytes() of a whole with nothing else filled in than what it may ask for.
  std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                            std::uint32_t limit_bytes) {
    const std::uint64_t shape = std::uint64_t{limit_bytes} |
                                std::uint64_t{whole.request_bytes} << 32 |
                                std::uint64_t{whole.form} << 48 |
                                std::uint64_t{static_cast<std::uint8_t>(whole.kind)} << 56;
    const std::uint64_t place = std::uint64_t{offset_bytes} << 32 | whole.bytes;
    // One that stays where it is found: transactions are mostly alike.
    if (last_cut_->shape == shape && last_cut_->place == place &&
        last_cut_->address_low == whole.address_low)
      return last_cut_->bytes;
    Cut& cut =
        cuts_[((shape + place) * 0x9e3779b97f4a7c15ull + whole.address_low) >> (64 - kLogEntries)];
    last_cut_ = &cut;
    if (cut.shape != shape || cut.place != place || cut.address_low != whole.address_low) {
      cut = {shape, place, whole.address_low,
             policy_.train_bytes(whole, offset_bytes, limit_bytes)};
    }
    return cut.bytes;
  }

 private:
  struct alignas(64) Entry {
    std::uint64_t shape = ~std::uint64_t{0};
    TrainCost cost;
  };
  /// Everything a cost may depend on, in 64 bits; a train has less than 4 MiB, a link packet of a
  /// requester's own size less than 8 KiB.
  static std::uint64_t shape_of(const Packet& packet) {
    constexpr std::uint8_t kFlags =
        protocols::kLongAddress | protocols::kByteEnables | protocols::kWantsAnswer;
    static_assert(kFlags == 0x70, "three neighbouring bits, which land on 25 to 27");
    return std::uint64_t{packet.bytes} |
           std::uint64_t{static_cast<std::uint8_t>(packet.kind)} << 22 |
           static_cast<std::uint64_t>(packet.flags & kFlags) << 21 |
           std::uint64_t{packet.address_low} << 28 | std::uint64_t{packet.request_bytes} << 40 |
           std::uint64_t{packet.form} << 56;
  }
  const TrainCost& find(std::uint64_t shape, const Packet& packet);

  struct Cut {
    std::uint64_t shape = ~std::uint64_t{0};
    std::uint64_t place = 0;  ///< offset and bytes of the whole
    std::uint32_t address_low = 0;
    std::uint32_t bytes = 0;
  };

  static constexpr unsigned kLogEntries = 6;
  const protocols::LinkPolicy& policy_;
  std::array<Entry, 1u << kLogEntries> entries_;
  const Entry* last_ = entries_.data();  ///< found last
  std::array<Cut, 1u << kLogEntries> cuts_;
  const Cut* last_cut_ = cuts_.data();
};

class LinkTransmitter {
 public:
  /// `policy` must outlive the transmitter. `costs`: shared with other links of this policy.
  LinkTransmitter(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                  const protocols::CreditLedgerConfig& far_receiver,
                  std::shared_ptr<CostCache> costs = nullptr);

  const TrainCost& cost(const Packet& packet) { return costs_->cost(packet); }
  std::shared_ptr<CostCache> costs() const { return costs_; }
  bool shares_costs_with(const LinkTransmitter& other) const { return costs_ == other.costs_; }
  /// What is sent depends on what was sent before: encode() comes before send().
  bool encodes() const { return encoder_ != nullptr; }
  /// Sets packet.form for a train of the transaction's bytes at `address`, about to start at
  /// start_ps. The train's cost may change, its demand of credits does not.
  void encode(Packet& packet, std::uint64_t address, Picoseconds start_ps) {
    encoder_->encode(packet, address, start_ps <= timing_.free_ps());
  }
  /// Earliest start >= at_ps for which credits are known to be there; kNever if none is known.
  Picoseconds credits_at(const Packet& packet, const TrainCost& cost, Picoseconds at_ps) {
    const Picoseconds start =
        ledger_.available_at(packet.vc, packet.traffic_class, cost.demand, at_ps);
    return errors_ == nullptr || start == kNever ? start : errors_->room_at(cost, start);
  }
  /// Takes credits and link time from earliest_ps (>= supply.head_ps, credits there).
  Sent send(const Packet& packet, const TrainCost& cost, const Supply& supply,
            Picoseconds earliest_ps) {
    assert(earliest_ps >= supply.head_ps);
    ledger_.consume(packet.vc, packet.traffic_class, cost.demand,
                    std::max(earliest_ps, timing_.free_ps()));
    const Sent sent = place_train(timing_, cost, supply, earliest_ps, propagation_ps_);
    return errors_ == nullptr ? sent : errors_->suffer(cost, sent, timing_);
  }

  /// Goes on by another policy of the same protocol, credits and order (another width). Both
  /// arguments must outlive the transmitter; trains that are under way keep their times.
  void change_policy(const protocols::LinkPolicy& policy, std::shared_ptr<CostCache> costs) {
    policy_ = &policy;
    costs_ = std::move(costs);
    timing_.change_rate(policy.rate());
    if (errors_ != nullptr) errors_->change_policy(policy);
  }

  /// Nothing starts before: the link was down, or in recovery.
  void hold_until(Picoseconds at_ps) { timing_.hold_until(at_ps); }

  /// From here on its units may fail; nullptr: it is perfect. Before the first train.
  void set_errors(std::unique_ptr<LinkErrors> errors) { errors_ = std::move(errors); }
  LinkErrors* errors() const { return errors_.get(); }

  const protocols::LinkRate& rate() const { return timing_.rate(); }
  const protocols::LinkPolicy& policy() const { return *policy_; }
  Picoseconds free_ps() const { return timing_.free_ps(); }
  Picoseconds busy_ps() const { return timing_.busy_ps(); }
  Picoseconds propagation_ps() const { return propagation_ps_; }
  protocols::CreditLedger& ledger() { return ledger_; }
  /// The far receiver has freed the credits, and they would be home linearly over from..to if each
  /// was told at once. When they are; later by what the protocol takes to tell.
  protocols::CreditSpan give_back(protocols::VcId vc, protocols::TrafficClass traffic_class,
                                  protocols::CreditAmount amount, Picoseconds from_ps,
                                  Picoseconds to_ps) {
    if (!returns_plainly_) return give_back_otherwise(vc, traffic_class, amount, {from_ps, to_ps});
    ledger_.give_back(vc, traffic_class, amount, from_ps, to_ps);
    return {from_ps, to_ps};
  }
  /// Asks for CreditFault::Kind::repeat of a channel at a time that may lie in the past.
  using AskForRepeat = std::function<void(const protocols::CreditFault& repeat, Picoseconds at_ps)>;
  /// Before a fault of credits: who brings what a lost update told of home with a later one.
  void ask_for_repeats(AskForRepeat ask) { ask_for_repeat_ = std::move(ask); }
  /// Credits stop coming home, or what was kept does, at now_ps.
  void suffer(const protocols::CreditFault& fault, Picoseconds now_ps);
  /// Would it change anything?
  bool changes(const protocols::CreditFault& fault) const {
    return credit_loss_ != nullptr ? credit_loss_->changes(fault)
                                   : fault.kind != protocols::CreditFault::Kind::release;
  }
  /// Credits of a train that was lost on the way, and would be home at home_ps had it arrived: when
  /// the receiver knows that it has to free them.
  Picoseconds repaired_ps(const Packet& packet, Picoseconds home_ps) {
    if (credit_return_ == nullptr) return home_ps;
    return credit_return_->repaired_ps(cost(packet).demand, home_ps);
  }
  /// Needs set_errors().
  void suffer(const UnitFault& fault, Picoseconds) { errors_->suffer(fault); }
  /// The link was trained anew: credits that a fault keeps from the sender are home at now_ps.
  void heal_credits(Picoseconds now_ps);
  /// Grows with each update that a fault of this pool has kept from coming home; behind suffer().
  const std::uint64_t& withheld(const protocols::CreditFault& fault) const {
    return credit_loss_->withheld(fault.vc, fault.traffic_class);
  }
  /// Header and data credits that a fault keeps from the sender.
  std::uint64_t credits_missing() const;
  /// Every credit is home, on its way, or kept from home by a fault: nobody holds one.
  bool credits_accounted() const;
  /// Why a train that needs `need` has to wait, for a person.
  std::string credits_text(protocols::VcId vc, protocols::TrafficClass traffic_class,
                           protocols::CreditAmount need, Picoseconds now_ps) const;
  /// What the protocol counts of it; nothing where credits come home one by one.
  std::vector<protocols::NamedCount> credit_counters() const {
    if (credit_return_ == nullptr) return {};
    return credit_return_->counters();
  }

 private:
  protocols::CreditSpan give_back_otherwise(protocols::VcId vc,
                                            protocols::TrafficClass traffic_class,
                                            protocols::CreditAmount amount,
                                            protocols::CreditSpan freed);
  void tell_again(Picoseconds now_ps);
  void bring_home(protocols::VcId vc, protocols::TrafficClass traffic_class,
                  protocols::CreditAmount amount, Picoseconds now_ps);

  const protocols::LinkPolicy* policy_;
  std::shared_ptr<CostCache> costs_;
  std::unique_ptr<protocols::LinkEncoder> encoder_;
  std::unique_ptr<LinkErrors> errors_;
  protocols::LinkTiming timing_;
  protocols::CreditLedger ledger_;
  std::unique_ptr<protocols::CreditReturn> credit_return_;
  std::unique_ptr<protocols::CreditLoss> credit_loss_;  ///< made by the first fault
  AskForRepeat ask_for_repeat_;
  bool anything_late_ = false;  ///< credits whose update got lost
  bool returns_plainly_;        ///< neither credit_return_ nor credit_loss_
  Picoseconds propagation_ps_;
};

/// When a train that arrives as `sent` may start on the link `out` describes: so that its first
/// link packet never runs dry.
inline Picoseconds cut_through_ps(const Sent& sent, const TrainCost& out) {
  const Picoseconds no_gap =
      sent.first_tail_ps > out.first_occupancy_ps ? sent.first_tail_ps - out.first_occupancy_ps : 0;
  return sent.head_ps > no_gap ? sent.head_ps : no_gap;
}

/// What a schedule does to one sender of a link.
struct ScheduledFault {
  std::variant<protocols::CreditFault, UnitFault> what;
  LinkTransmitter* sender;
  FaultOutcome* outcome = nullptr;  ///< hears what came of it
};

}  // namespace antares::models
