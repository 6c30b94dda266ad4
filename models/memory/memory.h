// SPDX-License-Identifier: Apache-2.0
// A memory behind a port: TLM-2.0 target with LT, AT, DMI and debug access, byte enables honoured.
// One server with a rate and a latency: a read is answered after latency plus its turn, a write as
// soon as its turn has come (posted into the controller); while it waits its turn it holds its
// credits; a read that has begun gives them back (PacketHint::taken_in_ps). TLM_IGNORE_COMMAND with
// a PacketHint is a timed access without data, or an atomic. Unit of time: picoseconds.
#pragma once
#include <tlm_utils/passthrough_target_socket.h>

#include <systemc>
#include <tlm>

#include "antares/models/memory/backing_store.h"
#include "antares/models/memory/memory_config.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

/// Hears of writes as they arrive (a flag that an accelerator polls, a doorbell).
class WriteListener {
 public:
  /// at_ps: when the data is in memory. True: the listener has taken the data, memory must not.
  virtual bool written(tlm::tlm_generic_payload& payload, protocols::Picoseconds at_ps) = 0;

 protected:
  virtual ~WriteListener() = default;
};

class Memory : public sc_core::sc_module {
 public:
  Memory(const sc_core::sc_module_name& name, const MemoryConfig& config);
  ~Memory() override;

  tlm_utils::passthrough_target_socket<Memory> target;

  void set_write_listener(WriteListener* listener) { listener_ = listener; }
  BackingStore& store() { return store_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t atomics() const { return atomics_; }
  /// Messages end here: what they mean is not memory's business.
  std::uint64_t messages() const { return messages_; }
  /// When the last transfer so far ends: an access that begins then waits for nobody.
  protocols::Picoseconds idle_at_ps() const {
    return static_cast<protocols::Picoseconds>(free_at_ps_) + 1;
  }
  /// Withdraws DMI pointers over [first, last], e.g. when a model wants to see each access again.
  void invalidate_dmi(std::uint64_t first, std::uint64_t last);

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool legal(tlm::tlm_generic_payload& payload, const PacketHint* hint) const;
  static PacketHint* hint_of(const tlm::tlm_generic_payload& payload);
  void access(tlm::tlm_generic_payload& payload, PacketHint* hint, protocols::Picoseconds at_ps);
  void copy(tlm::tlm_generic_payload& payload);
  static bool reads_data(const tlm::tlm_generic_payload& payload, const PacketHint* hint);
  bool execute(tlm::tlm_generic_payload& payload, PacketHint* hint);
  /// Latency and transfer of a read that waits for nobody: LT and AT share it.
  protocols::Picoseconds read_ps(const tlm::tlm_generic_payload& payload) const {
    return latency_ps_ +
           static_cast<protocols::Picoseconds>(ps_per_byte_ * payload.get_data_length());
  }

  MemoryConfig config_;
  BackingStore store_;
  WriteListener* listener_ = nullptr;
  std::uint64_t ticks_per_ps_;
  protocols::Picoseconds latency_ps_;
  double ps_per_byte_;
  double free_at_ps_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t atomics_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace antares::models
