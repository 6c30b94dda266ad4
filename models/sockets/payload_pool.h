// SPDX-License-Identifier: Apache-2.0
// Pooled generic payloads: allocating one for each transaction costs ten times as much as taking
// one from a pool (facts/performance.md 1.2). A payload keeps its PacketHint for life. A payload
// returns to its pool when its last reference is released; a pool must outlive its payloads.
#pragma once
#include <memory>
#include <tlm>
#include <vector>

#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

class PayloadPool : public tlm::tlm_mm_interface {
 public:
  ~PayloadPool() override = default;
  /// A payload with reference count 1 and default attributes; release() gives it back.
  tlm::tlm_generic_payload& get();
  static PacketHint& hint(tlm::tlm_generic_payload& payload) {
    return *payload.get_extension<PacketHint>();
  }
  std::size_t in_use() const { return all_.size() - free_.size(); }

 private:
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();  // the auto extensions of those it has passed
    free_.push_back(payload);
  }
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

/// A heap copy of a write, data and byte enables included, that frees itself when released (one
/// reference is the caller's). For writes that are answered before they are delivered.
tlm::tlm_generic_payload& copy_of(const tlm::tlm_generic_payload& payload);

}  // namespace antares::models
