// SPDX-License-Identifier: Apache-2.0
// PortAdapter: the only module that holds a protocol. It turns generic payloads into trains, models
// both directions of its device link (rate, credits, class queues), owns the ingress buffer whose
// free space is the credit it advertises, and answers the device by the rules of the TLM-2.0 base
// protocol.
//
//   device initiator -> TlmEdge -> DeviceQueue -> ingress link -> crossbar -> EgressSide -> TlmEdge
//
// Where the two ports of a transaction speak different protocols, the switch bridges: each link
// classifies and cuts the packets by its own rules, and completions that only one side has are made
// or end in the switch.
//
// A port has one link: to a device (edge) or to another switch's port (link). Left out:
// configuration reads answered by the port itself. Unit of time: picoseconds.
#pragma once
#include <deque>
#include <functional>
#include <systemc>

#include "antares/models/observe/watchdog.h"
#include "antares/models/port/device_queue.h"
#include "antares/models/port/egress_side.h"
#include "antares/models/port/fabric_context.h"
#include "antares/models/port/latency_memo.h"
#include "antares/models/port/link_width.h"
#include "antares/models/port/member_timer.h"
#include "antares/models/port/partition.h"
#include "antares/models/port/port_counts.h"
#include "antares/models/port/port_faults.h"
#include "antares/models/sockets/link_socket.h"
#include "antares/models/sockets/tlm_edge.h"
#include "antares/protocols/common/error_log.h"

namespace antares::models {

class AdaptiveExit;

class PortAdapter : public sc_core::sc_module,
                    private EdgeClient,
                    private EgressClient,
                    private EventTarget,
                    private LinkEnd,
                    private FaultClient {
 public:
  PortAdapter(const sc_core::sc_module_name& name, PortId id, EndpointId endpoint,
              const PortConfig& config, FabricContext& context, Partition& partition);
  ~PortAdapter() override;

  TlmEdge edge;
  LinkSocket link;

  PortId id() const { return id_; }
  EndpointId endpoint() const { return endpoint_; }
  const protocols::LinkPolicy& policy() const { return *config_.policy; }
  const PortConfig& config() const { return config_; }

  /// Called by the switch for its crossbar.
  EgressSide& egress() { return egress_; }
  PortReduction* reduction() { return reduction_.get(); }  ///< nullptr: none in this switch
  void left_input(const Transfer& transfer);
  void copies_left(Packet& original, const Transfer& transfer);
  void drop_copy(Packet& packet);
  void give_up_member(Transaction& copy);

  /// Trains of a class carry at most so many payload bytes on this port.
  void set_train_limit(protocols::TrafficClass traffic_class, TrainLimit limit);
  LinkTransmitter& ingress_link() { return ingress_link_; }
  /// Changes of width while the link is in use (PCIe: L0p).
  LinkWidth& width();
  /// Of a link between switches: what the other switch's egress says.
  DirectionReading ingress_reading();
  DirectionReading egress_reading() { return egress_.counters().at(now_ps()); }
  const PortCounts& counts() const override { return counts_; }
  /// What the protocol counts of credits on their way home (Ethernet: CBFC); nothing: it does not.
  std::vector<protocols::NamedCount> credit_counters(bool into_switch);
  /// At both ends, in the future unless the wheel runs; PortConfig::faults, or std::logic_error.
  /// Here and below: the outcome, if any, outlives the port.
  void schedule_link(protocols::LinkEvent, Picoseconds at_ps, FaultOutcome* outcome = nullptr);
  /// It loses lanes or rate, at both ends. std::invalid_argument: its protocol has no such width.
  void schedule_degradation(const LinkDegradation&, Picoseconds at_ps,
                            FaultOutcome* outcome = nullptr);
  /// Width, rate and framing in use: policy(), or what a degraded link has left.
  const protocols::LinkPolicy& policy_in_use() const { return ingress_link_.policy(); }
  /// Credits of the link stop coming home, or what was kept does: of the switch's ingress buffer
  /// (`into_switch`), or of the other end's.
  void schedule_credit_fault(const protocols::CreditFault&, bool into_switch, Picoseconds at_ps,
                             FaultOutcome* outcome = nullptr);
  /// Units of one direction of the link fail, or carry damaged data. Throws as schedule_link().
  void schedule_unit_fault(const UnitFault&, bool into_switch, Picoseconds at_ps,
                           FaultOutcome* outcome = nullptr);
  std::uint64_t credits_missing() const;  ///< kept from senders by faults, both directions
  bool link_up() const { return faults_ == nullptr || faults_->link_up(); }
  protocols::LinkState link_state() const;
  /// What went wrong here; nullptr: nothing yet.
  const protocols::ErrorLog* errors() const { return error_log_.get(); }
  /// Why the last loosely timed request, or one since, was refused; empty if none was.
  const std::string& last_refusal() const { return last_refusal_; }
  /// Of one packet, classified by this port, from its device to the other's; unloaded.
  Sent zero_load(const Packet& packet, const PortAdapter& to) const;
  /// A write that both protocols answer: those acknowledgements of the completer end in the switch.
  bool answered_twice(PacketKind kind, const PortAdapter& requester) const;
  /// The completion of `request` as it leaves this port's device (or its bridge).
  Packet answer_to(const Packet& request, std::uint32_t answer_bytes,
                   const PortAdapter& requester) const;
  /// Until all of a packet that the device sends is in the switch, looked up; unloaded.
  Picoseconds in_switch_ps(const Packet& packet) const;
  /// Of the completion of `request` back from this device, or its bridge; 0: the link carries none.
  Picoseconds zero_load_answer_ps(const Packet& request, std::uint32_t answer_bytes,
                                  const PortAdapter& requester,
                                  const PortAdapter* via = nullptr) const;
  /// Of a write to a group's window, if the group takes it; unloaded, members answer at once.
  Picoseconds zero_load_group_ps(std::uint64_t address, std::uint32_t bytes,
                                 std::uint16_t request_bytes);
  /// Who waits for what at this port, for the watchdog.
  void collect_waits(std::vector<WaitFact>& facts);
  /// All credits home, nothing queued, nothing held: what a finished simulation must show.
  void collect_problems(std::vector<std::string>& problems);

  /// From end_of_elaboration on: what is wrong with the link to another switch; empty: nothing.
  std::string link_problem();
  /// Why packets from here do not reach an endpoint by its id, or addresses; empty if they do.
  std::string way_problem(EndpointId endpoint) const;
  std::string way_problem(std::uint64_t address, std::uint64_t bytes) const;
  const PortAdapter* find_completer(std::uint64_t address, std::uint64_t bytes) const;
  FabricContext& fabric() { return context_; }
  const Partition& partition() const { return *partition_; }

  /// For PortMover (port_move.cpp). Closed: requests of this port's device and to it wait.
  void close_for_move();
  void open_after_move();
  bool moving() const { return moving_; }
  void set_partition(Partition& partition);
  void route_by_load();  ///< from end_of_elaboration on
  /// While any port of the linked switches moves: requests look closer.
  void guard_requests(bool while_ports_move);
  /// The request that waits for a move is put once more.
  void ask_again();
  bool waits_for_move() const { return held_ != nullptr; }
  bool takes_part(const Transaction& transaction) const;
  unsigned blocking_calls() const { return blocking_calls_; }  ///< begun, from here or to here
  bool may_bridge_to(const PortAdapter& to) const;  ///< one protocol, or a bridge that is not off

 private:
  friend class PortReduction;
  friend class PortMessages;
  friend class AdaptiveExit;
  struct Target;
  enum What : std::uint64_t;
  static std::uint64_t pack(What what, const void* object);

  void end_of_elaboration() override;
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  RequestVerdict at_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) override;
  void at_request_taken(Transaction& transaction, Picoseconds at_ps) override;
  void at_response(Transaction& transaction, Picoseconds at_ps) override;
  void at_response_taken(Transaction& transaction, Picoseconds at_ps) override;
  void retry_at(Picoseconds at_ps) override;
  void lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  /// The completer's call, and what AT takes at zero load until the requester has its answer.
  void lt_deliver(Transaction&, tlm::tlm_generic_payload&, sc_core::sc_time& delay);
  bool dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned debug_request(tlm::tlm_generic_payload& payload) override;
  void dmi_invalidated(std::uint64_t start, std::uint64_t end) override;
  void at_stray_response() override;
  Picoseconds now_ps() const { return context_.scheduler->now_ps(); }
  /// Packet::id: of the endpoint behind the port; of a link to a switch: behind all endpoints.
  std::uint64_t next_id() { return id_base_ | next_packet_++; }
  void train_sent(Packet& packet, const Sent& sent) override;
  void pump_egress_at(Picoseconds at_ps) override;
  void egress_room_again(Picoseconds now_ps) override;
  std::uint64_t address_of(const Packet& packet) override;

  /// A read or write that every protocol carries.
  static bool plain(const Transaction& transaction);
  static PortAdapter& next_stop(const Transaction& transaction, bool response);
  bool same_policy(const PortAdapter& to) const { return to.config_.policy == config_.policy; }
  bool bridges_to(const PortAdapter& to) const;
  Picoseconds bridge_ps(const PortAdapter& to) const;
  bool reaches(const PortAdapter& to) const;
  void judge(const Transaction& transaction, tlm::tlm_generic_payload& payload);
  void correct_status(const Transaction& transaction, tlm::tlm_generic_payload& payload);
  ZeroLoadHop hop_to(const PortAdapter& to) const;
  void measure(const Transaction& transaction, LatencyMemo& memo) const;

  /// Links between switches (port_link.cpp).
  void arrive(const Packet& packet, const Sent& sent) override;
  void credits_home(protocols::VcId vc, protocols::TrafficClass traffic_class,
                    protocols::CreditAmount, Picoseconds from_ps, Picoseconds at_ps) override;
  PortAdapter& adapter() override { return *this; }
  void pass_on(Packet& packet, const Sent& sent);
  void enter(const Packet& packet, const Sent& sent, std::uint8_t made);
  void post_arrival(Packet& packet);
  /// This last train never comes over the link: what has come of its transaction ends, too.
  void end_what_came(const Packet& packet);
  PortAdapter& exit_to(PortAdapter& to) const;
  PortAdapter& exit_to(PortAdapter& to, const Packet& packet) const;  ///< where there is a choice
  PortAdapter& way_out(const PortAdapter& to) const;
  ZeroLoadWay way_to(const PortAdapter& to) const;
  Target find_target(std::uint64_t address, std::uint64_t bytes) const;
  Target follow(std::uint64_t address, std::uint64_t bytes, PortAdapter& first) const;
  /// The next switch's port by which packets that leave here go on; nullptr: there is none.
  const PortAdapter* goes_on_by(EndpointId endpoint) const;
  const PortAdapter* goes_on_by(std::uint64_t address, std::uint64_t bytes) const;
  /// The train has passed more switches than any way has.
  void end_in_loop(Packet& packet, const Sent& sent);

  /// Links that fail (port_failure.cpp).
  void link_failed(bool asked_for, Picoseconds now_ps) override;
  void link_restored(Picoseconds now_ps) override;
  void link_recovers(Picoseconds until_ps) override;
  bool link_degraded(const LinkDegradation& degradation) override;
  bool gave_up() const override;
  void replay_failed(protocols::ErrorKind kind, Picoseconds now_ps) override;
  void use_policy(const protocols::LinkPolicy& policy);
  void require_faults() const;
  void timed_out(Transaction& transaction, Picoseconds now_ps) override;
  bool train_dropped(Packet& packet) override;
  /// It carries all of its transaction: no other train of that is on the way.
  static bool is_whole(const Packet& packet);
  void end_behind_others(Packet& packet);
  void end_dropped(Packet& packet);
  void copy_dropped(Packet& packet) override { drop_copy(packet); }
  void abandon(const SendJob& job, Picoseconds now_ps);
  void refuse_early(Transaction& transaction, Picoseconds now_ps);
  void fail_at_once(Transaction& transaction, Picoseconds now_ps);
  void send_stand_in(const SendJob& job, Picoseconds now_ps);
  /// Makes what is sent in place of a transaction's last train: minimal, over no ingress link.
  void stand_in(Packet& packet, PortAdapter& to);
  static void minimize(Packet& packet);
  /// The train is gone, and everything done about it; false: goes on (perhaps as a stand-in).
  bool lost_on_arrival(Packet& packet, Picoseconds now_ps);
  bool lost_on_delivery(Packet& packet, Picoseconds now_ps);
  void drop(const Packet& packet, UnitKind unit, Picoseconds now_ps,
            DropReason reason = DropReason::link_down);
  /// Nobody in the fabric will answer it any more.
  void give_up(Transaction& transaction);
  /// From here on the fabric works on a copy, and the timer runs.
  void guard(Transaction& transaction, Picoseconds at_ps);
  void take_home(Transaction& transaction);
  void invalidate_dmi();
  void make_errors();
  void look_after(LinkTransmitter& sender, Packet& packet, Picoseconds tail_ps);
  Picoseconds freed_ps(LinkTransmitter& sender, const Packet& packet, Picoseconds at_ps) const;
  void refuse_poisoned(Transaction& transaction);
  bool marked_as_damaged(Transaction& transaction);
  void respond(Transaction& transaction, Picoseconds at_ps);
  bool links_up_to(const PortAdapter& to) const { return link_up() && way_up_to(to); }
  bool way_up_to(const PortAdapter& to) const;
  /// Into the error log; `transaction`: to blame, nullptr: none is.
  void note(protocols::ErrorKind kind, const Transaction* transaction);

  /// Credits and who waits for them (port_credits.cpp).
  void schedule(const ScheduledFault& fault, Picoseconds at_ps);
  void link_fault(const ScheduledFault& fault, Picoseconds now_ps);
  void collect_egress_waits(std::vector<WaitFact>& facts);

  /// What may enter (port_request.cpp).
  Target decode(const Transaction& transaction, tlm::tlm_generic_payload& payload);
  bool legal(tlm::tlm_generic_payload& payload);
  void begin(Transaction& transaction, tlm::tlm_generic_payload& payload);
  bool refused_here(const Transaction& transaction, tlm::tlm_generic_payload& payload);
  bool completes(const Transaction& transaction) const;
  void direct(Transaction& transaction, const Target& target);
  RequestVerdict take_in(Transaction&, tlm::tlm_generic_payload&, Picoseconds at_ps);
  tlm::tlm_response_status refused_there(const Transaction& transaction);
  tlm::tlm_response_status refused_by_completer(const Transaction& transaction);

  /// What is for several (port_copies.cpp; LT and debug access: port_copies_untimed.cpp).
  bool for_several(const tlm::tlm_generic_payload& payload) const;
  bool to_table(const tlm::tlm_generic_payload& payload) const;
  std::optional<HypercastRefusal> members_of(const Transaction&, const tlm::tlm_generic_payload&,
                                             std::vector<MemberCopy>& members);
  tlm::tlm_response_status refuse_group(const Transaction& transaction, HypercastRefusal why);
  void refuse_change(const Transaction& write, HypercastRefusal why, std::uint64_t wire_bytes);
  RequestVerdict send_to_several(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                 Picoseconds at_ps);
  Transaction& add_copy(Transaction& original, PortAdapter& to, const MemberCopy& member);
  struct Beyond;  ///< members behind one other switch
  void add_member(Transaction& original, const MemberCopy& member, std::vector<Beyond>& beyond);
  void add_beyond(Transaction& original, const Beyond& next, std::size_t switches);
  void gather(const Transaction& original, std::vector<Beyond>& beyond);
  void look_up(Transaction& original);
  void write_table(Transaction& original);
  void copies_ready(Packet& packet, Picoseconds now_ps);
  Packet* make_copies(const Packet& packet, Picoseconds now_ps);
  std::uint64_t copy_id(const Packet& original);
  Packet* make_copy(const Packet& packet, Replication::Copy& copy, std::uint32_t offset_bytes);
  void end_copy(Transaction& copy, Picoseconds at_ps);
  void end_original(Transaction& original);
  void forget_copies(Transaction& original);
  void watch_members(const Replication& set);
  void arrive_for_several(Packet& packet, const Sent& sent);
  void free_ingress(const Packet& packet, Picoseconds home_ps);
  Packet packet_of(const Transaction& transaction) const;
  using DeliverCopy = std::function<Picoseconds(Transaction& copy, Picoseconds at_ps)>;
  Picoseconds untimed_copies(Transaction& original, const Packet&, const Sent&, const DeliverCopy&);
  Picoseconds untimed_write(Transaction& original, const DeliverCopy& deliver);
  Picoseconds acknowledgement_ps(const Transaction& copy) const;
  Picoseconds group_answer_ps(const Transaction& original) const;
  void lt_to_several(Transaction&, tlm::tlm_generic_payload&, sc_core::sc_time& delay);
  Picoseconds deliver_untimed(Transaction& copy, bool up, const sc_core::sc_time& start,
                              Picoseconds at_ps);
  void lt_to_table(Transaction&, tlm::tlm_generic_payload&, sc_core::sc_time& delay);
  unsigned debug_to_several(tlm::tlm_generic_payload& payload);

  /// Ports that move (port_move.cpp).
  RequestVerdict not_open(Transaction&, tlm::tlm_generic_payload&, Picoseconds at_ps);
  RequestVerdict hold(Transaction&, tlm::tlm_generic_payload&, Picoseconds at_ps);
  bool must_wait(const Transaction& transaction) const;
  void reconsider();

  /// Access control (port_access.cpp).
  protocols::AccessVerdict ask_access(const Transaction& transaction, const PortAdapter& to,
                                      bool request) const;
  bool hides(const Transaction& transaction);
  /// refused_there() and what access control says; what that hides comes first.
  tlm::tlm_response_status looked_at_closely(Transaction& transaction);
  /// May an access to the payload's address be seen at all? `seen` is cut to where it may.
  bool visible(const Target& target, const tlm::tlm_generic_payload& payload,
               protocols::AddressRange& seen) const;
  bool pointer_passes(const Target& target, const tlm::tlm_generic_payload& payload,
                      protocols::AddressRange& seen) const;
  tlm::tlm_response_status controlled(Transaction& transaction);
  tlm::tlm_response_status judged(Transaction& transaction);
  void control_answer(Transaction& transaction);
  bool turn_round(Packet& packet, bool response);
  Picoseconds path_ps(const Packet& packet, const PortAdapter& to, const PortAdapter* via) const;

  /// Completions that one of the two protocols lacks (port_bridge.cpp).
  void set_crossing(Packet& packet, const PortAdapter& to);
  void set_foreign_crossing(Packet& packet, const PortAdapter& to);
  void end_in_bridge(Transaction& transaction, Picoseconds at_ps, Transaction* then);
  void absorb(Packet& packet, Picoseconds now_ps);
  void respond_to_nobody(Transaction& transaction, Picoseconds at_ps);
  void answer_from_bridge(Transaction& transaction, Picoseconds at_ps);
  std::uint32_t acknowledged_at_once(const SendJob& job, const DeviceQueue& completer);
  Picoseconds refusal_ps() const;
  void answer_refused(Transaction& transaction, tlm::tlm_response_status status, Picoseconds at_ps);
  SendJob job_of(Transaction& transaction, bool response, Picoseconds ready_ps) const;
  void enqueue(const SendJob& job);
  void pump_device(Picoseconds now_ps);
  void request_delivered(Packet& packet);
  void response_delivered(Packet& packet);
  void answer(Transaction& transaction, Picoseconds at_ps);
  void finish(Transaction& transaction);
  void finish_specially(Transaction& transaction);
  void retire(Transaction& transaction);
  void answer_early(Transaction& transaction, tlm::tlm_generic_payload& payload);
  void release_held(Transaction& transaction, Picoseconds at_ps);
  void observe(PacketWhat what, UnitKind unit, Picoseconds at_ps, const Packet& packet);
  void tell(PacketWhat what, UnitKind unit, Picoseconds at_ps, const Packet& packet);

  PortId id_;
  EndpointId endpoint_;
  PortConfig config_;
  const protocols::LinkPolicy* trained_;  ///< the link's policy, or what it was degraded to
  FabricContext& context_;
  Partition* partition_;
  Origin origin_;
  // What each packet asks for stands together: there are many ports, and few fit a cache.
  std::unique_ptr<PortFaults> faults_;
  LinkEnd* far_ = nullptr;  ///< the other end, where that is another switch; from elaboration on
  Transaction* waiting_ = nullptr;  ///< its class queue is full: END_REQ is held back
  bool answers_writes_;             ///< the link carries a completion for a plain write
  Picoseconds credit_update_ps_;
  Picoseconds device_pump_ps_ = kNever;  ///< a look at the device's queue is posted for this time
  Picoseconds egress_pump_ps_ = kNever;  ///< a pump is posted for this time
  Picoseconds last_arrival_ps_ = 0;      ///< of the trains that came or come over the link
  Picoseconds last_delivery_ps_ = 0;     ///< of those sent to the device; only where it may fail
  std::uint64_t id_base_;
  std::uint64_t next_packet_ = 0;
  bool in_pump_ = false;
  bool closed_ = false;   ///< the link is down, or the port moves: requests go no further
  bool guarded_ = false;  ///< access control, or a port of the linked switches moves
  LinkTransmitter ingress_link_;
  DeviceQueue device_;
  /// Of a link that was degraded; the costs of trains under way may still point at earlier ones.
  std::vector<std::shared_ptr<const protocols::LinkPolicy>> lesser_policies_;
  EgressSide egress_;
  DirectionCounters ingress_counters_;
  std::unique_ptr<LinkWidth> width_;
  PortCounts counts_;
  std::unique_ptr<protocols::ErrorLog> error_log_;  ///< made by the first error
  std::string last_refusal_;
  std::deque<ScheduledFault> scheduled_faults_;  ///< events point at them
  EarlyOrders orders_;
  bool moving_ = false;
  unsigned moves_ = 0;  ///< under way on the linked switches
  unsigned blocking_calls_ = 0;
  tlm::tlm_generic_payload* held_ = nullptr;  ///< waits for a move: END_REQ is held back
  Picoseconds held_at_ps_ = 0;
  LatencyMemo latency_memo_;
  std::unique_ptr<PortReduction> reduction_;
  std::unique_ptr<AdaptiveExit> adaptive_;  ///< only where SwitchConfig::other_ways
};

}  // namespace antares::models

#include "antares/models/port/port_inline.h"  // what the packet path calls
