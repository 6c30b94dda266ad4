// SPDX-License-Identifier: Apache-2.0
// PortAdapter: damaged (poisoned) data. It reaches its end, where nobody uses it, and is logged
// where it comes in and where it would have been used (facts/pcie6.md 4.8, S7). It is marked by the
// device, in what it sends or in what it answers, or by a planted fault (look_after()); a port may
// keep it from going out (PortFaultConfig::block_poisoned, EgressSide).
#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::ErrorKind;

void PortAdapter::refuse_poisoned(Transaction& transaction) {
  auto& payload = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  // An answer that is an error already: its request was poisoned, and the completer's port told.
  if (payload.get_response_status() < tlm::TLM_INCOMPLETE_RESPONSE) return;
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  note(ErrorKind::poisoned, &transaction);
}

/// The device has marked the data of its answer as damaged: so does the link from here on.
bool PortAdapter::marked_as_damaged(Transaction& transaction) {
  const auto& payload = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  if (transaction.answer_bytes == 0 || payload.is_response_error()) return false;
  const auto* hint = payload.get_extension<PacketHint>();
  if (hint == nullptr || !hint->answer_poisoned) return false;
  transaction.poisoned = true;
  transaction.flags |= protocols::kPoisoned;
  note(ErrorKind::poisoned, &transaction);
  return true;
}

}  // namespace antares::models
