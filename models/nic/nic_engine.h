// SPDX-License-Identifier: Apache-2.0
// What a card pays and when: the parts of an unloaded request, and the queues that load adds (send
// queue, message rate, DMA in each direction, receive buffer). Pure: no kernel, time is an argument
// in picoseconds, and calls of one kind come in the order of their times.
//
// A request passes four legs, two in each card:
//   post          post, doorbell, fetch, payload read, packets made     requester's card -> wire
//   deliver       packets taken apart, DMA to or from memory            target's card -> memory
//   answer        packets of the answer made                            target's card -> wire
//   complete      packets taken apart, DMA of what was read, completion entry, poll
// The part that moves bytes has its turn when its leg begins; latency follows. Departures keep the
// order of posting, accesses to memory the order of arrival, completions none (many queue pairs).
//
// Left out: queue pairs one by one, address translation misses, congestion control, interrupts
// (poll_ns stands for whatever the requester does), the bytes of descriptors and completion
// entries.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "antares/models/nic/dma_channel.h"
#include "antares/models/nic/nic_config.h"
#include "antares/protocols/common/packet.h"

namespace antares::models {

enum class NicLeg : std::uint8_t { post, deliver, answer, complete };

/// A request as the card sees it.
struct NicWork {
  std::uint32_t out_bytes = 0;   ///< payload of the request, read from memory by DMA
  std::uint32_t back_bytes = 0;  ///< payload of the answer

  /// bytes: of the answer for reads and atomics, whose operands stand in the work request itself.
  static NicWork of(protocols::PacketKind kind, std::uint32_t bytes) {
    const bool back = kind == protocols::PacketKind::read || kind == protocols::PacketKind::atomic;
    return back ? NicWork{0, bytes} : NicWork{bytes, 0};
  }
};

class NicEngine {
 public:
  /// memory_latency_ps: of the requester's own memory, paid when the payload is read from it.
  /// Throws std::invalid_argument with config.problems().
  NicEngine(const NicConfig& config, Picoseconds memory_latency_ps);

  const NicConfig& config() const { return config_; }

  // Unloaded. ok: false for a request that is answered with an error, which brings no data.
  using Parts = std::vector<std::pair<std::string, Picoseconds>>;
  /// Every part of a leg by name, those of 0 included.
  Parts parts(NicLeg leg, const NicWork& work, bool ok = true) const;
  /// Their sum.
  Picoseconds unloaded_ps(NicLeg leg, const NicWork& work, bool ok = true) const;
  /// Both legs of the requester's card and both of the target's.
  Picoseconds requester_ps(const NicWork& work) const {
    return unloaded_ps(NicLeg::post, work) + unloaded_ps(NicLeg::complete, work);
  }
  Picoseconds target_ps(const NicWork& work) const {
    return unloaded_ps(NicLeg::deliver, work) + unloaded_ps(NicLeg::answer, work);
  }

  // Under load: the requester's card.
  bool send_queue_full() const { return outstanding_ >= config_.send_queue_depth; }
  bool takes_message(std::uint32_t bytes) const { return bytes <= config_.max_message_bytes; }
  std::uint32_t outstanding() const { return outstanding_; }
  /// The requester begins to post at at_ps; returns when the card has the work request.
  Picoseconds post(const NicWork& work, Picoseconds at_ps);
  /// The card has the work request now; returns when the request is on its way.
  Picoseconds depart(const NicWork& work, Picoseconds now_ps);
  /// The answer's packets have been taken apart now; returns when the requester knows.
  Picoseconds complete(const NicWork& work, bool ok, Picoseconds now_ps);
  /// The requester knows: the send queue has a place again.
  void completed() { --outstanding_; }

  // Under load: the target's card.
  bool receive_buffer_full(const NicWork& work) const {
    return received_bytes_ != 0 && received_bytes_ + work.out_bytes > config_.receive_buffer_bytes;
  }
  std::uint64_t received_bytes() const { return received_bytes_; }
  /// A request has come at at_ps; returns when it has been taken apart.
  Picoseconds receive(const NicWork& work, Picoseconds at_ps);
  /// It has been taken apart now; returns when memory sees the access.
  Picoseconds deliver(const NicWork& work, Picoseconds now_ps);
  /// Memory has taken so much payload.
  void delivered(std::uint64_t bytes) { received_bytes_ -= bytes; }

  Picoseconds tx_pipeline_ps() const { return tx_pipeline_ps_; }
  Picoseconds rx_pipeline_ps() const { return rx_pipeline_ps_; }

 private:
  bool is_inline(const NicWork& work) const {
    return config_.inline_bytes != 0 && work.out_bytes <= config_.inline_bytes;
  }
  template <class Visit>
  void each_part(NicLeg leg, const NicWork& work, bool ok, Visit&& visit) const;

  NicConfig config_;
  Picoseconds memory_latency_ps_;
  Picoseconds post_ps_, doorbell_ps_, wqe_fetch_ps_, dma_read_latency_ps_, dma_write_latency_ps_,
      tx_pipeline_ps_, rx_pipeline_ps_, cqe_write_ps_, poll_ps_, message_gap_ps_;
  DmaChannel from_memory_;
  DmaChannel to_memory_;
  std::uint32_t outstanding_ = 0;
  std::uint64_t received_bytes_ = 0;
  Picoseconds next_message_ps_ = 0;  ///< earliest time of the next work request
  Picoseconds next_served_ps_ = 0;   ///< ... of the next one received
  Picoseconds fetched_ps_ = 0;       ///< the latest work request is in the card
  Picoseconds departed_ps_ = 0;
  Picoseconds accessed_ps_ = 0;
};

}  // namespace antares::models
