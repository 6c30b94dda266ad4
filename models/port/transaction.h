// SPDX-License-Identifier: Apache-2.0
// One transaction of the edge (a TLM generic payload on its way through the fabric) and the pool it
// comes from. The packets that carry it are trains that point back here. Pure: the payload is
// opaque.
#pragma once
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "antares/protocols/common/link_policy.h"

namespace antares::models {

using protocols::EndpointId;
using protocols::Packet;
using protocols::PacketKind;
using protocols::Picoseconds;
using protocols::PortId;

class PortAdapter;
struct Replication;
struct ReductionPart;

struct Transaction {
  Transaction* next_free = nullptr;
  void* payload = nullptr;           ///< tlm_generic_payload* of the requester
  void* forwarded = nullptr;         ///< what the target sees: the payload, or a private copy of it
  PortAdapter* requester = nullptr;  ///< port where it entered
  PortAdapter* completer = nullptr;  ///< port whose device answers
  PortAdapter* via = nullptr;        ///< the request makes a detour by this port (ACS redirect)
  PortAdapter* answer_via = nullptr;  ///< and so does the completion
  std::uint64_t global_address = 0;   ///< as the requester wrote it; restored before the response
  std::uint64_t local_address = 0;    ///< as the completer's device sees it
  Picoseconds entered_ps = 0;
  std::uint32_t bytes = 0;
  std::uint16_t request_bytes = 0;  ///< payload limit of one link packet, 0 = the link's
  EndpointId source;
  EndpointId destination;
  protocols::VcId vc;  ///< that the requester asked for
  PacketKind kind = PacketKind::write;
  protocols::AtomicOp atomic = protocols::AtomicOp::fetch_add;
  std::uint8_t flags = 0;          ///< what the requester may set, kPoisoned among it
  std::uint32_t answer_bytes = 0;  ///< payload of a good completion (atomic: one operand)
  bool request_arrived = false;    ///< all of it is at the completer's device
  bool posted = true;              ///< no completion travels back on the requester's link
  bool completes = false;          ///< one leaves the completer's device
  bool byte_enable_holes = false;
  bool ends_in_bridge = false;  ///< stands for a completion that goes no further than the switch
  bool answered = false;        ///< the requester has its response already (at_accept)
  /// What its end brings beyond the release of the payload.
  enum Ending : std::uint8_t {
    kOwnsCopy = 1,   ///< `forwarded` is a private copy to be released
    kDrains = 2,     ///< a port that moves waits for it
    kReduces = 8,    ///< it has a part in a reduction
    kIsCopy = 4,     ///< one of the copies of `then`, which hears of it; `forwarded` is its own
    kKeepsWay = 16,  ///< AdaptiveRoutes counts it: it went to another switch, by a way chosen
    kPartial = 32,   ///< the partial result of a switch; `forwarded` is its own
    kInParts = 64,   ///< a copy whose trains come from several engines, in any order: its last one
                     ///< is the one that completes its bytes (left_switch_bytes[0])
    kIsSum = 128,    ///< a reduction's result, or a copy of one
  };
  std::uint8_t ending = 0;
  bool failed = false;        ///< a part of it got lost: it is not delivered, whatever still comes
  bool poisoned = false;      ///< data of it is marked as damaged: nobody uses it
  bool dead = false;          ///< nothing of it is left: only the requester's timer will answer
  std::uint64_t watched = 0;  ///< CompletionTimer's; 0 = nobody watches
  ReductionPart* reduction = nullptr;  ///< its part in one (reduction_part.h)
  Replication* copies = nullptr;       ///< it is for several (replication.h)
  /// Stands for the completer's answer that ends in the switch: the request whose requester the
  /// bridge answers then. A copy: what it is a copy of.
  Transaction* then = nullptr;
  Transaction* early = nullptr;  ///< at_accept: answers the requester once the switch has it all
  Packet* held_train = nullptr;  ///< last train: its egress credit waits for the device
  /// Payload of the trains that an encoding link has sent, by the switch on the way; kInParts: that
  /// have been sent, or never will be.
  std::uint32_t left_switch_bytes[protocols::kMostHops] = {};

  bool owns_copy() const { return (ending & kOwnsCopy) != 0; }
  bool is_copy() const { return (ending & kIsCopy) != 0; }
  bool is_partial() const { return (ending & kPartial) != 0; }
  bool detours() const {
    // One test for two pointers: hardly any transaction has either.
    return (reinterpret_cast<std::uintptr_t>(via) | reinterpret_cast<std::uintptr_t>(answer_via)) !=
           0;
  }
  protocols::RequestShape shape() const {
    return {kind, atomic, flags, bytes, global_address, byte_enable_holes};
  }
};

/// Slab allocator with a free list: no allocation on the packet path once warm.
template <class T>
class Pool {
 public:
  T* get() {
    if (free_ == nullptr) grow();
    T* item = free_;
    free_ = next_of(*item);
    *item = T{};
    ++in_use_;
    return item;
  }
  void put(T* item) {
    next_of(*item) = free_;
    free_ = item;
    --in_use_;
  }
  std::size_t in_use() const { return in_use_; }
  /// Looks at every item there is: for what happens seldom.
  template <class Visit>
  void for_each_in_use(const Visit& visit) {
    std::unordered_set<const T*> free;
    for (T* item = free_; item != nullptr; item = next_of(*item)) free.insert(item);
    for (const auto& slab : slabs_) {
      for (std::size_t i = 0; i < kSlab; ++i)
        if (free.count(&slab[i]) == 0) visit(slab[i]);
    }
  }
  std::size_t capacity() const { return slabs_.size() * kSlab; }

 private:
  static constexpr std::size_t kSlab = 256;
  static Packet*& next_of(Packet& packet) { return packet.next; }
  static Transaction*& next_of(Transaction& transaction) { return transaction.next_free; }
  void grow() {
    slabs_.push_back(std::make_unique<T[]>(kSlab));
    T* slab = slabs_.back().get();
    for (std::size_t i = kSlab; i-- > 0;) {
      next_of(slab[i]) = free_;
      free_ = &slab[i];
    }
  }

  T* free_ = nullptr;
  std::size_t in_use_ = 0;
  std::vector<std::unique_ptr<T[]>> slabs_;
};

}  // namespace antares::models
