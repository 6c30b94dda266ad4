// SPDX-License-Identifier: Apache-2.0
// What a train is made of on a UALink-class link: its requests or responses, which of them may be
// compressed, and what they bring to the flits. Pure; shared by the policy, which prices trains,
// and the encoder, which remembers what went before. No unit of time.
#pragma once
#include "antares/protocols/common/packet.h"
#include "antares/protocols/ualink/request_split.h"
#include "antares/protocols/ualink/tl_packing.h"
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
/// One more than the flits that the train saves by what the one before it left free; 0: nobody has
/// packed it yet.
inline constexpr unsigned kSavedShift = 6;
inline constexpr unsigned kMostSaved = 2;
}  // namespace ualink_form

/// Largest request that this packet's requester makes.
std::uint32_t ualink_request_limit(const Packet& packet);
/// The requests of a train; of a completion, the requests that its responses answer.
RequestSplit ualink_pieces(const Packet& packet);

/// May this train's requests of whole beats be compressed? (A read's byte enables are attributes
/// other than the default, facts A.4.)
bool ualink_compressible(const Packet& packet, bool address_cache);

struct UalinkShape {
  RequestSplit pieces;
  bool data = false;          ///< beats travel with it
  bool byte_enables = false;  ///< on every piece, not only on those of partial beats
  bool compressible = false;  ///< pieces of whole beats may be compressed
};
UalinkShape ualink_shape(const Packet& packet, bool address_cache);

/// Requests of the train that are sent whole to fill a way.
std::uint32_t ualink_loads(const Packet& packet);

/// What the train, encoded as packet.form says, brings to the flits.
TlLoad ualink_load(const Packet& packet, const UalinkShape& shape, const UalinkLinkConfig& config);

}  // namespace antares::protocols
