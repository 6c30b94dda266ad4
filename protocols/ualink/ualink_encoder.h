// SPDX-License-Identifier: Apache-2.0
// What a transmitter remembers from train to train: the address cache, which decides what requests
// are compressed, how many responses have passed since the last flow-control item, and what is free
// in the flit that was begun last. All end up as bits of Packet::form, from which
// UalinkPolicy::wire_cost counts sectors and flits exactly, over trains of any size. No unit of
// time: order is that of the calls.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ualink/address_cache.h"
#include "antares/protocols/ualink/request_split.h"
#include "antares/protocols/ualink/tl_packing.h"
#include "antares/protocols/ualink/ualink_link_config.h"

namespace antares::protocols {

class UalinkEncoder final : public LinkEncoder {
 public:
  explicit UalinkEncoder(const UalinkLinkConfig& config)
      : config_(config), packing_(config.authentication) {}
  void encode(Packet& packet, std::uint64_t address, bool back_to_back) override;

 private:
  std::uint8_t form_of_request(const Packet& packet, const RequestSplit& split,
                               std::uint64_t address);
  std::uint8_t form_of_response(const RequestSplit& answered);

  UalinkLinkConfig config_;
  AddressCache cache_;
  TlPacking packing_;
  std::uint32_t responses_ = 0;  ///< since the last flow-control item
};

}  // namespace antares::protocols
