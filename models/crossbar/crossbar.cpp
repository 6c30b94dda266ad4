// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/crossbar.h"

#include <algorithm>

#include "antares/models/observe/text.h"
#include "antares/models/port/zero_load.h"

namespace antares::models {
namespace {
constexpr std::uint16_t kCrossbarPort = 0xFFF;  // its place in the order of events: after the ports
constexpr std::uint64_t kSlotEvent = ~std::uint64_t{0};
}  // namespace

Crossbar::Crossbar(std::uint16_t switch_index, const CrossbarConfig& config, unsigned ports,
                   unsigned queues, std::uint64_t seed, const std::string& name,
                   Scheduler& scheduler, IngressStage& ingress, EgressStage& egress,
                   Observe& observe)
    : Arbitrated(switch_index),
      config_(config),
      name_(name),
      ports_(ports),
      queues_(queues),
      words_(words_for(ports_)),
      switch_index_(switch_index),
      slot_ps_(to_picoseconds(config.slot_ns)),
      scheduler_(scheduler),
      ingress_(ingress),
      egress_(egress),
      observe_(observe),
      origin_(switch_index, kCrossbarPort),
      voqs_(ports_, queues_, config.queueing == Queueing::fifo),
      arbiter_(make_arbiter(config, ports_, seed, name, this)),
      input_free_at_(ports_, 0),
      output_free_at_(ports_, 0),
      free_inputs_(ports_, true),
      free_outputs_(ports_, true),
      input_wake_(ports_, 0),
      output_wake_(ports_, 0),
      wakes_(ports_, ports_),
      blocked_until_(std::size_t{ports_} * queues_, 0),
      dirty_outputs_(ports_),
      dirty_inputs_(ports_),
      working_outputs_(ports_),
      working_inputs_(ports_),
      admitted_(ports_),
      candidates_(ports_) {}

void Crossbar::push(Packet& packet) {
  const Picoseconds now = packet.head_ps;
  if (config_.queueing == Queueing::output) {
    pass_to_egress(packet, now, ingress_.cost_at_input(packet),
                   egress_.cost(packet.output, packet));
    return;
  }
  enter(packet, now);
}

void Crossbar::enter(Packet& packet, Picoseconds now) {
  voqs_.push(packet);
  if (slot_ps_ != 0) {
    post_slot(now);
    return;
  }
  const unsigned input = packet.input.value();
  const unsigned output = packet.output.value();
  const bool input_busy = input_free_at_[input] > now;
  const bool output_busy = output_free_at_[output] > now;
  if (input_busy) wake_input_at(input, input_free_at_[input]);
  if (output_busy) wake_output_at(output, output_free_at_[output]);
  if (input_busy || output_busy) return;
  dirty_outputs_.set(output);
  scheduler_.request_arbitration(*this);
}

void Crossbar::room_again(PortId output, Picoseconds) {
  for (unsigned queue = 0; queue < queues_; ++queue) blocked_until(output.value(), queue) = 0;
  if (slot_ps_ != 0) {
    // Not at the time told, which may be the future start on the link: slots in between must not be
    // lost.
    if (voqs_.packets() != 0) post_slot(scheduler_.now_ps());
    return;
  }
  dirty_outputs_.set(output.value());
  scheduler_.request_arbitration(*this);
}

void Crossbar::fire(std::uint64_t what, Picoseconds now_ps) {
  if (what == kSlotEvent)
    slot_posted_ = false;
  else if ((what & kFanEvent) != 0)
    return enter_copies(fans_.at(what & ~kFanEvent), now_ps);
  else
    wakes_.take(static_cast<std::uint32_t>(what), dirty_inputs_, dirty_outputs_);
  scheduler_.request_arbitration(*this);
}

void Crossbar::post_slot(Picoseconds now_ps) {
  if (slot_posted_) return;
  slot_posted_ = true;
  const Picoseconds boundary = (now_ps + slot_ps_ - 1) / slot_ps_ * slot_ps_;
  scheduler_.post(boundary, Phase::arrival, origin_, *this, kSlotEvent);
}

std::uint32_t Crossbar::new_wake_set(Picoseconds at_ps) {
  const std::uint32_t set = wakes_.make(at_ps);
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, set);
  return set;
}

std::uint32_t Crossbar::wake_set(Picoseconds at_ps) {
  const std::uint32_t known = wakes_.find(at_ps);
  return known != WakeSets::kNone ? known : new_wake_set(at_ps);
}

void Crossbar::wake_output_at(unsigned output, Picoseconds at_ps) {
  if (output_wake_[output] == at_ps) return;
  output_wake_[output] = at_ps;
  wakes_.add_output(wake_set(at_ps), output);
}

void Crossbar::wake_input_at(unsigned input, Picoseconds at_ps) {
  if (input_wake_[input] == at_ps) return;
  input_wake_[input] = at_ps;
  wakes_.add_input(wake_set(at_ps), input);
}

void Crossbar::arbitrate(Picoseconds now_ps) {
  ++counts_.arbitrations;
  now_ps_ = now_ps;
  if (slot_ps_ != 0) {
    arbitrate_slot(now_ps);
    return;
  }
  // Taken before the work starts: what becomes dirty on the way (room found) is a new request.
  working_outputs_.assign(dirty_outputs_.data());
  working_inputs_.assign(dirty_inputs_.data());
  dirty_outputs_.clear_all();
  dirty_inputs_.clear_all();
  for_each(working_outputs_.data(), working_outputs_.data(), words_,
           [&](unsigned output) { try_output(output, now_ps); });
  for_each(working_inputs_.data(), working_inputs_.data(), words_,
           [&](unsigned input) { try_input(input, now_ps); });
}

void Crossbar::refresh_free(const std::uint64_t* wanted, BitRow& free,
                            const std::vector<Picoseconds>& free_at, Picoseconds now_ps) const {
  for (unsigned word = 0; word < words_; ++word) {
    for (std::uint64_t bits = wanted[word] & ~free.data()[word]; bits != 0; bits &= bits - 1) {
      const unsigned port = word * kBitsPerWord + lowest_bit(bits);
      if (free_at[port] <= now_ps) free.set(port);
    }
  }
}

bool Crossbar::find_admitted(unsigned output, Picoseconds now_ps) {
  admitted_.clear_all();
  for (unsigned queue = 0; queue < queues_; ++queue) {
    if (blocked_until(output, queue) <= now_ps) admitted_.merge(voqs_.inputs_for(output, queue));
  }
  return admitted_.any();
}

Packet* Crossbar::select(unsigned input, unsigned output, Picoseconds now_ps) {
  return voqs_.select(input, output, ingress_, [&](const Packet& packet) {
    Picoseconds& blocked = blocked_until(output, packet.egress_queue);
    if (blocked > now_ps) return false;
    const Picoseconds room = egress_.room_at(packet.output, packet, now_ps);
    if (room <= now_ps) return true;
    blocked = room;
    if (room != kNever && slot_ps_ == 0) wakes_.add_output(wake_set(room), output);
    return false;
  });
}

void Crossbar::try_output(unsigned output, Picoseconds now_ps) {
  if (!voqs_.output_wanted(output)) return;
  if (output_free_at_[output] > now_ps) {
    wake_output_at(output, output_free_at_[output]);
    return;
  }
  if (!find_admitted(output, now_ps)) return;
  refresh_free(admitted_.data(), free_inputs_, input_free_at_, now_ps);
  int input = arbiter_->pick_input(output, admitted_.data(), free_inputs_.data());
  if (input < 0) return;  // busy inputs have wakes of their own, full queues wake the output
  Packet* packet = select(static_cast<unsigned>(input), output, now_ps);
  if (packet == nullptr) {
    candidates_.assign(free_inputs_.data());
    while (packet == nullptr) {
      candidates_.clear(static_cast<unsigned>(input));
      if (!find_admitted(output, now_ps)) return;
      input = arbiter_->pick_input(output, admitted_.data(), candidates_.data());
      if (input < 0) return;
      packet = select(static_cast<unsigned>(input), output, now_ps);
    }
  }
  grant(*packet, now_ps);
}

void Crossbar::try_input(unsigned input, Picoseconds now_ps) {
  if (!voqs_.input_waits(input)) return;
  if (input_free_at_[input] > now_ps) {
    wake_input_at(input, input_free_at_[input]);
    return;
  }
  const std::uint64_t* requests = voqs_.by_input().row(input);
  refresh_free(requests, free_outputs_, output_free_at_, now_ps);
  int output = arbiter_->pick_output(input, requests, free_outputs_.data());
  if (output < 0) return;
  if (fans_.open_count() != 0)
    output = lagging_output(input, requests, static_cast<unsigned>(output));
  Packet* packet = select(input, static_cast<unsigned>(output), now_ps);
  if (packet == nullptr) {
    candidates_.assign(free_outputs_.data());
    while (packet == nullptr) {
      candidates_.clear(static_cast<unsigned>(output));
      output = arbiter_->pick_output(input, requests, candidates_.data());
      if (output < 0) return;
      packet = select(input, static_cast<unsigned>(output), now_ps);
    }
  }
  grant(*packet, now_ps);
}

void Crossbar::arbitrate_slot(Picoseconds now_ps) {
  if (voqs_.packets() == 0) return;
  for (unsigned port = 0; port < ports_; ++port) {
    if (input_free_at_[port] <= now_ps) free_inputs_.set(port);
    if (output_free_at_[port] <= now_ps) free_outputs_.set(port);
  }
  matching_.clear();
  arbiter_->match(voqs_.by_output(), voqs_.by_input(), free_inputs_.data(), free_outputs_.data(),
                  matching_);
  for (const Grant& match : matching_) {
    if (Packet* packet = select(match.input, match.output, now_ps)) grant(*packet, now_ps);
  }
  // Outputs that the matching has left idle.
  for (FanOut* fan : matched_fans_) {
    if (!fan->waiting.empty()) grant_siblings(*fan, now_ps, read_of(*fan, *fan->original));
    close_if_done(*fan);
  }
  matched_fans_.clear();
  if (voqs_.packets() != 0) post_slot(now_ps + 1);
}

void Crossbar::grant(Packet& packet, Picoseconds now_ps) {
  if ((packet.crossing & protocols::kIsCopy) != 0) return grant_copies(packet, now_ps);
  const TrainCost& in = ingress_.cost_at_input(packet);
  const TrainCost& out = egress_.cost(packet.output, packet);
  take_ports(packet, now_ps, in, out);
  pass_to_egress(packet, now_ps, in, out);
}

void Crossbar::take_ports(Packet& packet, Picoseconds now_ps, const TrainCost& in,
                          const TrainCost& out) {
  const unsigned input = packet.input.value();
  const unsigned output = packet.output.value();
  voqs_.remove(packet);
  arbiter_->granted(input, output);
  input_free_at_[input] = now_ps + at_speed(in.bytes_ps, config_.input_speedup);
  output_free_at_[output] = now_ps + at_speed(out.bytes_ps, config_.output_speedup);
  free_inputs_.clear(input);
  free_outputs_.clear(output);
  if (slot_ps_ != 0) return;
  if (voqs_.input_waits(input)) wake_input_at(input, input_free_at_[input]);
  if (voqs_.output_wanted(output)) wake_output_at(output, output_free_at_[output]);
}

Transfer Crossbar::transfer_of(const Packet& packet, Picoseconds now_ps, const TrainCost& in,
                               const TrainCost& out) const {
  const Picoseconds read = at_speed(in.bytes_ps, config_.input_speedup);
  Transfer transfer;
  transfer.input = packet.input;
  transfer.vc = packet.vc;
  transfer.traffic_class = packet.traffic_class;
  transfer.held = in.demand;
  transfer.cost = &out;
  transfer.granted_ps = now_ps;
  transfer.left_ps = std::max(now_ps + read, packet.tail_ps);
  transfer.first_packet_left_ps = std::min(transfer.left_ps, now_ps + read / in.wire.link_packets);
  transfer.tail_ps = config_.queueing == Queueing::output
                         ? packet.tail_ps
                         : crossbar_tail_ps(now_ps, packet.tail_ps, in, config_.input_speedup, out,
                                            config_.output_speedup);
  return transfer;
}

void Crossbar::pass_to_egress(Packet& packet, Picoseconds now_ps, const TrainCost& in,
                              const TrainCost& out) {
  const Transfer transfer = transfer_of(packet, now_ps, in, out);
  const bool credited = (packet.crossing & protocols::kMadeByBridge) == 0;
  tell_granted(packet, now_ps);
  // The egress first: what the input then launches may push the cost out of its cache. The packet
  // may be gone afterwards.
  egress_.accept(packet, transfer);
  if (credited) ingress_.left_input(transfer);
}

void Crossbar::tell_granted(const Packet& packet, Picoseconds now_ps) {
  ++counts_.grants;
  counts_.wait_ps += now_ps - packet.head_ps;
  if (observe_.active(PacketWhat::granted) && packet.id != 0) {
    observe_.emit(packet_event(
        now_ps, PacketWhat::granted,
        PacketWhere{UnitKind::crossbar, switch_index_, packet.output.value()}, packet));
  }
}

std::uint64_t Crossbar::head_age_ps(unsigned input, unsigned output) const {
  const Picoseconds head = voqs_.head(input, output)->head_ps;
  return now_ps_ > head ? now_ps_ - head : 0;
}

void Crossbar::collect_waits(const std::vector<std::string>& ports,
                             std::vector<WaitFact>& facts) const {
  for (unsigned output = 0; output < ports_; ++output) {
    for_each(voqs_.by_output().row(output), voqs_.by_output().row(output), words_,
             [&](unsigned input) { collect_waits(input, output, ports, facts); });
  }
}

void Crossbar::collect_waits(unsigned input, unsigned output, const std::vector<std::string>& ports,
                             std::vector<WaitFact>& facts) const {
  // One fact a class: its first packet, and what stands in front of that.
  std::vector<const Packet*> first(queues_, nullptr);
  std::vector<std::size_t> fact_of(queues_);
  const auto queue_of = [](const Packet& packet) {
    return protocols::queue_index(packet.vc, packet.traffic_class);
  };
  voqs_.for_each_packet(input, output, [&](const Packet& packet) {
    const unsigned queue = queue_of(packet);
    if (first[queue] != nullptr) {
      ++facts[fact_of[queue]].packets;
      return;
    }
    first[queue] = &packet;
    fact_of[queue] = facts.size();
    WaitFact fact;
    fact.who = ingress_place(ports[input], queue);
    fact.since_ps = packet.head_ps;
    fact.oldest_packet_id = packet.id;
    fact.packets = 1;
    fact.waits_for = ports[output] + " crossbar output";
    fact.what = "the arbiter";
    for (const Packet* earlier : first) {
      if (earlier == nullptr || earlier == &packet || ingress_.may_pass(packet, *earlier)) continue;
      fact.waits_for = ingress_place(ports[input], queue_of(*earlier));
      fact.what = "order: it may not pass " + packet_text(earlier->id);
    }
    if (blocked_until_[output * queues_ + packet.egress_queue] == kNever) {
      fact.waits_for = egress_place(ports[output], packet.egress_queue);
      fact.what = "room in the queue";
    }
    facts.push_back(fact);
  });
}

}  // namespace antares::models
