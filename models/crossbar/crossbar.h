// SPDX-License-Identifier: Apache-2.0
// The crossbar: VOQs, arbiter, internal speed-up. It takes packets at their head time, grants them
// to outputs that are free and have room at egress, tells ingress when buffer space comes free and
// egress when the data will have crossed.
//
// Two ways to arbitrate: in `packet` mode (slot_ns = 0) whenever a packet arrives or a port becomes
// free; in `slot` mode at slot boundaries by a whole matching (studies of arbiters, small packets).
// Ports become free without an event; a wake is posted only where somebody waits, and shared by the
// ports of one time (wake_sets.h), so an idle or a perfectly scheduled crossbar costs one event a
// packet, the arrival. Time: picoseconds.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/crossbar/arbiter.h"
#include "antares/models/crossbar/fan_out.h"
#include "antares/models/crossbar/voq.h"
#include "antares/models/crossbar/wake_sets.h"
#include "antares/models/observe/observe.h"
#include "antares/models/observe/watchdog.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

struct CrossbarCounts {
  std::uint64_t grants = 0;
  std::uint64_t shared_reads = 0;  ///< grants of a copy that cost the input no time of its own
  Picoseconds wait_ps = 0;         ///< sum over packets of grant time - head time
  std::uint64_t arbitrations = 0;
};

class Crossbar : public PacketSink,
                 public RoomListener,
                 private Arbitrated,
                 private EventTarget,
                 private HeadAge {
 public:
  /// queues: of an output, by queue_index(). The stages and the scheduler must outlive the
  /// crossbar.
  Crossbar(std::uint16_t switch_index, const CrossbarConfig& config, unsigned ports,
           unsigned queues, std::uint64_t seed, const std::string& name, Scheduler& scheduler,
           IngressStage& ingress, EgressStage& egress, Observe& observe);

  void push(Packet& packet) override;
  void push_copies(Packet& original, Packet* first) override;
  void drop_copies(const void* owner) override;
  void room_again(PortId output, Picoseconds now_ps) override;

  const CrossbarCounts& counts() const { return counts_; }
  std::uint64_t packets_waiting() const { return voqs_.packets(); }
  /// Packets of which copies are still to be granted.
  std::size_t fan_outs() const { return fans_.open_count(); }
  /// ports: their names, by PortId.
  void collect_waits(const std::vector<std::string>& ports, std::vector<WaitFact>& facts) const;

 private:
  void collect_waits(unsigned input, unsigned output, const std::vector<std::string>& ports,
                     std::vector<WaitFact>& facts) const;
  void arbitrate(Picoseconds now_ps) override;
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  std::uint64_t head_age_ps(unsigned input, unsigned output) const override;

  void enter(Packet& packet, Picoseconds now_ps);
  void arbitrate_slot(Picoseconds now_ps);
  void try_output(unsigned output, Picoseconds now_ps);
  void try_input(unsigned input, Picoseconds now_ps);
  /// A packet of (input, output) that could go now; learns which queues of the output are blocked.
  Packet* select(unsigned input, unsigned output, Picoseconds now_ps);
  /// Sets admitted_: inputs with something for a queue of `output` that is not known to be full.
  /// Whether there is one.
  bool find_admitted(unsigned output, Picoseconds now_ps);
  void grant(Packet& packet, Picoseconds now_ps);
  void take_ports(Packet& packet, Picoseconds now_ps, const TrainCost& in, const TrainCost& out);
  Transfer transfer_of(const Packet& packet, Picoseconds now_ps, const TrainCost& in,
                       const TrainCost& out) const;
  void pass_to_egress(Packet& packet, Picoseconds now_ps, const TrainCost& in,
                      const TrainCost& out);
  void tell_granted(const Packet& packet, Picoseconds now_ps);

  /// Fan-out (crossbar_copies.cpp).
  static constexpr std::uint64_t kFanEvent = std::uint64_t{1} << 63;  ///< with a FanOut's number
  void enter_copies(FanOut& fan, Picoseconds now_ps);
  void drop_copy(FanOut& fan, Packet& copy, Picoseconds now_ps);
  void grant_copies(Packet& first, Picoseconds now_ps);
  /// The free output whose first copy has waited longest, if longer than what the arbiter picked.
  unsigned lagging_output(unsigned input, const std::uint64_t* requests, unsigned picked) const;
  void grant_copy(FanOut& fan, Packet& copy, Picoseconds now_ps, const TrainCost& in);
  void grant_siblings(FanOut& fan, Picoseconds now_ps, const TrainCost& in);
  TrainCost read_of(const FanOut& fan, const Packet& copy);
  void close_if_done(FanOut& fan);
  void refresh_free(const std::uint64_t* wanted, BitRow& free,
                    const std::vector<Picoseconds>& free_at, Picoseconds now_ps) const;
  void wake_output_at(unsigned output, Picoseconds at_ps);
  void wake_input_at(unsigned input, Picoseconds at_ps);
  /// The ports to wake at at_ps, for which an event is posted.
  std::uint32_t wake_set(Picoseconds at_ps);
  [[gnu::noinline]] std::uint32_t new_wake_set(Picoseconds at_ps);
  void post_slot(Picoseconds now_ps);
  Picoseconds& blocked_until(unsigned output, unsigned queue) {
    return blocked_until_[output * queues_ + queue];
  }

  CrossbarConfig config_;
  std::string name_;
  unsigned ports_;
  unsigned queues_;
  unsigned words_;
  std::uint16_t switch_index_;
  Picoseconds slot_ps_;
  Scheduler& scheduler_;
  IngressStage& ingress_;
  EgressStage& egress_;
  Observe& observe_;
  Origin origin_;
  VoqBank voqs_;
  std::unique_ptr<Arbiter> arbiter_;

  std::vector<Picoseconds> input_free_at_;
  std::vector<Picoseconds> output_free_at_;
  BitRow free_inputs_;  ///< may lag: a set bit is free, a clear one is looked up in free_at
  BitRow free_outputs_;
  std::vector<Picoseconds> input_wake_;  ///< last wake posted
  std::vector<Picoseconds> output_wake_;
  WakeSets wakes_;
  std::vector<Picoseconds> blocked_until_;  ///< [output * queues + queue]: egress has no room
  BitRow dirty_outputs_;
  BitRow dirty_inputs_;
  BitRow working_outputs_;
  BitRow working_inputs_;
  BitRow admitted_;
  BitRow candidates_;
  std::vector<Grant> matching_;
  FanOuts fans_;
  std::vector<FanOut*> matched_fans_;  ///< slot mode: their siblings come after the matching
  bool slot_posted_ = false;
  Picoseconds now_ps_ = 0;
  CrossbarCounts counts_;
};

}  // namespace antares::models
