// SPDX-License-Identifier: Apache-2.0
// The switch-to-device direction of a port: class queues of stated size, the link, the credits of
// the device's receiver. Ordering is applied here a second time (facts/pcie6.md 3.3: at ingress
// output and at egress output). Pure; picoseconds; the port supplies the clock and the events.
#pragma once
#include "antares/models/observe/port_counters.h"
#include "antares/models/port/egress_queue.h"
#include "antares/models/port/link_transmitter.h"

namespace antares::models {

class EgressClient {
 public:
  /// The train is on the link; sent tells when it arrives.
  virtual void train_sent(Packet& packet, const Sent& sent) = 0;
  /// The link is down, or does not take it: the train ends here and holds nothing any more. False:
  /// the packet, changed, goes on in its place.
  virtual bool train_dropped(Packet& packet) = 0;
  /// A copy was given up while it waited for the link.
  virtual void copy_dropped(Packet& packet) { train_dropped(packet); }
  /// Calls EgressSide::pump at a future time.
  virtual void pump_egress_at(Picoseconds at_ps) = 0;
  /// A queue that was full, with no time known at which it would not be, has room again.
  virtual void egress_room_again(Picoseconds now_ps) = 0;
  /// Address of the train's first byte, for links that encode it.
  virtual std::uint64_t address_of(const Packet& packet) = 0;

 protected:
  virtual ~EgressClient() = default;
};

class EgressSide {
 public:
  EgressSide(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
             std::uint64_t queue_bytes, Picoseconds fixed_ps, EgressClient& client,
             std::shared_ptr<CostCache> costs = nullptr);

  /// What this train will cost here, whatever link it came in on.
  const TrainCost& cost(const Packet& packet) {
    return (packet.crossing & protocols::kReclassify) == 0 ? link_.cost(packet)
                                                           : foreign_cost(packet);
  }
  /// The same, where it cost `known` on the link that it came in on.
  const TrainCost& cost(const Packet& packet, const LinkTransmitter& in, const TrainCost& known) {
    const bool alike =
        (packet.crossing & protocols::kReclassify) == 0 && link_.shares_costs_with(in);
    return alike ? known : cost(packet);
  }
  Picoseconds room_at(const Packet& packet, Picoseconds now_ps);
  void accept(Packet& packet, const Transfer& transfer);
  /// Sends what waits and may go; called when credits have come home or were due.
  void pump(Picoseconds now_ps);
  /// The device has taken a train: its credits go home until at_ps, or when the protocol tells.
  protocols::CreditSpan give_back(const Packet& packet, Picoseconds from_ps, Picoseconds at_ps);

  /// While the link is down trains are dropped as they come: they hold up nobody.
  void set_dropping(bool dropping, Picoseconds now_ps);
  void drop_waiting();
  /// Trains whose data is damaged are dropped, too.
  void block_poisoned() { blocks_poisoned_ = may_drop_ = true; }
  /// The trains of one transaction that wait.
  void drop_waiting_of(const void* owner, Picoseconds now_ps);

  /// Queue with a train accepted before `sequence` that the packet may not pass; -1: none.
  int held_up_by(const Packet& packet, std::uint64_t sequence);

  LinkTransmitter& link() { return link_; }
  const LinkTransmitter& link() const { return link_; }
  EgressQueue& queue() { return queue_; }
  DirectionCounters& counters() { return counters_; }

 private:
  /// before: cost as classified; an encoding link works it out anew.
  void transmit(Packet& packet, const TrainCost& before, std::uint64_t room_bytes,
                const Supply& supply, Picoseconds start_ps, Picoseconds now_ps);
  const TrainCost& foreign_cost(const Packet& packet);
  /// A train of the queue that may start now, ahead of those before it, whose credits are not known
  /// to come; 0: none.
  std::size_t overtaker(unsigned queue, Picoseconds now_ps);
  bool send_overtaker(Picoseconds now_ps);

  LinkTransmitter link_;
  /// Of trains that another link's policy has shaped: they must not push out, within one call, an
  /// entry of the cache that this link may share with the link they came in on.
  std::unique_ptr<CostCache> foreign_costs_;
  const protocols::LinkPolicy* foreign_policy_ = nullptr;  ///< of foreign_costs_
  EgressQueue queue_;
  DirectionCounters counters_;
  Picoseconds fixed_ps_;
  EgressClient& client_;
  /// The protocol lets plain requests of one pair and channel pass each other (UALink: in other
  /// regions).
  bool overtakes_;
  bool room_wanted_ = false;
  bool dropping_ = false;
  bool blocks_poisoned_ = false;
  bool may_drop_ = false;  ///< either of them: one look on the packet path
};

}  // namespace antares::models
