// SPDX-License-Identifier: Apache-2.0
// The links that the tests of mixed ports run over in ordered pairs, a switch of any of them, and a
// target that executes atomics. Time in picoseconds.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "antares/models/sockets/packet_hint.h"
#include "antares/protocols/common/link_replay.h"
#include "antares/protocols/ethernet/llr_config.h"
#include "tb/support/fabric_fixture.h"

namespace antares::tb {

enum class LinkKind {
  pcie6_x16,
  pcie5_x8_non_flit,
  ualink_x4,
  nvlink4_x2,
  nvlink4_x2_acknowledged,
  sue_x4,
  roce_x4,
  ideal
};
inline constexpr LinkKind kLinkKinds[] = {LinkKind::pcie6_x16,
                                          LinkKind::pcie5_x8_non_flit,
                                          LinkKind::ualink_x4,
                                          LinkKind::nvlink4_x2,
                                          LinkKind::nvlink4_x2_acknowledged,
                                          LinkKind::sue_x4,
                                          LinkKind::roce_x4,
                                          LinkKind::ideal};

/// What a replay does that gave up, where the protocol leaves a choice.
struct LinkChoices {
  std::optional<protocols::GaveUp> gives_up;  ///< nothing: as the protocol has it
  protocols::LlrConfig llr;
  bool selective_nak = false;  ///< of PCIe in flit mode
};

const char* name_of(LinkKind kind);
std::shared_ptr<const protocols::LinkPolicy> make_policy(LinkKind kind,
                                                         const LinkChoices& choices = {});
/// Port dev<i> is of kinds[i], its device has window(i); trains of one link packet.
SwitchConfig mixed_switch(const std::vector<LinkKind>& kinds);
SwitchConfig mixed_switch(const std::vector<std::shared_ptr<const protocols::LinkPolicy>>& links);

struct AtomicShape {
  protocols::AtomicOp op = protocols::AtomicOp::fetch_add;
  std::uint8_t operand_bytes = 8;
  unsigned operands() const { return op == protocols::AtomicOp::compare_and_swap ? 2 : 1; }
  unsigned bytes() const { return operand_bytes * operands(); }
};
/// A payload of `initiator` for an atomic; data holds the operands.
tlm::tlm_generic_payload& make_atomic(Initiator& initiator, const AtomicShape& shape,
                                      std::uint64_t address, unsigned char* data);
/// A payload with a hint: flags of a read or write, or what an ignored command stands for.
models::PacketHint& add_hint(tlm::tlm_generic_payload& payload);

/// Serves reads, writes and atomics, by LT and AT, at no latency of its own.
void serve_with_atomics(Target& target);
void serve_any(Target& target, tlm::tlm_generic_payload& payload);

}  // namespace antares::tb
