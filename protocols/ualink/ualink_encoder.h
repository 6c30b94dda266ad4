// SPDX-License-Identifier: Apache-2.0
// What a transmitter remembers from train to train: the address cache, which decides what requests
// are compressed, and how many responses have passed since the last flow-control item. Both end up
// as bits of Packet::form, from which UalinkPolicy::wire_cost counts sectors exactly, over trains
// of any size. No unit of time: order is that of the calls.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ualink/address_cache.h"
#include "antares/protocols/ualink/request_split.h"
#include "antares/protocols/ualink/ualink_link_config.h"

namespace antares::protocols {

/// Packet::form on a UALink. Counts only requests that could have been compressed by their shape:
/// one that can't be (part of a beat, an atomic) fills the cache at no further cost.
namespace ualink_form {
/// The first request of the train is sent whole, to fill a way.
inline constexpr std::uint8_t kFirstLoads = 1u << 0;
/// So is the last one, which is not the first.
inline constexpr std::uint8_t kLastLoads = 1u << 1;
/// So are this many between first and last (1 MB boundaries inside the train); 7 is the most, and a
/// train of less than 8 MiB has no more.
inline constexpr unsigned kMiddleShift = 2;
inline constexpr std::uint8_t kMiddleMask = 7u << kMiddleShift;
/// A flow-control item follows the last response, beyond those that each full group inside the
/// train brings.
inline constexpr std::uint8_t kFlowControl = 1u << 5;
}  // namespace ualink_form

/// Largest request that this packet's requester makes.
std::uint32_t ualink_request_limit(const Packet& packet);
/// The requests of a train; of a completion, the requests that its responses answer.
RequestSplit ualink_pieces(const Packet& packet);

/// May this train's requests of whole beats be compressed? (A read's byte enables are attributes
/// other than the default, facts A.4.)
bool ualink_compressible(const Packet& packet, bool address_cache);

class UalinkEncoder final : public LinkEncoder {
 public:
  explicit UalinkEncoder(const UalinkLinkConfig& config) : config_(config) {}
  void encode(Packet& packet, std::uint64_t address, bool back_to_back) override;

 private:
  std::uint8_t form_of_request(const Packet& packet, std::uint64_t address);
  std::uint8_t form_of_response(const Packet& packet);

  UalinkLinkConfig config_;
  AddressCache cache_;
  std::uint32_t responses_ = 0;  ///< since the last flow-control item
};

}  // namespace antares::protocols
