// SPDX-License-Identifier: Apache-2.0
// Notices that nothing has moved for too long, and says who waits for what: never a silent hang.
// Pure: the platform calls stalled() now and then with a count that grows with every delivered
// packet, and gathers the facts from the units only when it says yes. A run whose event queue went
// empty with packets in flight asks for diagnose() directly.
// Times in picoseconds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::Picoseconds;

/// One unit waits for another. Names are object names; `who` and `waits_for` of different facts are
/// the same place exactly if the texts are the same.
struct WaitFact {
  std::string who;        ///< "switch0.gpu3 egress posted"
  std::string waits_for;  ///< "switch1.gpu0 ingress posted"
  std::string what;       ///< "credit: 1 header and 16 data needed, 0 of 64 and 3 of 512 at home"
  Picoseconds since_ps = 0;
  std::uint64_t oldest_packet_id = 0;  ///< 0: none known
  std::uint64_t packets = 0;           ///< waiting behind it, itself included; 0: not known
};

/// Places where packets wait, by port and queue_index().
std::string ingress_place(const std::string& port, unsigned queue);
std::string egress_place(const std::string& port, unsigned queue);

class Watchdog {
 public:
  /// Silence longer than this is a stall; 0 switches the watchdog off.
  explicit Watchdog(Picoseconds limit_ps) : limit_ps_(limit_ps) {}

  /// Has progress_count stayed the same for the limit? The first call starts the clock.
  bool stalled(Picoseconds now_ps, std::uint64_t progress_count);
  /// When progress_count was last seen to change.
  Picoseconds last_progress_ps() const { return last_progress_ps_; }

  /// Text of several lines: circular waits first, each as a chain of names, then what the others
  /// wait for in the end, then the facts, longest wait first.
  std::string diagnose(const std::vector<WaitFact>& facts) const;

 private:
  Picoseconds limit_ps_;
  Picoseconds last_progress_ps_ = 0;
  Picoseconds now_ps_ = 0;
  std::uint64_t progress_count_ = 0;
  bool started_ = false;
};

/// The circular waits among the facts, each as indices into facts in the order of the chain: entry
/// k waits for the `who` of entry k+1, the last for that of the first. A circle through a place
/// that a shorter one has named already is left out.
std::vector<std::vector<std::size_t>> circular_waits(const std::vector<WaitFact>& facts);

}  // namespace antares::models
