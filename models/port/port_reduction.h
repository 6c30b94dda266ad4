// SPDX-License-Identifier: Apache-2.0
// What a port has to do with in-switch reduction: it takes contributions and load-reduces in, owns
// the engine behind its crossbar output, and carries results away.
//
//   push: a contribution crosses its ingress link and the crossbar to the engine of the member's
//   port that its address belongs to (in turn, by address). The result is a request of that port
//   for several (port_copies.cpp), read from a crossbar input that only the engine has.
//   pull: a load-reduce takes a context of its own port's engine where it comes in, then becomes as
//   many reads; their answers leave the crossbar into that engine, the result goes back through it.
//
//   more than an engine holds (port_reduction_span.cpp): a contribution that several engines take,
//   a part each, and results that reach each member as one transaction.
//
//   members behind several switches (port_reduction_tiers.cpp): what the contributions at a switch
//   add up to is a contribution to the engine of the next one, by the tree of reduction_tree.h; a
//   load-reduce asks the next switch for the sum of those behind it.
//
// A contribution is answered when its result is made (posted: by its status, else by a completion);
// what the copies of the result meet afterwards is counted (PortCounts::copies_failed).
// Picoseconds.
#pragma once
#include "antares/models/port/port.h"
#include "antares/models/port/reduction_tree.h"
#include "antares/models/reduction/reduction_engine.h"

namespace antares::models {

class PortReduction : private ReductionClient {
 public:
  PortReduction(PortAdapter& port, FabricContext& context);

  static bool asked_for(const tlm::tlm_generic_payload& payload);
  RequestVerdict send(Transaction& transaction, tlm::tlm_generic_payload& payload,
                      Picoseconds at_ps);
  void lt(Transaction& transaction, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  /// Trains of this transaction go to an engine, not to the egress.
  static bool ends_in_engine(const Transaction& transaction, bool response);
  void to_engine(Packet& packet);
  /// A train of another switch's partial result is here, or of what that switch has of a load.
  void partial_arrived(Packet& packet, const Sent& sent);
  /// A partial result that left by this port has ended; so have those that it is the sum of.
  void end_partial(Transaction& partial);
  /// A train of a load-reduce is at the look-up.
  void load_arrived(Packet& packet, Picoseconds now_ps);
  /// A member has answered a read of a load-reduce.
  void send_operand(Transaction& transaction, Picoseconds at_ps);
  /// A train of a copy is on its link: the last of one that comes in parts shows only here.
  static void copy_sent(Packet& packet) {
    auto& copy = *static_cast<Transaction*>(packet.owner);
    if ((copy.ending & Transaction::kInParts) == 0) return;
    copy.left_switch_bytes[0] += packet.bytes;
    if (copy.left_switch_bytes[0] == copy.bytes) packet.flags |= protocols::kLastTrain;
  }
  /// The crossbar has granted a train for the engine.
  void take(Packet& packet, const Transfer& transfer);
  Picoseconds room_at(Picoseconds now_ps) const { return engine_.room_at(now_ps); }
  /// All copies of a train that the engine sent have left it.
  void result_left(const Packet& original, Picoseconds now_ps);

  /// What ports of the partition have in this engine is used no more: it is reset.
  void abandon(const Partition& partition, Picoseconds now_ps);

  const ReductionEngine& engine() const { return engine_; }

 private:
  PortId engine_input() const {
    return PortId(static_cast<std::uint16_t>(context_.first_engine + port_.id().value()));
  }
  static void say(tlm::tlm_generic_payload& payload, ReductionStatus status);
  void load_opened(Transaction& load, Picoseconds now_ps) override;
  /// Trains of one result, or load-reduce, are all there at once, but a short one could be ready
  /// for a fast link sooner than those before it. `heads`: of direct and of bridged copies so far.
  void keep_order(Packet* copies, Picoseconds (&heads)[2]) const;
  /// The next train of what the engine sends, at the crossbar input that is the engine's.
  Packet& next_train(SendJob& job, Picoseconds now_ps);
  /// A transaction's trains, from the engine's input; `space`: what the engine gets back then.
  void send_from_engine(Transaction& transaction, bool response, PortAdapter& exit,
                        std::uint8_t crossing, ResultSpace* space, Picoseconds now_ps);
  void make_result(ContextTable::Context& context, Picoseconds now_ps) override;
  void part_over(Transaction& transaction, unsigned part, ReductionStatus status,
                 Picoseconds now_ps) override;
  void ended(Transaction& transaction, ReductionStatus status, Picoseconds now_ps);

  /// Contributions with parts (port_reduction_span.cpp): whether it can be one; makes it one.
  bool may_span(const Transaction& transaction) const;
  void make_span(ReductionPart& part) const;
  /// The engine behind this port is the one for the next part of it that is to come here.
  unsigned part_here(const ReductionSpan& span, const Packet& packet) const;
  static void part_sent(Transaction& transaction, std::uint32_t bytes);
  /// A part that found no place is sent again.
  void send_again(Transaction& transaction, unsigned part, Picoseconds now_ps);
  /// Is all of it over?
  bool span_over(Transaction& transaction, unsigned part, ReductionStatus status,
                 Picoseconds now_ps);
  void store_part(ContextTable::Context& context, Picoseconds now_ps);
  SpanResult& result_of(const ContextTable::Context& context, unsigned part);
  /// Nobody contributes to it any more: what its members have not got they never will.
  void close(SpanResult& span, std::uint32_t part_bytes, Picoseconds now_ps);
  void lt_span(const Transaction& transaction, tlm::tlm_generic_payload& payload,
               const ReductionPart& part, sc_core::sc_time& delay);

  tlm::tlm_response_status refuse(const Transaction& transaction, const char* why,
                                  tlm::tlm_response_status status);
  /// Of a load-reduce over several switches, engines being on service ports.
  tlm::tlm_response_status plan_beyond(const Transaction& load, ReductionPart& part);
  /// What the transaction's part is, or why it has none.
  tlm::tlm_response_status plan(const Transaction& transaction,
                                const tlm::tlm_generic_payload& payload, ReductionPart& part);
  KnownMembers& known(const std::shared_ptr<const MemberList>& members);
  /// Who contributes where, and as the how-manyth; why not: in words, else nullptr.
  const char* place(KnownMembers& set, ReductionPart& part, std::ptrdiff_t own,
                    std::ptrdiff_t owner);
  std::shared_ptr<const ReductionTree> tree_for(KnownMembers& set, PortAdapter& port,
                                                KnownMembers::Home home);
  PortAdapter* port_behind(const GroupMember& member) const;
  PortAdapter& port_of(const GroupMember& member) const;
  std::uint64_t turn_at(std::uint64_t offset_bytes, std::uint32_t bytes) const;
  std::uint64_t turn_of(const ReductionPart& part, std::uint64_t further_bytes,
                        std::uint32_t bytes) const;
  std::uint64_t turn_of(const ReductionPart& part) const {
    return turn_of(part, 0, part.what.bytes);
  }
  std::size_t home_of(const ReductionPart& part) const;
  PortAdapter& engine_of(const ReductionPart& part) const;
  ReductionEngine& loads_engine(const Transaction& load);
  MemberCopy copy_for(const ReductionPart& part, std::size_t member, std::uint32_t bytes) const;
  /// Combines operands (ReductionShared::operands, arrival) into `to`.
  void combine(const ReductionKind& kind, std::uint32_t bytes, unsigned char* to);
  bool gather(const ContextTable::Context& context);
  void store_result(ContextTable::Context& context, Picoseconds now_ps);
  /// A train of a result; nobody gets it: it has left.
  void send_copies(Packet& original, Packet* copies, ResultSpace* space, Picoseconds now_ps);
  /// What brings `bytes` of sums to all members, as one of the contributions says whom; `sum`: made
  /// of that, nullptr: they will be made one after the other (copies share their data).
  Transaction& new_result(const Transaction& first, std::uint32_t bytes,
                          const ContextTable::Context* sum);
  void answer_load(ContextTable::Context& context, Picoseconds now_ps);
  Transaction& new_partial(const Transaction& like, PortAdapter& exit, const ReductionPart& said);
  void send_partial(ContextTable::Context& context, Picoseconds now_ps);
  void partial_over(Transaction& partial, ReductionStatus status, Picoseconds now_ps);
  void ask_switch(Transaction& load, const ReductionPart& part, std::uint32_t node,
                  const Contribution& operand);
  /// What this switch has of another's load-reduce; context: nullptr where it has nothing.
  void answer_above(Transaction& load, ContextTable::Context* context, ReductionStatus status,
                    Picoseconds now_ps);
  void lt_push(Transaction& transaction, tlm::tlm_generic_payload& payload,
               const ReductionPart& part, sc_core::sc_time& delay);
  void lt_pull(Transaction& transaction, tlm::tlm_generic_payload& payload,
               const ReductionPart& part, sc_core::sc_time& delay);
  void lt_deliver(const Transaction& transaction, const tlm::tlm_generic_payload& payload,
                  const ReductionPart& part, UntimedContext& context, sc_core::sc_time& delay);
  void lt_combine(const ReductionPart& part, const UntimedContext& done, unsigned char* to);
  std::size_t lt_combine_at(const ReductionTree& tree, std::uint32_t node,
                            const UntimedContext& done, unsigned char* to);

  PortAdapter& port_;
  FabricContext& context_;
  ReductionShared& shared_;
  ReductionEngine engine_;
  std::vector<PortAdapter::Beyond> beyond_;  ///< kept for its memory
};

}  // namespace antares::models
