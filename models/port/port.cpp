// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/port.h"

#include <algorithm>

#include "antares/models/observe/packet_origin.h"
#include "antares/models/port/adaptive_exit.h"
#include "antares/models/port/port_messages.h"
#include "antares/models/port/port_reduction.h"
#include "antares/models/report_ids.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {
/// Transactions of one class that a device may have handed over and the link not started.
/// assumption: deep enough that a requester's own limits bind first; not published for any device.
constexpr std::size_t kDeviceQueueDepth = 32;

}  // namespace

PortAdapter::PortAdapter(const sc_core::sc_module_name& name, PortId id, EndpointId endpoint,
                         const PortConfig& config, FabricContext& context, Partition& partition)
    : sc_core::sc_module(name),
      edge(*this, *context.scheduler),
      link(*this),
      id_(id),
      endpoint_(endpoint),
      config_(config),
      trained_(config.policy.get()),
      context_(context),
      partition_(&partition),
      origin_(context.switch_index, id.value()),
      answers_writes_(config_.policy->completes(Packet{})),
      credit_update_ps_(to_picoseconds(config.credit_update_ns) + crossing_ps(config)),
      id_base_((std::uint64_t{endpoint.value()} + 1) << 40),
      ingress_link_(*config_.policy, crossing_ps(config), config_.policy->receiver_credits(),
                    context.costs_of(*config_.policy)),
      device_(ingress_link_, *config_.policy),
      egress_(*config_.policy, crossing_ps(config), context.egress_queue_bytes,
              context.delays.fixed_ps, *this, context.costs_of(*config_.policy)) {
  if (config_.faults) {
    faults_ = std::make_unique<PortFaults>(static_cast<FaultClient&>(*this), *config_.faults,
                                           *context_.scheduler, origin_);
    make_errors();
    if (config_.faults->block_poisoned) egress_.block_poisoned();
  }
  if (context_.hypercast != nullptr) device_.set_quota(context_.hypercast->config().quota_bytes);
  if (context_.reduction != nullptr) reduction_ = std::make_unique<PortReduction>(*this, context_);
  reconsider();
}

PortAdapter::~PortAdapter() = default;

void PortAdapter::end_of_elaboration() {
  const bool only_an_engine = id_.value() + context_.service_ports >= context_.ports.size();
  if (link.bound() || context_.ids_by_port || (context_.service_ports != 0 && only_an_engine))
    id_base_ = port_origin(context_.switch_index, id_.value(), false);
  if (link.bound()) far_ = &link.far();
  orders_.elaborated();
  if (far_ != nullptr) return;
  if (edge.has_device_target()) return;
  for (const AddressWindow& window : partition_->routes.windows()) {
    if (window.port != id_) continue;
    SC_REPORT_ERROR(kReportUnboundPort,
                    (std::string(name()) + " has an address window and no target behind it; bind " +
                     edge.initiator.name() + " to the device's target, or remove the window")
                        .c_str());
    return;
  }
}

void PortAdapter::fire(std::uint64_t packed, Picoseconds now_ps) {
  const auto what = static_cast<What>(packed & 7u);
  void* object = reinterpret_cast<void*>(packed & ~std::uint64_t{7});
  switch (what) {
    case kArrival: {
      auto& packet = *static_cast<Packet*>(object);
      if (faults_ != nullptr && lost_on_arrival(packet, now_ps)) {
        if (far_ == nullptr) pump_device(now_ps);  // the link may be up all the same
        break;
      }
      observe(PacketWhat::arrived, UnitKind::ingress, now_ps, packet);
      if ((packet.crossing & (protocols::kEndsInBridge | protocols::kHasCopies)) != 0) {
        if ((packet.crossing & protocols::kHasCopies) != 0)
          copies_ready(packet, now_ps);
        else
          absorb(packet, now_ps);
        break;
      }
      context_.crossbar->push(packet);
      if (far_ == nullptr) pump_device(now_ps);
      break;
    }
    case kDeliver: {
      auto& packet = *static_cast<Packet*>(object);
      if (faults_ != nullptr && lost_on_delivery(packet, now_ps)) break;
      if (packet.kind == PacketKind::completion)
        response_delivered(packet);
      else
        request_delivered(packet);
      break;
    }
    case kAnswer: {
      auto& transaction = *static_cast<Transaction*>(object);
      if (transaction.answered)  // by its requester's timer, meanwhile
        finish(transaction);
      else
        answer(transaction, now_ps);
      break;
    }
    case kEnqueue: {
      auto& transaction = *static_cast<Transaction*>(object);
      enqueue(job_of(transaction, transaction.request_arrived, now_ps));
      break;
    }
    case kPumpDevice:
      if (device_pump_ps_ <= now_ps) device_pump_ps_ = kNever;
      pump_device(now_ps);
      break;
    case kPumpEgress:
      if (egress_pump_ps_ <= now_ps) egress_pump_ps_ = kNever;
      egress_.pump(now_ps);
      break;
    case kRetry:
      edge.retry();
      break;
    case kLinkFault:
      link_fault(*static_cast<ScheduledFault*>(object), now_ps);
      break;
  }
}

// --- the device's requests
// ------------------------------------------------------------------------

SendJob PortAdapter::job_of(Transaction& transaction, bool response, Picoseconds ready_ps) const {
  SendJob job;
  job.transaction = &transaction;
  job.response = response;
  job.ready_ps = ready_ps;
  job.acknowledges = response && transaction.kind == PacketKind::write &&
                     (transaction.completes ? policy() : transaction.requester->policy())
                         .acknowledges_each_packet();
  job.bytes = response && !job.acknowledges ? transaction.answer_bytes : transaction.bytes;
  if (response && job.bytes != 0 && transaction.forwarded != nullptr) {
    const auto& payload = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
    // An error completion carries no data.
    if (payload.is_response_error()) job.bytes = 0;
  }
  Packet packet;
  packet.kind = response ? PacketKind::completion : transaction.kind;
  packet.bytes = job.bytes;
  packet.address_low = static_cast<std::uint16_t>(transaction.global_address % 4096);
  packet.flags = transaction.flags;
  packet.vc = transaction.vc;
  if (response) packet.flags &= ~(protocols::kByteEnables | protocols::kWantsAnswer);
  if (job.acknowledges) packet.flags |= protocols::kAcknowledges;
  if (transaction.global_address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  config_.policy->classify(packet);
  job.traffic_class = packet.traffic_class;
  job.vc = packet.vc;
  job.form = packet.form;
  job.lane = static_cast<std::uint8_t>(protocols::queue_index(packet.vc, packet.traffic_class));
  if (transaction.copies != nullptr && device_.has_quota() && !response)
    job.lane = static_cast<std::uint8_t>(device_.several());
  return job;
}

RequestVerdict PortAdapter::at_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  ++counts_.at_transactions;
  if (!legal(payload)) return RequestVerdict::refused;
  Transaction& transaction = *context_.transactions->get();
  begin(transaction, payload);
  if (refused_here(transaction, payload)) {
    context_.transactions->put(&transaction);
    return RequestVerdict::refused;
  }
  if (closed_) return not_open(transaction, payload, at_ps);
  if (transaction.kind == PacketKind::message)
    return PortMessages(*this).send(transaction, payload, at_ps);
  if (reduction_ != nullptr && PortReduction::asked_for(payload))
    return reduction_->send(transaction, payload, at_ps);
  if (context_.hypercast != nullptr && for_several(payload))
    return send_to_several(transaction, payload, at_ps);
  const Target target = decode(transaction, payload);
  payload.acquire();
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  transaction.entered_ps = at_ps;
  if (target.window == nullptr) {
    answer_refused(transaction, tlm::TLM_ADDRESS_ERROR_RESPONSE, at_ps);
    return RequestVerdict::accepted;
  }
  direct(transaction, target);
  auto status = tlm::TLM_OK_RESPONSE;
  if (guarded_) {
    status = looked_at_closely(transaction);
    if (status == tlm::TLM_OK_RESPONSE && must_wait(transaction))
      return hold(transaction, payload, at_ps);
  } else {
    status = refused_there(transaction);
  }
  if (status != tlm::TLM_OK_RESPONSE) {
    answer_refused(transaction, status, at_ps);
    return RequestVerdict::accepted;
  }
  return take_in(transaction, payload, at_ps);
}

RequestVerdict PortAdapter::take_in(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                    Picoseconds at_ps) {
  const SendJob job = job_of(transaction, false, at_ps);
  if (transaction.posted && config_.posted_response == PostedResponse::at_accept &&
      !transaction.answered && transaction.reduction == nullptr)
    answer_early(transaction, payload);
  if (faults_ != nullptr) guard(transaction, at_ps);
  if (adaptive_ != nullptr) AdaptiveExit::begin(transaction, now_ps());
  if (at_ps > now_ps()) {
    context_.scheduler->post(at_ps, Phase::arrival, origin_, *this, pack(kEnqueue, &transaction));
    return RequestVerdict::accepted;
  }
  if (device_.queued(job) >= kDeviceQueueDepth) {
    waiting_ = &transaction;
    return RequestVerdict::wait;
  }
  enqueue(job);
  return RequestVerdict::accepted;
}

void PortAdapter::answer_early(Transaction& transaction, tlm::tlm_generic_payload& payload) {
  // The requester may reuse its buffer once it has its answer: the fabric carries a copy.
  transaction.forwarded = &copy_of(payload);
  transaction.ending = Transaction::kOwnsCopy;
  transaction.answered = true;
  Transaction& early = *context_.transactions->get();
  early.payload = early.forwarded = &payload;
  early.requester = this;
  early.global_address = transaction.global_address;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  transaction.early = &early;
}

void PortAdapter::enqueue(const SendJob& job) {
  if (!link_up()) return abandon(job, now_ps());
  device_.enqueue(job);
  pump_device(now_ps());
}

LinkWidth& PortAdapter::width() {
  if (link.bound()) {
    throw std::logic_error(std::string(name()) +
                           ": the width of a link between switches does not change in use");
  }
  if (width_ == nullptr) {
    width_ = std::make_unique<LinkWidth>(
        config_.policy, ingress_link_, egress_.link(), crossing_ps(config_), *context_.scheduler,
        origin_, [this](const protocols::LinkPolicy& policy) { return context_.costs_of(policy); });
  }
  return *width_;
}

void PortAdapter::pump_device(Picoseconds now_ps) {
  // The device may call back from end_request(): then the loop below goes on.
  if (in_pump_ || device_.empty()) return;
  in_pump_ = true;
  while (!device_.empty() && device_.last_start_ps() <= now_ps) {
    Packet& packet = *context_.packets->get();
    const Picoseconds free_before = ingress_link_.free_ps();
    const Launched launched = device_.launch(packet, now_ps);
    if (!launched.any) {
      context_.packets->put(&packet);
      if (launched.retry_ps < device_pump_ps_) {
        device_pump_ps_ = launched.retry_ps;
        context_.scheduler->post(launched.retry_ps, Phase::arrival, origin_, *this,
                                 pack(kPumpDevice, nullptr));
      }
      break;
    }
    Transaction& transaction = *launched.transaction;
    PortAdapter& to = exit_to(next_stop(transaction, launched.response), packet);
    packet.id = next_id();
    packet.input = id_;
    packet.output = to.id_;
    if (transaction.detours()) packet.destination = to.endpoint_;  // as far as this leg goes
    const Sent& sent = launched.sent;
    const TrainCost& cost = *launched.cost;
    set_crossing(packet, to);
    packet.head_ps =
        cut_through_ps(sent, to.egress_.cost(packet, ingress_link_, cost)) + context_.delays.rx_ps;
    packet.tail_ps = sent.tail_ps + context_.delays.rx_ps;
    const Picoseconds unbridged_head = packet.head_ps;
    if ((packet.crossing & protocols::kReclassify) != 0) {
      packet.head_ps += bridge_ps(to);
      packet.tail_ps += bridge_ps(to);
    }
    if (transaction.copies != nullptr && !launched.response) {
      packet.crossing = protocols::kHasCopies;
      // A change of a group is asked for when all of it is there.
      packet.head_ps =
          (transaction.copies->to_table ? sent.tail_ps : sent.head_ps) + context_.delays.rx_ps;
    }
    if (transaction.reduction != nullptr &&
        PortReduction::ends_in_engine(transaction, launched.response))
      reduction_->to_engine(packet);
    if (transaction.ends_in_bridge) {
      packet.crossing = protocols::kEndsInBridge;
      packet.head_ps = packet.tail_ps = sent.tail_ps + context_.delays.rx_ps;
    }
    if (to.adaptive_ != nullptr) to.adaptive_->bind(packet);
    if (faults_ != nullptr) look_after(ingress_link_, packet, sent.tail_ps);
    ingress_counters_.spent(LinkUse::blocked_credit, std::max(launched.ready_ps, free_before),
                            sent.start_ps, now_ps);
    ingress_counters_.carried(sent.start_ps, sent.free_ps, protocols::payload_bytes(packet),
                              cost.wire.bytes, cost.wire.link_packets, now_ps);
    observe(PacketWhat::injected, UnitKind::endpoint, sent.start_ps, packet);
    // The next train is launched when this one arrives, which must not be later than the next one's
    // own arrival: that may not be bridged.
    if (packet.head_ps != unbridged_head) {
      context_.scheduler->post(unbridged_head, Phase::arrival, origin_, *this,
                               pack(kPumpDevice, nullptr));
    }
    post_arrival(packet);
    if (launched.job_done && transaction.early != nullptr) {
      context_.scheduler->post(packet.tail_ps, Phase::departure, origin_, *this,
                               pack(kAnswer, transaction.early));
      transaction.early = nullptr;
    }
    if (launched.job_done && waiting_ != nullptr) {
      const SendJob next = job_of(*waiting_, false, now_ps);
      if (device_.queued(next) < kDeviceQueueDepth) {
        waiting_ = nullptr;
        device_.enqueue(next);
        edge.end_request();
      }
    }
  }
  in_pump_ = false;
}

void PortAdapter::left_input(const Transfer& transfer) {
  if (far_ != nullptr) {
    far_->credits_home(transfer.vc, transfer.traffic_class, transfer.held,
                       transfer.first_packet_left_ps + credit_update_ps_,
                       transfer.left_ps + credit_update_ps_);
    return;
  }
  ingress_link_.give_back(transfer.vc, transfer.traffic_class, transfer.held,
                          transfer.first_packet_left_ps + credit_update_ps_,
                          transfer.left_ps + credit_update_ps_);
  if (device_.blocked_on_credits()) pump_device(transfer.granted_ps);
}

// --- events
// ---------------------------------------------------------------------------------------

void PortAdapter::retry_at(Picoseconds at_ps) {
  context_.scheduler->post(at_ps, Phase::departure, origin_, *this, pack(kRetry, nullptr));
}

void PortAdapter::pump_egress_at(Picoseconds at_ps) {
  if (egress_pump_ps_ <= at_ps) return;  // an earlier look will find what is left to do
  egress_pump_ps_ = at_ps;
  context_.scheduler->post(at_ps, Phase::arrival, origin_, *this, pack(kPumpEgress, nullptr));
}

void PortAdapter::egress_room_again(Picoseconds now_ps) { context_.room->room_again(id_, now_ps); }

void PortAdapter::tell(PacketWhat what, UnitKind unit, Picoseconds at_ps, const Packet& packet) {
  if (packet.id == 0) return;  // a stand-in for what was lost
  const std::uint16_t index =
      unit == UnitKind::endpoint ? endpoint_.value() : context_.switch_index;
  context_.observe->emit(packet_event(at_ps, what, PacketWhere{unit, index, id_.value()}, packet));
}

}  // namespace antares::models
