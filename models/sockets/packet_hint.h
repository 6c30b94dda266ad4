// SPDX-License-Identifier: Apache-2.0
// Ignorable extension that tells the fabric what a generic payload cannot: the kind of access
// behind a TLM_IGNORE_COMMAND (a transfer without data: timing-only runs), ordering attributes, and
// the payload a requester puts into one link packet. A device that has never heard of it still
// works.
#pragma once
#include <cstdint>
#include <tlm>

#include "antares/protocols/common/packet.h"

namespace antares::models {

struct PacketHint : tlm::tlm_extension<PacketHint> {
  protocols::PacketKind kind = protocols::PacketKind::write;  ///< used with TLM_IGNORE_COMMAND only
  std::uint8_t flags = 0;           ///< kRelaxedOrdering, kIdBasedOrdering, kPoisoned
  std::uint16_t request_bytes = 0;  ///< largest payload of one link packet; 0 = the link's limit
  std::uint64_t user = 0;           ///< message for the target (which slice of which message)
  std::uint64_t cookie = 0;         ///< the requester's own bookkeeping

  tlm::tlm_extension_base* clone() const override { return new PacketHint(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const PacketHint&>(other);
  }
};

}  // namespace antares::models
