// SPDX-License-Identifier: Apache-2.0
// PortAdapter: who waits here, for what, and faults of the credits that they wait for. Costs
// nothing until somebody asks.
#include <algorithm>

#include "antares/models/observe/text.h"
#include "antares/models/port/adaptive_exit.h"

namespace antares::models {

// --- faults
// ---------------------------------------------------------------------------------------

void PortAdapter::schedule_credit_fault(const protocols::CreditFault& fault, bool into_switch,
                                        Picoseconds at_ps, FaultOutcome* outcome) {
  LinkTransmitter& sender = into_switch && far_ == nullptr ? ingress_link_ : egress_.link();
  if (fault.vc.value() >= sender.ledger().virtual_channels()) {
    throw std::invalid_argument(std::string(name()) + ": its link has no virtual channel " +
                                std::to_string(fault.vc.value()));
  }
  const auto has = sender.ledger().initial(fault.vc, fault.traffic_class);
  if (has.header == 0 && has.data == 0) {
    throw std::invalid_argument(std::string(name()) + ": its " + std::string(policy().protocol()) +
                                " link has no " + to_string(fault.traffic_class) +
                                " credits on virtual channel " + std::to_string(fault.vc.value()) +
                                "; this link has: " + protocols::classes_text(policy(), fault.vc));
  }
  if (!orders_.open())
    return orders_.carry_out([=] { schedule_credit_fault(fault, into_switch, at_ps, outcome); });
  // Of a link between switches, credits of the buffer here are what the other end sends with.
  if (into_switch && far_ != nullptr)
    return far_->adapter().schedule_credit_fault(fault, false, at_ps, outcome);
  sender.ask_for_repeats([this, &sender](const protocols::CreditFault& repeat, Picoseconds when) {
    schedule({repeat, &sender, nullptr}, std::max(when, now_ps() + 1));
  });
  schedule({fault, &sender, outcome}, at_ps);
}

void PortAdapter::schedule_unit_fault(const UnitFault& fault, bool into_switch, Picoseconds at_ps,
                                      FaultOutcome* outcome) {
  require_faults();
  if (!orders_.open())
    return orders_.carry_out([=] { schedule_unit_fault(fault, into_switch, at_ps, outcome); });
  if (into_switch && far_ != nullptr)
    return far_->adapter().schedule_unit_fault(fault, false, at_ps, outcome);
  schedule({fault, into_switch ? &ingress_link_ : &egress_.link(), outcome}, at_ps);
}

void PortAdapter::schedule(const ScheduledFault& fault, Picoseconds at_ps) {
  scheduled_faults_.push_back(fault);
  context_.scheduler->post(at_ps, Phase::arrival, origin_, *this,
                           pack(kLinkFault, &scheduled_faults_.back()));
}

void PortAdapter::link_fault(const ScheduledFault& fault, Picoseconds now_ps) {
  const auto* credits = std::get_if<protocols::CreditFault>(&fault.what);
  using Kind = protocols::CreditFault::Kind;
  const bool changes = credits == nullptr || fault.sender->changes(*credits);
  if (fault.outcome != nullptr && credits == nullptr)
    fault.outcome->shows_in(fault.sender->errors()->count_of(std::get<UnitFault>(fault.what).kind));
  std::visit([&](const auto& what) { fault.sender->suffer(what, now_ps); }, fault.what);
  if (fault.outcome != nullptr && credits != nullptr) {
    if (changes && credits->kind != Kind::release)
      fault.outcome->shows_in(fault.sender->withheld(*credits));
    else
      fault.outcome->took_place(changes, link_state(), false);
  }
  if (credits == nullptr || (credits->kind != Kind::release && credits->kind != Kind::repeat))
    return;
  if (fault.sender == &ingress_link_) return pump_device(now_ps);
  if (egress_.queue().anything_waits()) egress_.pump(now_ps);
}

std::vector<protocols::NamedCount> PortAdapter::credit_counters(bool into_switch) {
  if (into_switch && far_ != nullptr) return far_->adapter().credit_counters(false);
  return (into_switch ? ingress_link_ : egress_.link()).credit_counters();
}

DirectionReading PortAdapter::ingress_reading() {
  return far_ == nullptr ? ingress_counters_.at(now_ps()) : far_->adapter().egress_reading();
}

std::uint64_t PortAdapter::credits_missing() const {
  return ingress_link_.credits_missing() + egress_.link().credits_missing();
}

// --- what a finished run must show
// ----------------------------------------------------------------

void PortAdapter::collect_problems(std::vector<std::string>& problems) {
  const std::string me = name();
  // Returns that are under way count as home: nothing can stop them.
  if (!ingress_link_.credits_accounted())
    problems.push_back(me + ": credits of the ingress buffer are missing");
  if (!egress_.link().credits_accounted())
    problems.push_back(me + ": credits of the device's receiver are missing");
  for (LinkTransmitter* sender : {&ingress_link_, &egress_.link()}) {
    if (!sender->ledger().balanced()) problems.push_back(me + ": " + sender->ledger().imbalance());
  }
  if (faults_ != nullptr && faults_->anybody_waits())
    problems.push_back(me + ": a requester waits for its completion");
  if (faults_ != nullptr && faults_->on_wire() != 0)
    problems.push_back(me + ": a train never came to the end of the link");
  if (!device_.empty()) problems.push_back(me + ": the device still has something to send");
  if (egress_.queue().anything_waits()) problems.push_back(me + ": trains wait at egress");
  if (adaptive_ != nullptr && adaptive_->anything_bound())
    problems.push_back(me + ": trains are still bound for its link");
  if (edge.requests_held() != 0) problems.push_back(me + ": a request waits for END_REQ");
  if (edge.responses_held() != 0) problems.push_back(me + ": a response waits for END_RESP");
}

// --- who waits for what
// ---------------------------------------------------------------------------

void PortAdapter::collect_waits(std::vector<WaitFact>& facts) {
  const std::string me = name();
  const Picoseconds now = now_ps();
  for (unsigned queue = 0; queue < device_.queues(); ++queue) {
    const SendJob* job = device_.front(queue);
    if (job == nullptr || !device_.blocked_on_credits()) continue;
    WaitFact fact;
    fact.who =
        me + " device " + (queue == device_.several() ? std::string("groups") : queue_text(queue));
    fact.since_ps = std::min(job->ready_ps, now);
    fact.packets = device_.queued(*job);
    if (const int before = device_.held_up_by(*job, queue); before >= 0) {
      fact.waits_for = me + " device " + queue_text(static_cast<unsigned>(before));
      fact.what = "order: it may not pass what is older there";
    } else {
      Packet packet;
      device_.shape(*job, device_.next_train_bytes(*job), packet);
      fact.waits_for = ingress_place(me, queue);
      fact.what = ingress_link_.credits_text(job->vc, job->traffic_class,
                                             ingress_link_.cost(packet).demand, now);
    }
    facts.push_back(fact);
  }
  collect_egress_waits(facts);
  if (held_ != nullptr) {
    facts.push_back({me + " device", me + " ingress", "a port that moves to another partition",
                     std::min(held_at_ps_, now), 0, 1});
  }
  const std::string receiver = me + " device receiver";
  if (edge.requests_held() != 0) {
    facts.push_back({receiver, std::string(edge.initiator.name()) + " target",
                     "END_REQ of the device's target", now, 0, edge.requests_held()});
  }
  if (edge.answers_awaited() != 0) {
    facts.push_back({me + " device", std::string(edge.initiator.name()) + " target",
                     "BEGIN_RESP of the device's target", now, 0, edge.answers_awaited()});
  }
  if (edge.responses_held() != 0) {
    facts.push_back({receiver, std::string(edge.target.name()) + " initiator",
                     "END_RESP of the device's initiator", now, 0, edge.responses_held()});
  }
}

void PortAdapter::collect_egress_waits(std::vector<WaitFact>& facts) {
  const std::string me = name();
  const Picoseconds now = now_ps();
  for (unsigned queue = 0; queue < egress_.queue().queues(); ++queue) {
    const auto& waiting = egress_.queue().waiting(queue);
    if (waiting.empty()) continue;
    const WaitingTrain& train = waiting.front();
    const Packet& packet = *train.packet;
    WaitFact fact;
    fact.who = egress_place(me, queue);
    fact.since_ps = std::min(train.head_ps, now);
    fact.oldest_packet_id = packet.id;
    fact.packets = waiting.size();
    if (const int before = egress_.held_up_by(packet, train.sequence); before >= 0) {
      fact.waits_for = egress_place(me, static_cast<unsigned>(before));
      fact.what = "order: it may not pass what is older there";
    } else {
      fact.waits_for =
          far_ == nullptr ? me + " device receiver" : ingress_place(far_->adapter().name(), queue);
      fact.what = egress_.link().credits_text(packet.vc, packet.traffic_class,
                                              egress_.link().cost(packet).demand, now);
    }
    facts.push_back(fact);
  }
}

}  // namespace antares::models
