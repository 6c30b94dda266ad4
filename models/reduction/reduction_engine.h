// SPDX-License-Identifier: Apache-2.0
// The engine of one port, between its crossbar output and its egress: trains of contributions end
// here, the ALU folds them, contexts say when a result is complete. A context costs one event, at
// the last byte of its last contribution; an alarm watches the oldest context. What carries the
// result away is the port's business. Why nothing can wait in a circle: README.md. Picoseconds.
#pragma once
#include "antares/models/port/transaction.h"
#include "antares/models/reduction/alu_server.h"
#include "antares/models/reduction/reduction_part.h"
#include "antares/models/scheduler/scheduler.h"
#include "antares/models/sockets/fabric_interfaces.h"

namespace antares::models {

/// What an engine asks of its port.
class ReductionClient {
 public:
  /// The load-reduce has a context: its reads may go out.
  virtual void load_opened(Transaction& load, Picoseconds now_ps) = 0;
  /// Everything is in: makes the result and sends it; result_left() is due in the end.
  virtual void make_result(ContextTable::Context& context, Picoseconds now_ps) = 0;
  /// A contribution (or part of one), answer or load-reduce (one that got no result) has ended.
  virtual void part_over(Transaction& transaction, unsigned part, ReductionStatus status,
                         Picoseconds now_ps) = 0;

 protected:
  virtual ~ReductionClient() = default;
};

class ReductionEngine : private EventTarget, private ContextTable::Client {
 public:
  /// link_GBps: raw rate of the port, from which the ALU's default follows.
  ReductionEngine(const ReductionConfig& config, double link_GBps, std::uint16_t switch_index,
                  std::uint16_t port, Scheduler& scheduler, ReductionClient& client);

  /// now_ps if the ALU keeps up; else when it will have caught up.
  Picoseconds room_at(Picoseconds now_ps) const;
  /// A train of a contribution or answer; the caller frees it.
  void take(const Packet& packet, const Transfer& transfer);
  /// A train of a part of a contribution.
  void take_part(const Packet& packet, const Transfer& transfer, unsigned part);
  /// All of a load-reduce is at its look-up.
  void load(Transaction& transaction, Picoseconds now_ps);
  /// Contributes nothing in the name of a member that cannot be asked.
  void missing(const Contribution& contribution, Picoseconds now_ps);
  /// What transactions of which `is_its` is true have here ends.
  void abandon(const std::function<bool(Transaction&)>& is_its, Picoseconds now_ps);
  /// The result that took so much has left.
  void give_back(std::uint32_t contexts, std::uint64_t bytes, Picoseconds now_ps);

  const ContextTable& table() const { return table_; }
  const AluServer& alu() const { return alu_; }
  /// That it has had of the scheduler, ends of contexts' time included.
  std::uint64_t events() const { return events_; }

 private:
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void opened(ContextTable::Context& context, Picoseconds now_ps) override;
  void reduced(ContextTable::Context& context, Picoseconds now_ps) override;
  void over(const Contribution& what, ReductionStatus status, Picoseconds now_ps) override;
  void watch();
  /// So much of it, for a context or for none, is here.
  Picoseconds fold(const Packet& packet, const Transfer& transfer, ContextTable::Slot* slot);
  void wait_for(ContextTable::Slot& slot) override;

  Scheduler& scheduler_;
  ReductionClient& client_;
  Origin origin_;
  Picoseconds latency_ps_;
  std::uint64_t backlog_elements_;
  ContextTable table_;
  AluServer alu_;
  std::uint64_t events_ = 0;
  Alarm expiry_;  ///< of the oldest context, or of one that was the oldest; none open: not set
};

}  // namespace antares::models
