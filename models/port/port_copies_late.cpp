// SPDX-License-Identifier: Apache-2.0
// PortAdapter: copies that their members do not take in time, where the policy is not to wait for
// them. What of the copy waits in the switch is dropped, so that it holds no buffer; the original
// goes on as if the copy had ended with an error. What the member's device has already stays with
// it: its answer, should one come, is nobody's.
#include <algorithm>

#include "antares/models/port/port.h"

namespace antares::models {

void MemberTimer::fire(std::uint64_t, Picoseconds now_ps) {
  while (!timer_.empty() && timer_.next_ps() <= now_ps) {
    Transaction& copy = timer_.take();
    copy.requester->give_up_member(copy);
  }
  if (!timer_.empty() && !alarm_.is_set()) scheduler_.set_alarm(alarm_, timer_.next_ps());
}

void PortAdapter::watch_members(const Replication& set) {
  // Those behind another switch are watched there.
  for (const Replication::Copy& copy : set.copies)
    if (copy.transaction->copies == nullptr) context_.member_timer->watch(*copy.transaction);
}

void PortAdapter::give_up_member(Transaction& copy) {
  ++counts_.copies_timed_out;
  note(protocols::ErrorKind::completion_timeout, &copy);
  last_refusal_ = "a member of the group has not taken its copy in time";
  if (context_.hypercast->config().slow_member == SlowMember::drop &&
      !context_.hypercast->expelled(copy.destination)) {
    ++counts_.members_dropped;
    context_.hypercast->expel(copy.destination);
  }
  copy.failed = true;
  Replication& set = *copy.then->copies;
  const auto is_it = [&](const Replication::Copy& one) { return one.transaction == &copy; };
  auto& entry = *std::find_if(set.copies.begin(), set.copies.end(), is_it);
  // It may end on the way: then its train was the last one. So what is ahead goes first.
  const std::uint64_t ended = counts_.copies_failed;
  entry.exit->egress_.drop_waiting_of(&copy, now_ps());
  if (counts_.copies_failed == ended) context_.crossbar->drop_copies(&copy);
  if (counts_.copies_failed == ended && copy.completer->edge.withdraw(copy)) {
    copy.completer->release_held(copy, now_ps());
    give_up(copy);
  }
  if (counts_.copies_failed != ended) return;
  Transaction& original = *copy.then;
  copy.then = nullptr;
  ++counts_.copies_failed;
  set.add_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  set.last_ps = std::max(set.last_ps, now_ps());
  if (--set.open == 0 && set.all_sent) end_original(original);
}

void PortAdapter::drop_copy(Packet& packet) {
  drop(packet, UnitKind::egress, now_ps(), DropReason::timeout);
  ++counts_.trains_dropped;
  if ((packet.flags & protocols::kLastTrain) != 0)
    end_behind_others(packet);
  else
    context_.packets->put(&packet);
}

void PortAdapter::copies_left(Packet& original, const Transfer& transfer) {
  if ((original.crossing & protocols::kMadeByBridge) == 0) {
    device_.several_left(original.bytes, now_ps());
    Transfer whole = transfer;
    whole.held = ingress_link_.cost(original).demand;
    left_input(whole);
  }
  context_.packets->put(&original);
  if (far_ == nullptr && device_.has_quota()) pump_device(now_ps());
}

}  // namespace antares::models
