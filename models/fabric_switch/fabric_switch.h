// SPDX-License-Identifier: Apache-2.0
// The embedding API: one switch with its ports, crossbar and routes. Bind any TLM-2.0 device:
//
//   antares::models::SwitchConfig config;            // ports, windows, latencies: plain structs
//   antares::models::FabricSwitch fabric("fabric", config);
//   cpu.initiator.bind(fabric.port("host").target());
//   fabric.port("gpu0").initiator().bind(gpu0.target);
//
// LT (b_transport), AT (nb_transport), DMI and debug access all work on all ports. No global state:
// time resolution, quantum and report handlers are the platform's. A switch that is given no
// Scheduler makes its own; the results are the same. Time inside: picoseconds.
//
// Several switches: leaf.port("up").link().bind(spine.port("down").link()), with address windows of
// remote devices on the ports that lead there. The ways are checked when the simulation starts.
//
// Left out for now, seams kept: registers.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "antares/models/crossbar/crossbar.h"
#include "antares/models/fabric_switch/partition_reset.h"
#include "antares/models/fabric_switch/port_mover.h"
#include "antares/models/fabric_switch/switch_config.h"
#include "antares/models/port/group_changes.h"
#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {

class FabricSwitch : public sc_core::sc_module,
                     private PacketSink,
                     private EgressStage,
                     private IngressStage,
                     private RoomListener {
 public:
  /// Throws std::invalid_argument with every mistake of the configuration, before elaboration.
  FabricSwitch(const sc_core::sc_module_name& name, const SwitchConfig& config,
               Scheduler* scheduler = nullptr);
  ~FabricSwitch() override;

  /// The two sockets of a port.
  class PortHandle {
   public:
    explicit PortHandle(PortAdapter& adapter) : adapter_(&adapter) {}
    /// A device's initiator binds to it.
    auto& target() const { return adapter_->edge.target; }
    /// Binds to a device's target.
    auto& initiator() const { return adapter_->edge.initiator; }
    /// Binds to the link() of another switch's port, in place of a device.
    LinkSocket& link() const { return adapter_->link; }
    PortAdapter& adapter() const { return *adapter_; }

   private:
    PortAdapter* adapter_;
  };
  /// Throws std::out_of_range naming the ports there are.
  PortHandle port(const std::string& name) const;
  PortHandle port(PortId id) const { return PortHandle(*context_.ports.at(id.value())); }
  /// Those with a link; engines may have ports of their own.
  std::size_t port_count() const { return context_.ports.size() - context_.service_ports; }

  /// Moves a port to another partition, drained first; empty `partition`: into none. Starts at
  /// at_ps (kAtOnce: as soon as can be), in the future unless the wheel runs. What comes of it:
  /// moves(). Throws std::invalid_argument for a port or partition that does not exist,
  /// std::logic_error where the configuration has no partitions.
  void move_port(PortId port, const std::string& partition, Picoseconds at_ps = kAtOnce);
  static constexpr Picoseconds kAtOnce = 0;
  /// Resets a partition: its links, and all that is in flight in it. Times as above. Throws
  /// std::invalid_argument for a partition that does not exist, std::logic_error where a link of it
  /// cannot fail (PortConfig::faults).
  void reset_partition(const std::string& partition, Picoseconds at_ps = kAtOnce);
  /// Time lines of the moves that have started.
  const std::vector<PortMove>& moves() const;

  /// Groups, where the configuration has Hypercast (std::logic_error where not). A change is made
  /// while traffic goes on: packets find the old set or the new one, whole. What became of each:
  /// group_changes().done().
  GroupChanges& group_changes();
  const GroupChanges* group_changes() const { return group_changes_.get(); }
  bool knows_group(GroupId group) const {
    return hypercast_ != nullptr && hypercast_->knows(group);
  }

  Observe& observe() { return observe_; }
  Scheduler& scheduler() { return *context_.scheduler; }
  const std::vector<std::unique_ptr<Partition>>& partitions() const { return partitions_; }
  const CrossbarCounts& crossbar_counts() const { return crossbar_->counts(); }
  const SwitchConfig& config() const { return config_; }
  /// Effective train size of reads, writes or completions in payload bytes, after cutting.
  std::uint32_t train_bytes(PacketKind kind) const {
    return train_bytes_[static_cast<unsigned>(kind)];
  }
  /// What a contribution or load-reduce had better ask for: the step of the interleave or a train,
  /// whichever is larger, as far as engines hold it. 0: the switch does not reduce.
  std::uint64_t reduction_request_bytes() const { return context_.reduction_request_bytes; }
  /// The most that one contribution may have where all members are at this switch: what is more
  /// than an engine holds is spread over engines, reduction_request_bytes() at each in turn.
  std::uint64_t reduction_span_bytes() const { return context_.reduction_span_bytes; }
  /// Of all its engines: each ends by ReductionConfig::timeout_us at the latest.
  std::size_t reduction_contexts_open() const;
  /// Linked to this one, by links of any number; this one included.
  std::size_t linked_switches() const { return context_.linked.size(); }
  std::size_t transactions_in_flight() const { return transactions_.in_use(); }
  std::size_t packets_in_flight() const { return packets_.in_use(); }
  std::size_t packet_pool_capacity() const { return packets_.capacity(); }

  /// Who waits for what, for Watchdog::diagnose.
  std::vector<WaitFact> waits() const;
  /// The request that has waited longest for its answer, of those that entered here at or before
  /// `before_ps`, in words; empty if there is none. For whoever looks for starvation: others may
  /// move all the time.
  std::string waits_since(Picoseconds before_ps);
  /// What is wrong with a switch that should be at rest; empty = nothing in flight, credits home.
  std::vector<std::string> quiescence_problems() const;

 private:
  Picoseconds at_or_soon(Picoseconds at_ps) const;
  void push(Packet& packet) override { crossbar_->push(packet); }
  void push_copies(Packet& original, Packet* first) override {
    crossbar_->push_copies(original, first);
  }
  void drop_copies(const void* owner) override { crossbar_->drop_copies(owner); }
  void drop(Packet& packet) override { adapters_[packet.output.value()]->drop_copy(packet); }
  const TrainCost& cost(PortId output, const Packet& packet) override {
    return adapters_[output.value()]->egress().cost(packet);
  }
  Picoseconds room_at(PortId output, const Packet& packet, Picoseconds now_ps) override {
    return (packet.crossing & protocols::kForEngine) != 0
               ? adapters_[output.value()]->reduction()->room_at(now_ps)
               : adapters_[output.value()]->egress().room_at(packet, now_ps);
  }
  void accept(Packet& packet, const Transfer& transfer) override {
    PortAdapter& port = *adapters_[packet.output.value()];
    if ((packet.crossing & protocols::kForEngine) != 0)
      port.reduction()->take(packet, transfer);
    else
      port.egress().accept(packet, transfer);
  }
  void left_input(const Transfer& transfer) override {
    adapters_[transfer.input.value()]->left_input(transfer);
  }
  void copies_left(Packet& original, const Transfer& transfer) override;
  const TrainCost& cost_at_input(const Packet& packet) override {
    // What the bridge made crosses in the protocol of the link it leaves by.
    return (packet.crossing & protocols::kMadeByBridge) == 0
               ? port_at(packet.input).ingress_link().cost(packet)
               : adapters_[packet.output.value()]->egress().cost(packet);
  }
  bool may_pass(const Packet& later, const Packet& earlier) const override {
    return port_at(later.input).policy().may_pass(later, earlier);
  }
  void room_again(PortId output, Picoseconds now_ps) override {
    crossbar_->room_again(output, now_ps);
  }
  /// The port of a crossbar input: its own, or that of the engine that reads from it.
  PortAdapter& port_at(PortId input) const {
    const std::size_t ports = adapters_.size();
    return *adapters_[input.value() < ports ? input.value() : input.value() - ports];
  }
  void end_of_elaboration() override;
  void start_of_simulation() override;
  void make_partitions();
  void make_groups();
  void make_engines();
  Partition& partition_of(PortId port);
  void enter_ids();
  void find_linked();
  void check_ways() const;
  void cut_trains();
  void set_trains();
  void set_reduction_requests();
  void set_reduction_spans();
  /// Where what one link cuts can never leave on another; empty: nowhere.
  std::string train_problems() const;
  bool could_meet(const PortAdapter& from, const PortAdapter& to) const;
  /// Of each pool on its way, at most.
  bool takes_a_quarter(PortAdapter& adapter, const Packet& train) const;
  std::uint32_t train_that_fits(PortAdapter& adapter, Packet packet) const;
  std::uint32_t read_requests_that_fit(PortAdapter& adapter) const;

  SwitchConfig config_;
  std::unique_ptr<Scheduler> own_scheduler_;
  Pool<Packet> packets_;
  Pool<Transaction> transactions_;
  PayloadPool payloads_;
  std::unique_ptr<Hypercast> hypercast_;  ///< only where configured
  std::unique_ptr<GroupChanges> group_changes_;
  std::unique_ptr<MemberTimer> member_timer_;   ///< only where members have a time limit
  std::unique_ptr<ReductionShared> reduction_;  ///< only where configured
  Observe observe_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  FabricContext context_;
  std::vector<std::unique_ptr<PortAdapter>> adapters_;
  std::unique_ptr<Crossbar> crossbar_;
  std::unique_ptr<PortMover> mover_;          ///< only where ports move
  std::unique_ptr<PartitionReset> reset_;     ///< only where partitions are reset
  static constexpr unsigned kTrainKinds = 3;  ///< read, write, completion
  std::uint32_t train_bytes_[kTrainKinds] = {};
};

}  // namespace antares::models
