// SPDX-License-Identifier: Apache-2.0
// PortAdapter: access control. A request or completion that a downstream port redirects (PCIe's
// ACS) goes up to the root and comes down again: it crosses the switch twice, takes both directions
// of the upstream link, and waits for the root in between. What is blocked gets an error answer;
// what is hidden gets the answer of an unmapped address, LT, AT, DMI and debug access alike.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::AccessAction;
using protocols::AccessQuestion;
using protocols::AccessTarget;

protocols::AccessVerdict PortAdapter::ask_access(const Transaction& transaction,
                                                 const PortAdapter& to, bool request) const {
  AccessQuestion question;
  question.from_below = config_.role == PortRole::downstream;
  question.request = request;
  question.relaxed_ordering = (transaction.flags & protocols::kRelaxedOrdering) != 0;
  question.target = &to == this                             ? AccessTarget::itself
                    : to.config_.role == PortRole::upstream ? AccessTarget::upstream
                                                            : AccessTarget::sibling;
  question.egress_blocked = std::find(config_.egress_blocked.begin(), config_.egress_blocked.end(),
                                      to.id_) != config_.egress_blocked.end();
  question.source = endpoint_;
  question.destination = to.endpoint_;
  question.has_address = transaction.kind != PacketKind::message;
  question.address = transaction.global_address;
  question.bytes = transaction.bytes;
  const auto& payload = *static_cast<const tlm::tlm_generic_payload*>(transaction.payload);
  if (const auto* hint = payload.get_extension<PacketHint>(); hint != nullptr) {
    question.address_type = static_cast<protocols::AddressType>(hint->address_type & 3);
    if (hint->claimed_source != PacketHint::kOwnSource)
      question.source = EndpointId(hint->claimed_source);
    question.requester_in_range = question.source == endpoint_;
  }
  protocols::AccessVerdict verdict;
  for (const auto& control : config_.access) {
    const protocols::AccessVerdict one = control->ask(question);
    if (one.action > verdict.action) verdict = one;
  }
  return verdict;
}

tlm::tlm_response_status PortAdapter::looked_at_closely(Transaction& transaction) {
  // Before anything else is found out about the target: what is hidden looks like nothing.
  if (hides(transaction)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  const auto status = refused_there(transaction);
  return status == tlm::TLM_OK_RESPONSE ? controlled(transaction) : status;
}

bool PortAdapter::hides(const Transaction& transaction) {
  if (config_.access.empty()) return false;
  const auto verdict = ask_access(transaction, *transaction.completer, true);
  if (verdict.action != AccessAction::hide) return false;
  ++counts_.access_violations;
  note(protocols::ErrorKind::access_violation, &transaction);
  last_refusal_ = verdict.why;
  return true;
}

bool PortAdapter::visible(const Target& target, const tlm::tlm_generic_payload& payload,
                          protocols::AddressRange& seen) const {
  if (config_.access.empty()) return true;
  Transaction access;
  access.payload = const_cast<tlm::tlm_generic_payload*>(&payload);
  access.global_address = payload.get_address();
  access.bytes = 1;
  if (ask_access(access, *target.port, true).action == AccessAction::hide) return false;
  for (const auto& control : config_.access) {
    const auto alike = control->alike(payload.get_address());
    seen.first = std::max(seen.first, alike.first);
    seen.last = std::min(seen.last, alike.last);
  }
  return true;
}

bool PortAdapter::pointer_passes(const Target& target, const tlm::tlm_generic_payload& payload,
                                 protocols::AddressRange& seen) const {
  const auto one_by_one = [](const auto& control) { return control->one_by_one(); };
  const auto any = [&](const PortAdapter& port) {
    const auto& access = port.config_.access;
    return std::any_of(access.begin(), access.end(), one_by_one);
  };
  return !any(*this) && !any(*target.port) && visible(target, payload, seen);
}

tlm::tlm_response_status PortAdapter::judged(Transaction& transaction) {
  const protocols::AccessVerdict verdict = ask_access(transaction, *transaction.completer, true);
  if (verdict.action == AccessAction::forward) return tlm::TLM_OK_RESPONSE;
  const bool way_up = partition_->upstream != nullptr && reaches(*partition_->upstream);
  if (verdict.action == AccessAction::redirect_upstream && way_up) {
    transaction.via = partition_->upstream;
    ++counts_.redirected;
    return tlm::TLM_OK_RESPONSE;
  }
  ++counts_.access_violations;
  note(protocols::ErrorKind::access_violation, &transaction);
  last_refusal_ = verdict.action == AccessAction::redirect_upstream
                      ? "ACS redirects upstream and no upstream port is there, or the bridge to it "
                        "is off"
                      : verdict.why;
  return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

void PortAdapter::control_answer(Transaction& transaction) {
  if (config_.access.empty() || transaction.requester == nullptr) return;
  const auto verdict = ask_access(transaction, *transaction.requester, false);
  if (verdict.action != AccessAction::redirect_upstream || partition_->upstream == nullptr ||
      partition_->upstream == transaction.requester || !reaches(*partition_->upstream)) {
    return;
  }
  transaction.answer_via = partition_->upstream;
  ++counts_.redirected;
}

bool PortAdapter::turn_round(Packet& packet, bool response) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  PortAdapter*& via = response ? transaction.answer_via : transaction.via;
  if (via == nullptr) return false;
  via = nullptr;
  transaction.held_train = &packet;
  release_held(transaction, now_ps());  // the root has taken it
  context_.scheduler->post(now_ps() + context_.root_turnaround_ps, Phase::arrival, origin_, *this,
                           pack(kEnqueue, &transaction));
  return true;
}

Picoseconds PortAdapter::path_ps(const Packet& packet, const PortAdapter& to,
                                 const PortAdapter* via) const {
  if (via == nullptr) return zero_load(packet, to).tail_ps;
  Packet down = packet;
  via->policy().classify(down);
  return zero_load(packet, *via).tail_ps + context_.root_turnaround_ps +
         via->zero_load(down, to).tail_ps;
}

}  // namespace antares::models
