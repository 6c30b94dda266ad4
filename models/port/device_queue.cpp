// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/device_queue.h"

#include <algorithm>

#include "antares/protocols/common/bits.h"

namespace antares::models {

using protocols::lowest_bit;

DeviceQueue::DeviceQueue(LinkTransmitter& link, const protocols::LinkPolicy& policy)
    : link_(link),
      policy_(policy),
      costs_(link.costs()),
      jobs_(policy.receiver_credits().virtual_channels * protocols::kTrafficClasses + 1) {}

void DeviceQueue::enqueue(const SendJob& job) {
  auto& jobs = jobs_[job.queue()];
  if (jobs.full()) jobs.set_capacity(jobs.capacity() == 0 ? 16 : 2 * jobs.capacity());
  jobs.push_back(job);
  jobs.back().sequence = sequence_++;
  waiting_ |= protocols::bit(job.queue());
  if (has_quota() && job.queue() == several()) judge_quota();
}

void DeviceQueue::judge_quota() {
  const unsigned queue = several();
  over_quota_ = 0;
  if (jobs_[queue].empty() || several_bytes_ == 0) return;
  if (several_bytes_ + next_train_bytes(jobs_[queue].front()) > quota_bytes_)
    over_quota_ = protocols::bit(queue);
}

void DeviceQueue::several_left(std::uint32_t bytes, Picoseconds now_ps) {
  if (!has_quota()) return;
  // Of a link between switches nothing was counted.
  several_bytes_ -= std::min<std::uint64_t>(several_bytes_, bytes);
  const bool waited = over_quota_ != 0;
  judge_quota();
  // What has waited for the quota goes from now on, however long its link has been free.
  if (!waited || over_quota_ != 0 || jobs_[several()].empty()) return;
  SendJob& next = jobs_[several()].front();
  next.ready_ps = std::max(next.ready_ps, now_ps);
}

std::uint32_t DeviceQueue::next_train_bytes(const SendJob& job) const {
  // Cuts fall where the protocol cuts anyway, so that trains of any size make the same link
  // packets.
  const Transaction& transaction = *job.transaction;
  Packet whole;
  whole.kind = job.response ? PacketKind::completion : transaction.kind;
  whole.bytes = job.bytes;
  whole.address_low = static_cast<std::uint16_t>(transaction.global_address % 4096);
  whole.request_bytes = transaction.request_bytes;
  whole.form = job.form;
  const TrainLimit& limits = limits_[static_cast<unsigned>(job.traffic_class)];
  std::uint32_t limit = limits.bytes;
  // Bytes stand for so many of the largest link packets: smaller ones need as many headers for less
  // payload.
  std::uint32_t unit = policy_.max_link_payload_bytes(whole.kind);
  if (whole.request_bytes != 0 && whole.request_bytes < unit) {
    std::uint32_t packets = std::max(1u, limit / unit);
    if (whole.kind == PacketKind::read)  // they carry nothing: only their number counts
      packets = std::max(packets, std::min(limits.read_requests, limit / whole.request_bytes));
    unit = whole.request_bytes;
    limit = packets * unit;
  }
  // What is no more than a train is one, though it may begin off the boundaries where links cut and
  // have a link packet more: not one train and another of a few bytes. Of a train that is a quarter
  // of a pool, of more than one packet, there is room for it.
  if (job.offset_bytes == 0 && job.bytes <= limit && limit >= 2 * unit) return job.bytes;
  return costs_->train_bytes(whole, job.offset_bytes, limit);
}

void DeviceQueue::shape(const SendJob& job, std::uint32_t train_bytes, Packet& packet) const {
  const Transaction& transaction = *job.transaction;
  const std::uint64_t address = transaction.global_address + job.offset_bytes;
  packet.owner = job.transaction;
  packet.bytes = train_bytes;
  packet.address_low = static_cast<std::uint16_t>(address % 4096);
  packet.request_bytes = transaction.request_bytes;
  packet.flags = transaction.flags;
  if (job.response) packet.flags &= ~(protocols::kByteEnables | protocols::kWantsAnswer);
  if (job.acknowledges) packet.flags |= protocols::kAcknowledges;
  if (address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  if (job.offset_bytes + train_bytes == job.bytes) packet.flags |= protocols::kLastTrain;
  packet.kind = job.response ? PacketKind::completion : transaction.kind;
  packet.source = job.response ? transaction.destination : transaction.source;
  packet.destination = job.response ? transaction.source : transaction.destination;
  packet.traffic_class = job.traffic_class;
  packet.vc = job.vc;
  packet.form = job.form;
}

int DeviceQueue::held_up_by(const SendJob& job, unsigned own_queue) const {
  Packet later;
  bool shaped = false;
  const std::uint64_t others = waiting_ & ~over_quota_ & ~protocols::bit(own_queue);
  for (std::uint64_t left = others; left != 0; left &= left - 1) {
    const SendJob& earlier_job = jobs_[lowest_bit(left)].front();
    if (earlier_job.sequence > job.sequence) continue;
    if (!shaped) {
      shape(job, job.bytes - job.offset_bytes, later);
      shaped = true;
    }
    Packet earlier;
    shape(earlier_job, earlier_job.bytes - earlier_job.offset_bytes, earlier);
    if (!policy_.may_pass(later, earlier)) return static_cast<int>(lowest_bit(left));
  }
  return -1;
}

Launched DeviceQueue::launch(Packet& packet, Picoseconds now_ps) {
  constexpr unsigned kNone = 64;
  Launched launched;
  blocked_ = false;
  Picoseconds best_start = kNever;
  unsigned best = kNone;
  unsigned shaped = kNone;          // the queue `packet` is filled in for
  const TrainCost* cost = nullptr;  // of `packet`
  for (std::uint64_t left = waiting_ & ~over_quota_; left != 0; left &= left - 1) {
    const unsigned c = lowest_bit(left);
    const SendJob& job = jobs_[c].front();
    // With a single queue in use there is nothing to overtake.
    if (waiting_ != protocols::bit(c) && held_up_by(job, c) >= 0) continue;
    shape(job, next_train_bytes(job), packet);
    shaped = c;
    const Picoseconds at = std::max(job.ready_ps, link_.free_ps());
    cost = &link_.cost(packet);
    const Picoseconds start = link_.credits_at(packet, *cost, at);
    if (start == kNever) {
      blocked_ = true;
    } else if (start < best_start || (start == best_start && turn(c) < turn(best))) {
      // Queues that could start at once take turns: requests do not wait behind a backlog of
      // completions (assumption: no device publishes how it chooses).
      best_start = start;
      best = c;
    }
  }
  if (best_start == kNever) return launched;
  SendJob& job = jobs_[best].front();
  if (best_start > now_ps && best_start > std::max(job.ready_ps, link_.free_ps())) {
    blocked_ = true;  // credits that come home earlier than known now are worth another look
    launched.retry_ps = best_start;
    return launched;
  }
  const bool anew = shaped != best || link_.encodes();
  if (shaped != best) shape(job, next_train_bytes(job), packet);
  launched.any = true;
  launched.response = job.response;
  launched.transaction = job.transaction;
  launched.ready_ps = job.ready_ps;
  if (link_.encodes())
    link_.encode(packet, job.transaction->global_address + job.offset_bytes, best_start);
  launched.cost = anew ? &link_.cost(packet) : cost;
  launched.sent = link_.send(packet, *launched.cost, Supply{best_start, 0}, best_start);
  last_start_ps_ = launched.sent.start_ps;
  last_served_ = best;
  job.offset_bytes += packet.bytes;
  if (job.offset_bytes == job.bytes) {
    launched.job_done = true;
    jobs_[best].pop_front();
    if (jobs_[best].empty())
      waiting_ &= ~protocols::bit(best);
    else  // it has waited for long, and its turn comes with the next event
      __builtin_prefetch(jobs_[best].front().transaction);
  }
  if (best == several()) {
    several_bytes_ += packet.bytes;
    judge_quota();
  }
  return launched;
}

std::vector<SendJob> DeviceQueue::take_all() {
  std::vector<SendJob> taken;
  for (auto& jobs : jobs_) {
    taken.insert(taken.end(), jobs.begin(), jobs.end());
    jobs.clear();
  }
  std::sort(taken.begin(), taken.end(),
            [](const SendJob& a, const SendJob& b) { return a.sequence < b.sequence; });
  waiting_ = 0;
  over_quota_ = 0;
  blocked_ = false;
  return taken;
}

}  // namespace antares::models
