// SPDX-License-Identifier: Apache-2.0
// The transmitting end of one link direction: line rate, credits of the far receiver, propagation.
// Pure; time is an argument. The same class sends from a device into the switch and from the switch
// to a device; LT uses it on a fresh link, so that LT and AT cannot disagree at zero load.
//
// A train from a slower source: only the *reservation* moves (to end when the source ends), so that
// a slow source never holds a fast link idle; the head goes on as soon as its first link packet can
// be sent without a gap.
#pragma once
#include <array>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/common/link_policy.h"

namespace antares::models {

using protocols::kNever;
using protocols::Packet;
using protocols::Picoseconds;

struct TrainCost {
  protocols::WireCost wire;
  protocols::CreditAmount demand;
};

/// When the data of a train is there to be sent.
struct Supply {
  Picoseconds head_ps = 0;  ///< the first link packet may start
  Picoseconds tail_ps = 0;  ///< the last byte is there; 0 = the source is never the limit
};

struct Sent {
  Picoseconds start_ps = 0;       ///< first bit of the first link packet leaves
  Picoseconds free_ps = 0;        ///< the link is free again
  Picoseconds head_ps = 0;        ///< far end: header of the first link packet usable
  Picoseconds first_tail_ps = 0;  ///< far end: first link packet complete
  Picoseconds tail_ps = 0;        ///< far end: last link packet complete
};

/// Puts a train on a link: the one place where link times are made. earliest_ps >= supply.head_ps.
Sent place_train(protocols::LinkTiming& timing, const protocols::WireCost& wire,
                 const Supply& supply, Picoseconds earliest_ps, Picoseconds propagation_ps);

class LinkTransmitter {
 public:
  /// `policy` must outlive the transmitter.
  LinkTransmitter(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                  const protocols::CreditLedgerConfig& far_receiver);

  const TrainCost& cost(const Packet& packet);
  /// Earliest start >= at_ps for which credits are known to be there; kNever if none is known.
  Picoseconds credits_at(const Packet& packet, const TrainCost& cost, Picoseconds at_ps) {
    return ledger_.available_at(packet.vc, packet.traffic_class, cost.demand, at_ps);
  }
  /// Takes credits and link time from earliest_ps (>= supply.head_ps, credits there).
  Sent send(const Packet& packet, const TrainCost& cost, const Supply& supply,
            Picoseconds earliest_ps);

  const protocols::LinkRate& rate() const { return timing_.rate(); }
  const protocols::LinkPolicy& policy() const { return policy_; }
  Picoseconds free_ps() const { return timing_.free_ps(); }
  Picoseconds busy_ps() const { return timing_.busy_ps(); }
  Picoseconds propagation_ps() const { return propagation_ps_; }
  protocols::CreditLedger& ledger() { return ledger_; }

 private:
  const protocols::LinkPolicy& policy_;
  protocols::LinkTiming timing_;
  protocols::CreditLedger ledger_;
  Picoseconds propagation_ps_;

  // The last cost by kind: a stream repeats the same train shape, and policies divide a lot.
  struct Memo {
    std::uint32_t bytes = 0;
    std::uint16_t address_low = 0;
    std::uint16_t request_bytes = 0;
    std::uint8_t flags = 0;
    bool valid = false;
    TrainCost cost;
  };
  std::array<Memo, 8> memo_;
};

/// The egress supply of a train that arrives as `sent` on a link of rate `in` and leaves on one of
/// rate `out`: its first link packet may start so that it never runs dry.
inline Picoseconds cut_through_ps(const Sent& sent, const protocols::LinkRate& out,
                                  std::uint64_t first_bytes_out) {
  const Picoseconds occupancy = out.occupancy_ps(first_bytes_out);
  const Picoseconds no_gap = sent.first_tail_ps > occupancy ? sent.first_tail_ps - occupancy : 0;
  return sent.head_ps > no_gap ? sent.head_ps : no_gap;
}

}  // namespace antares::models
