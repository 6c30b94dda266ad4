// SPDX-License-Identifier: Apache-2.0
// PortAdapter: PCIe access control (ACS). A request or completion that a downstream port redirects
// goes up to the root and comes down again: it crosses the switch twice, takes both directions of
// the upstream link, and waits for the root in between. What it blocks gets an error answer.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::AcsAction;
using protocols::AcsQuestion;
using protocols::AcsTarget;

protocols::AcsVerdict PortAdapter::ask_access(const Transaction& transaction, const PortAdapter& to,
                                              bool request) const {
  AcsQuestion question;
  question.from_below = config_.role == PortRole::downstream;
  question.request = request;
  question.relaxed_ordering = (transaction.flags & protocols::kRelaxedOrdering) != 0;
  question.target = &to == this                             ? AcsTarget::itself
                    : to.config_.role == PortRole::upstream ? AcsTarget::upstream
                                                            : AcsTarget::sibling;
  question.egress_blocked = std::find(config_.egress_blocked.begin(), config_.egress_blocked.end(),
                                      to.id_) != config_.egress_blocked.end();
  const auto& payload = *static_cast<const tlm::tlm_generic_payload*>(transaction.payload);
  if (const auto* hint = payload.get_extension<PacketHint>(); hint != nullptr) {
    question.address_type = static_cast<protocols::AddressType>(hint->address_type & 3);
    question.requester_in_range =
        hint->claimed_source == PacketHint::kOwnSource || hint->claimed_source == endpoint_.value();
  }
  return config_.access->judge(question);
}

tlm::tlm_response_status PortAdapter::judged(Transaction& transaction) {
  const protocols::AcsVerdict verdict = ask_access(transaction, *transaction.completer, true);
  if (verdict.action == AcsAction::forward) return tlm::TLM_OK_RESPONSE;
  const bool way_up = partition_->upstream != nullptr && reaches(*partition_->upstream);
  if (verdict.action == AcsAction::redirect_upstream && way_up) {
    transaction.via = partition_->upstream;
    ++counts_.redirected;
    return tlm::TLM_OK_RESPONSE;
  }
  ++counts_.access_violations;
  note(protocols::ErrorKind::access_violation, &transaction);
  last_refusal_ = verdict.action == AcsAction::redirect_upstream
                      ? std::string(
                            "ACS redirects upstream and no upstream port is there, or the bridge "
                            "to it is off")
                      : std::string("ACS: blocked by ") + protocols::to_string(verdict.by);
  return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

void PortAdapter::control_answer(Transaction& transaction) {
  if (config_.access == nullptr || transaction.requester == nullptr) return;
  const auto verdict = ask_access(transaction, *transaction.requester, false);
  if (verdict.action != AcsAction::redirect_upstream || partition_->upstream == nullptr ||
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
