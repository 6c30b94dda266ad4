// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what becomes of transactions when a link fails. The rules:
//   a train that is on the wire when the link goes down is lost, with its credits given back;
//   one that reaches the egress of a dead link is dropped there; for a whole request the switch
//   answers with an error, as a PCIe port in DL_Down does (facts/pcie6.md 4.8);
//   whatever else got lost nobody answers: that is what the requester's completion timer is for;
//   a transaction lives until its last train has ended, delivered or not (port_lost_trains.cpp).
#include <algorithm>

#include "antares/models/port/port_messages.h"

namespace antares::models {

using protocols::ErrorKind;
using protocols::GaveUp;
using protocols::LinkEvent;
using protocols::LinkPolicy;

namespace {

void restart_replay(LinkTransmitter& one, LinkTransmitter& other) {
  for (LinkTransmitter* sender : {&one, &other}) sender->errors()->restart();
}

bool contains(Containment at, protocols::ErrorSeverity severity) {
  return (at == Containment::fatal && severity == protocols::ErrorSeverity::fatal) ||
         (at == Containment::uncorrectable && severity != protocols::ErrorSeverity::correctable);
}

}  // namespace

void PortAdapter::require_faults() const {
  if (faults_ != nullptr && (far_ == nullptr || far_->adapter().faults_ != nullptr)) return;
  throw std::logic_error(std::string(name()) +
                         ": a link that fails needs PortConfig::faults (at both ends, where it "
                         "links switches)");
}

void PortAdapter::schedule_degradation(const LinkDegradation& degradation, Picoseconds at_ps,
                                       FaultOutcome* outcome) {
  require_faults();
  if (width_ != nullptr) {
    throw std::logic_error(std::string(name()) +
                           ": its width changes on request (L0p); it can't lose lanes as well");
  }
  if (degraded(policy(), degradation) == nullptr) {
    throw std::invalid_argument(std::string(name()) + ": a " + std::string(policy().protocol()) +
                                " link of x" + std::to_string(policy().lanes()) +
                                " has no such width or lower rate");
  }
  orders_.carry_out([=] {
    require_faults();
    faults_->schedule(degradation, at_ps, outcome);
    if (far_ != nullptr) far_->adapter().faults_->schedule(degradation, at_ps, outcome);
  });
}

protocols::LinkState PortAdapter::link_state() const {
  return faults_ == nullptr ? protocols::LinkState::up : faults_->state().state();
}

void PortAdapter::schedule_link(LinkEvent event, Picoseconds at_ps, FaultOutcome* outcome) {
  require_faults();
  orders_.carry_out([=] {
    require_faults();
    faults_->schedule(event, at_ps, outcome);
    if (far_ != nullptr) far_->adapter().faults_->schedule(event, at_ps, outcome);
  });
}

void PortAdapter::make_errors() {
  const auto attach = [&](LinkTransmitter& sender, const char* direction) {
    sender.set_errors(std::make_unique<LinkErrors>(
        policy(), config_.faults->errors,
        protocols::RandomStream(context_.seed, std::string(name()) + direction),
        crossing_ps(config_), config_.faults->state.scaled_ps(config_.faults->state.recovery_ms)));
  };
  attach(ingress_link_, ".to_switch");
  attach(egress_.link(), ".to_device");
}

// After a train: is its data damaged, does it arrive, has its link's protocol given up?
void PortAdapter::look_after(LinkTransmitter& sender, Packet& packet, Picoseconds tail_ps) {
  if (sender.errors()->poisons(packet)) {
    packet.flags |= protocols::kPoisoned;
    auto& transaction = *static_cast<Transaction*>(packet.owner);
    transaction.poisoned = true;
    if (&sender == &ingress_link_) note(ErrorKind::poisoned, &transaction);
  }
  const auto schedule_failure = [this](ErrorKind kind, std::optional<LinkEvent> event,
                                       Picoseconds at_ps) {
    at_ps = std::max(at_ps, now_ps() + 1);
    faults_->schedule({kind, event, true}, at_ps);
    if (far_ != nullptr) far_->adapter().faults_->schedule({kind, event, false}, at_ps);
  };
  for (const Picoseconds trained : sender.errors()->take_trained())
    schedule_failure(ErrorKind::replay_rollover, LinkEvent::recover, trained);
  const bool leaves = &sender == &egress_.link() && far_ != nullptr;
  PortFaults& there = *(leaves ? far_->adapter().faults_ : faults_);
  there.sent(packet.id, tail_ps);
  if (sender.errors()->take_lost()) there.condemn(packet.id);
  const Picoseconds gave_up = sender.errors()->take_gave_up();
  if (gave_up == kNever) return;
  const GaveUp after = sender.errors()->after_giving_up();
  std::optional<LinkEvent> event;
  if (after == GaveUp::reset) event = LinkEvent::hot_reset;
  if (after == GaveUp::hold_down) event = LinkEvent::contain;
  schedule_failure(ErrorKind::replay_gave_up, event, gave_up);
}

void PortAdapter::replay_failed(ErrorKind kind, Picoseconds) { note(kind, nullptr); }

// --- the link goes down, and up
// -----------------------------------------------------------------

void PortAdapter::link_failed(bool asked_for, Picoseconds now_ps) {
  ++counts_.link_failures;
  reconsider();
  if (!asked_for) note(ErrorKind::surprise_down, nullptr);
  PortMessages(*this).left();
  egress_.set_dropping(true, now_ps);
  egress_.drop_waiting();
  for (const SendJob& job : device_.take_all()) abandon(job, now_ps);
  if (waiting_ != nullptr) {
    Transaction& held_back = *waiting_;
    waiting_ = nullptr;
    edge.end_request();
    fail_at_once(held_back, now_ps);
  }
  edge.abandon([this](Transaction& transaction) {
    release_held(transaction, this->now_ps());
    give_up(transaction);
  });
  invalidate_dmi();
}

bool PortAdapter::link_degraded(const LinkDegradation& degradation) {
  // A second failure may leave a width that the lower rate in use does not have, or no less than is
  // in use: then it stays.
  LinkDegradation less = degradation;
  if (less.lanes >= policy_in_use().lanes()) less.lanes = 0;
  if (less.lanes == 0 && !less.slower) return false;
  auto lesser = degraded(policy_in_use(), less);
  if (lesser == nullptr) return false;
  use_policy(*lesser);
  lesser_policies_.push_back(std::move(lesser));
  return true;
}

bool PortAdapter::gave_up() const {
  return ingress_link_.errors()->waits_for_release() ||
         egress_.link().errors()->waits_for_release();
}

void PortAdapter::use_policy(const LinkPolicy& policy) {
  trained_ = &policy;
  for (const FabricContext* fabric : context_.linked)
    for (PortAdapter* port : fabric->ports) port->latency_memo_ = LatencyMemo();
  const auto costs = context_.costs_of(policy);
  ingress_link_.change_policy(policy, costs);
  egress_.link().change_policy(policy, costs);
}

void PortAdapter::link_restored(Picoseconds now_ps) {
  reconsider();
  if (trained_ != config_.policy.get()) use_policy(policy());
  egress_.set_dropping(false, now_ps);
  restart_replay(ingress_link_, egress_.link());
  ingress_link_.hold_until(now_ps);
  egress_.link().hold_until(now_ps);
  ingress_link_.heal_credits(now_ps);
  egress_.link().heal_credits(now_ps);
  pump_device(now_ps);
}

void PortAdapter::link_recovers(Picoseconds until_ps) {
  if (until_ps > now_ps()) ++counts_.recoveries;
  restart_replay(ingress_link_, egress_.link());
  ingress_link_.hold_until(until_ps);
  egress_.link().hold_until(until_ps);
  pump_device(now_ps());
  pump_egress_at(until_ps);
}

void PortAdapter::note(ErrorKind kind, const Transaction* transaction) {
  if (error_log_ == nullptr) error_log_ = std::make_unique<protocols::ErrorLog>();
  std::optional<protocols::ErrorHeader> header;
  if (transaction != nullptr) {
    header = protocols::ErrorHeader{transaction->kind,  transaction->source,
                                    std::nullopt,       transaction->global_address,
                                    transaction->bytes, transaction->flags};
    if (transaction->completer != nullptr) header->destination = transaction->destination;
  }
  const auto severity = error_log_->record(kind, now_ps(), header).severity;
  if (faults_ == nullptr || !contains(config_.faults->containment, severity)) return;
  // One containment at a time, however many errors come of it.
  if (faults_->begin_containment()) schedule_link(LinkEvent::contain, now_ps() + 1);
}

void PortAdapter::abandon(const SendJob& job, Picoseconds now_ps) {
  Transaction& transaction = *job.transaction;
  if (job.offset_bytes != 0) {
    if (!job.response) refuse_early(transaction, now_ps);
    send_stand_in(job, now_ps);
  } else if (!job.response) {
    fail_at_once(transaction, now_ps);  // the device knows that its own link is down
  } else if (transaction.ends_in_bridge) {
    Transaction* const then = transaction.then;
    retire(transaction);
    if (then != nullptr) give_up(*then);
  } else {
    give_up(transaction);
  }
}

void PortAdapter::refuse_early(Transaction& transaction, Picoseconds now_ps) {
  if (transaction.early == nullptr) return;
  set_error(transaction.early->payload);  // at_accept: all of it never was accepted
  answer(*transaction.early, now_ps);
  transaction.early = nullptr;
}

void PortAdapter::fail_at_once(Transaction& transaction, Picoseconds now_ps) {
  refuse_early(transaction, now_ps);
  if (transaction.copies != nullptr) forget_copies(transaction);
  if (transaction.answered) return finish(transaction);
  set_error(transaction.forwarded);
  set_error(transaction.payload);
  answer(transaction, now_ps);
}

void PortAdapter::invalidate_dmi() {
  for (const AddressWindow& window : partition_->routes.windows()) {
    if (window.port == id_)
      dmi_invalidated(window.local_base, window.local_base + (window.size_bytes - 1));
  }
  if (edge.has_device_initiator()) edge.target->invalidate_direct_mem_ptr(0, ~std::uint64_t{0});
}

bool PortAdapter::way_up_to(const PortAdapter& to) const {
  const PortAdapter* in = this;
  while (&in->context_ != &to.context_) {
    const PortAdapter& out = in->way_out(to);
    if (!out.link_up()) return false;
    in = &out.far_->adapter();
    if (!in->link_up()) return false;
  }
  return to.link_up();
}

}  // namespace antares::models
