// SPDX-License-Identifier: Apache-2.0
// Extension that tells the fabric what a generic payload cannot: the kind of access behind a
// TLM_IGNORE_COMMAND (a transfer without data: timing-only runs; an atomic; a message), ordering
// attributes, and the payload a requester puts into one link packet. It can be ignored for reads
// and writes: a device that has never heard of it still works. A target that executes an atomic
// sets `executed`; the fabric refuses what came back without it.
#pragma once
#include <cstdint>
#include <memory>
#include <tlm>

#include "antares/models/hypercast/group_naming.h"
#include "antares/models/reduction/reduction_naming.h"
#include "antares/protocols/common/link_policy.h"

namespace antares::models {

struct PacketHint : tlm::tlm_extension<PacketHint> {
  protocols::PacketKind kind = protocols::PacketKind::write;  ///< used with TLM_IGNORE_COMMAND only
  std::uint8_t flags = 0;  ///< kRelaxedOrdering, kIdBasedOrdering, kPoisoned, kWantsAnswer,
                           ///< kUnorderedIo
  /// Atomics: the payload holds the operands, operand_bytes each (compare-and-swap: the value to
  /// compare with, then the new one), and has the old value in front when it comes back.
  protocols::AtomicOp atomic = protocols::AtomicOp::fetch_add;
  std::uint8_t operand_bytes = 0;
  bool executed = false;
  /// Set by a target whose answer to a read or an atomic has data that it knows to be damaged.
  bool answer_poisoned = false;
  /// Set by a target that completes a request with a delay: after this it has taken the request out
  /// of its link's buffer (a memory that has begun a read). kNotSaid: with the answer.
  std::uint64_t taken_in_ps = kNotSaid;
  /// Messages: code and routing (protocols::MessageHead), and for routing by id the endpoint.
  std::uint8_t message_code = 0;
  std::uint8_t message_routing = 0;
  std::uint16_t message_target = kOwnSource;
  /// PCIe AT field: 0 untranslated, 1 translation request, 2 translated (protocols::AddressType).
  std::uint8_t address_type = 0;
  /// Of the requester's link, below LinkPolicy::request_channels(); another link on the way keeps
  /// it where it has so many, else takes 0. The protocol says where the completion travels.
  std::uint8_t virtual_channel = 0;
  /// Who it says it is from, where that is not the endpoint behind the port (source validation).
  std::uint16_t claimed_source = kOwnSource;
  /// Hypercast: who gets a copy, where the address alone does not say; nullptr: it does.
  std::shared_ptr<const GroupNaming> group;
  /// The switch is to reduce: what, beside `group`; nullptr: it is not.
  std::shared_ptr<const ReductionNaming> reduction;
  /// ... and what became of it, once answered.
  ReductionStatus reduction_status = ReductionStatus::ok;
  std::uint16_t request_bytes = 0;  ///< largest payload of one link packet; 0 = the link's limit
  std::uint64_t user = 0;           ///< message for the target (which slice of which message)
  std::uint64_t cookie = 0;         ///< the requester's own bookkeeping

  static constexpr std::uint16_t kOwnSource = 0xFFFF;
  static constexpr std::uint64_t kNotSaid = ~std::uint64_t{0};

  /// What it is from here on is for one, and as it is: the switch has done what was asked of it.
  void forget_names() {
    group = nullptr;
    reduction = nullptr;
  }
  tlm::tlm_extension_base* clone() const override { return new PacketHint(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const PacketHint&>(other);
  }
};

}  // namespace antares::models
