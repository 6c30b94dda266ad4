// SPDX-License-Identifier: Apache-2.0
// Crossbar: fan-out. Copies of one packet wait in the queues of their outputs like packets of their
// own, so that arbiters know nothing of them. When one is granted, those of its siblings that could
// go in the same instant (output free, room at egress, next in line) go with it and share its read
// of the input; the rest stays and costs a read later. Nobody waits for a sibling, so fan-out adds
// no cycle of waits. In slot mode siblings take what the slot's matching has left idle.
#include <algorithm>

#include "antares/models/crossbar/crossbar.h"

namespace antares::models {

void Crossbar::push_copies(Packet& original, Packet* first) {
  enter_copies(fans_.open(original, first), original.head_ps);
}

void Crossbar::enter_copies(FanOut& fan, Picoseconds now_ps) {
  bool dropped = false;
  for (std::size_t i = 0; !fan.dropped.empty() && i < fan.waiting.size();) {
    Packet& copy = *fan.waiting[i];
    const auto owner = std::find(fan.dropped.begin(), fan.dropped.end(), copy.owner);
    if (copy.head_ps != now_ps || owner == fan.dropped.end()) {
      ++i;
      continue;
    }
    fan.dropped.erase(owner);
    drop_copy(fan, copy, now_ps);
    dropped = true;
  }
  const bool output_queues = config_.queueing == Queueing::output;  // nothing waits, as in push()
  for (std::size_t i = 0; output_queues && i < fan.waiting.size();) {
    Packet& copy = *fan.waiting[i];
    if (copy.head_ps > now_ps) {
      ++i;
      continue;
    }
    fans_.leaves(fan, copy);
    grant_copy(fan, copy, now_ps, read_of(fan, copy));
  }
  Picoseconds next = kNever;
  for (Packet* copy : fan.waiting) {
    if (copy->head_ps == now_ps) {
      enter(*copy, now_ps);
    } else if (copy->head_ps > now_ps && copy->head_ps < next) {
      next = copy->head_ps;
    }
  }
  if (next != kNever) {
    scheduler_.post(next, Phase::arrival, origin_, *this, kFanEvent | fan.number);
  } else if (output_queues || dropped) {
    close_if_done(fan);
  }
}

void Crossbar::drop_copy(FanOut& fan, Packet& copy, Picoseconds now_ps) {
  fans_.leaves(fan, copy);
  fan.last.left_ps = std::max(fan.last.left_ps, now_ps);
  fan.last.granted_ps = now_ps;
  egress_.drop(copy);
}

void Crossbar::drop_copies(const void* owner) {
  const Picoseconds now = scheduler_.now_ps();
  // By number: what a drop ends may open others.
  for (std::size_t number = 0; number < fans_.all().size(); ++number) {
    FanOut& fan = fans_.at(number);
    const auto is_its = [&](const Packet* copy) { return copy->owner == owner; };
    const auto found = std::find_if(fan.waiting.begin(), fan.waiting.end(), is_its);
    if (found == fan.waiting.end()) continue;
    Packet& copy = **found;
    if (copy.head_ps > now) {  // in no queue yet: once it comes
      fan.dropped.push_back(owner);
      continue;
    }
    const unsigned input = copy.input.value();
    voqs_.withdraw(copy);
    drop_copy(fan, copy, now);
    close_if_done(fan);
    // Those behind it were woken by nobody.
    if (slot_ps_ != 0) {
      post_slot(now);
    } else {
      dirty_inputs_.set(input);
      scheduler_.request_arbitration(*this);
    }
  }
}

TrainCost Crossbar::read_of(const FanOut& fan, const Packet& copy) {
  // By value: what the outputs cost may push it out of its cache.
  return ingress_.cost_at_input(fan.one_read ? *fan.original : copy);
}

void Crossbar::grant_copies(Packet& first, Picoseconds now_ps) {
  FanOut& fan = fans_.of(first);
  const TrainCost in = read_of(fan, first);
  const TrainCost out = egress_.cost(first.output, first);
  take_ports(first, now_ps, in, out);
  fans_.leaves(fan, first);
  if (slot_ps_ != 0) {
    grant_copy(fan, first, now_ps, in);
    matched_fans_.push_back(&fan);
    return;
  }
  grant_siblings(fan, now_ps, in);
  grant_copy(fan, first, now_ps, in);
  close_if_done(fan);
}

unsigned Crossbar::lagging_output(unsigned input, const std::uint64_t* requests,
                                  unsigned picked) const {
  // Siblings share a read only where each is next in line. Once an input's queues are out of step
  // no copy ever finds its siblings there, each costs a read, and inputs become the bottleneck: so
  // a free input brings up what has fallen behind.
  Picoseconds oldest = voqs_.head(input, picked)->head_ps;
  for_each(requests, free_outputs_.data(), words_, [&](unsigned output) {
    const Packet& head = *voqs_.head(input, output);
    if ((head.crossing & protocols::kIsCopy) == 0 || head.head_ps >= oldest) return;
    oldest = head.head_ps;
    picked = output;
  });
  return picked;
}

void Crossbar::grant_siblings(FanOut& fan, Picoseconds now_ps, const TrainCost& in) {
  if (!fan.one_read) return;
  for (std::size_t i = 0; i < fan.waiting.size();) {
    const unsigned output = fan.outputs[i];
    Packet& copy = *fan.waiting[i];
    const bool goes = output_free_at_[output] <= now_ps && copy.head_ps <= now_ps &&
                      select(copy.input.value(), output, now_ps) == &copy;
    if (!goes) {
      ++i;
      continue;
    }
    const TrainCost out = egress_.cost(copy.output, copy);
    take_ports(copy, now_ps, in, out);
    fans_.leaves(fan, copy);
    ++counts_.shared_reads;
    grant_copy(fan, copy, now_ps, in);
  }
}

void Crossbar::grant_copy(FanOut& fan, Packet& copy, Picoseconds now_ps, const TrainCost& in) {
  const TrainCost& out = egress_.cost(copy.output, copy);
  const Transfer transfer = transfer_of(copy, now_ps, in, out);
  tell_granted(copy, now_ps);
  fan.last.granted_ps = now_ps;
  fan.last.first_packet_left_ps =
      std::max(fan.last.first_packet_left_ps, transfer.first_packet_left_ps);
  fan.last.left_ps = std::max(fan.last.left_ps, transfer.left_ps);
  egress_.accept(copy, transfer);
}

void Crossbar::close_if_done(FanOut& fan) {
  if (!fan.waiting.empty()) return;
  Packet& original = *fan.original;
  Transfer transfer = fan.last;
  transfer.input = original.input;
  transfer.vc = original.vc;
  transfer.traffic_class = original.traffic_class;
  fans_.close(fan);
  ingress_.copies_left(original, transfer);
}

}  // namespace antares::models
