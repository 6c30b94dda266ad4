// SPDX-License-Identifier: Apache-2.0
#include "antares/models/reduction/reduction_engine.h"

#include <algorithm>

#include "antares/models/port/zero_load.h"

namespace antares::models {
namespace {

// Behind the ports and the crossbar within an instant; one place for all engines of a switch would
// do, but sequence numbers of one must not depend on another.
constexpr std::uint16_t kFirstEngine = 0x800;
constexpr std::uint64_t kExpire = 0;

ContextLimits context_limits(const ReductionConfig& config) {
  return {config.contexts, config.context_bytes, config.buffer_bytes, config.parking,
          to_picoseconds(config.timeout_us * 1000)};
}

double element_ps(const ReductionConfig& config, double link_GBps) {
  constexpr double kBytesOfDefaultElement = 2;
  const double Gops = config.alu_Gops != 0 ? config.alu_Gops : link_GBps / kBytesOfDefaultElement;
  return 1000.0 / Gops;
}

}  // namespace

ReductionEngine::ReductionEngine(const ReductionConfig& config, double link_GBps,
                                 std::uint16_t switch_index, std::uint16_t port,
                                 Scheduler& scheduler, ReductionClient& client)
    : scheduler_(scheduler),
      client_(client),
      origin_(switch_index, static_cast<std::uint16_t>(kFirstEngine + port)),
      latency_ps_(to_picoseconds(config.latency_ns)),
      // assumption: as much as the contexts hold may wait for the ALU.
      backlog_elements_(config.buffer_bytes / 2),
      table_(context_limits(config), *this),
      alu_(element_ps(config, link_GBps)),
      expiry_(Phase::arrival, origin_, *this, kExpire) {}

Picoseconds ReductionEngine::room_at(Picoseconds now_ps) const {
  return std::max(now_ps, alu_.backlog_below_ps(backlog_elements_));
}

void ReductionEngine::take(const Packet& packet, const Transfer& transfer) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  ReductionPart& part = *transaction.reduction;
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  if (!part.offered) {
    part.offered = true;
    part.what.cookie = &transaction;
    part.slot = table_.offer(part.what, transfer.granted_ps);
    watch();
  }
  const Picoseconds folded = fold(packet, transfer, part.slot);
  if (last && table_.comes_whole(part.slot, folded + latency_ps_)) wait_for(*part.slot);
}

void ReductionEngine::take_part(const Packet& packet, const Transfer& transfer, unsigned number) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  ReductionSpan::Part& part = transaction.reduction->span->parts[number];
  if (part.to_come_bytes == part.bytes) {
    Contribution what = contribution_of(*transaction.reduction, number);
    what.cookie = cookie_of(transaction, number);
    part.slot = table_.offer(what, transfer.granted_ps);
    watch();
  }
  part.to_come_bytes -= packet.bytes;
  const Picoseconds folded = fold(packet, transfer, part.slot);
  if (part.to_come_bytes == 0 && table_.comes_whole(part.slot, folded + latency_ps_))
    wait_for(*part.slot);
}

Picoseconds ReductionEngine::fold(const Packet& packet, const Transfer& transfer,
                                  ContextTable::Slot* slot) {
  const auto& transaction = *static_cast<const Transaction*>(packet.owner);
  if (transaction.failed) table_.spoil(slot, ReductionStatus::contributor_failed);
  if (transaction.poisoned) table_.spoil(slot, ReductionStatus::poisoned);
  const ElementType type = transaction.reduction->what.kind.type;
  return alu_.fold(transfer.granted_ps, transfer.tail_ps, packet.bytes / element_bytes(type));
}

void ReductionEngine::wait_for(ContextTable::Slot& slot) {
  scheduler_.post(slot.whole_ps, Phase::arrival, origin_, *this,
                  reinterpret_cast<std::uintptr_t>(slot.what.cookie));
}

void ReductionEngine::load(Transaction& transaction, Picoseconds now_ps) {
  ReductionPart& part = *transaction.reduction;
  part.what.cookie = &transaction;
  table_.offer(part.what, now_ps);
  watch();
}

void ReductionEngine::missing(const Contribution& contribution, Picoseconds now_ps) {
  Contribution none = contribution;
  none.cookie = nullptr;
  none.defect = ReductionStatus::contributor_failed;
  table_.whole(table_.offer(none, now_ps), now_ps);
}

void ReductionEngine::abandon(const std::function<bool(Transaction&)>& is_its, Picoseconds now_ps) {
  table_.abandon([&](void* cookie) { return is_its(transaction_by(cookie)); }, now_ps);
  watch();
}

void ReductionEngine::give_back(std::uint32_t contexts, std::uint64_t bytes, Picoseconds now_ps) {
  table_.give_back(contexts, bytes, now_ps);
  watch();
}

void ReductionEngine::fire(std::uint64_t what, Picoseconds now_ps) {
  ++events_;
  if (what == kExpire) {
    table_.expire(now_ps);
    return watch();
  }
  void* const cookie = reinterpret_cast<void*>(what);
  const ReductionPart& part = *transaction_by(cookie).reduction;
  table_.whole(part.span == nullptr ? part.slot : part.span->parts[part_by(cookie)].slot, now_ps);
  watch();
}

void ReductionEngine::watch() {
  const Picoseconds expiry = table_.next_expiry_ps();
  if (expiry == protocols::kNever)
    scheduler_.clear_alarm(expiry_);
  else if (!expiry_.is_set())
    scheduler_.set_alarm(expiry_, expiry);
}

void ReductionEngine::opened(ContextTable::Context& context, Picoseconds now_ps) {
  client_.load_opened(transaction_by(context.requester), now_ps);
}

void ReductionEngine::reduced(ContextTable::Context& context, Picoseconds now_ps) {
  client_.make_result(context, now_ps);
}

void ReductionEngine::over(const Contribution& what, ReductionStatus status, Picoseconds now_ps) {
  if (what.cookie != nullptr)
    client_.part_over(transaction_by(what.cookie), part_by(what.cookie), status, now_ps);
}

}  // namespace antares::models
