// SPDX-License-Identifier: Apache-2.0
// What the tests of Hypercast share: writes to groups, and who got what. Times in picoseconds.
#pragma once
#include "antares/models/observe/scoreboard.h"
#include "tb/support/groups.h"
#include "tb/support/simulation.h"

namespace antares::tb {

/// A Fabric with data and a scoreboard.
class GroupRig : public Fabric {
 public:
  explicit GroupRig(const SwitchConfig& config);
  /// A write of `bytes` bytes of a pattern to `address`.
  tlm::tlm_generic_payload& write(unsigned from, std::uint64_t address, unsigned bytes,
                                  unsigned pattern = 1);
  /// Sends it at at_ps, after those of this device that were queued before for the same time.
  void queue(unsigned from, tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  static unsigned char data_at(unsigned pattern, unsigned index) {
    return static_cast<unsigned char>(pattern * 37 + index * 11 + index / 256);
  }
  /// The member's memory holds bytes [from, from + bytes) of the pattern at its local `address`.
  void expect_data(unsigned port, std::uint64_t address, unsigned bytes, unsigned pattern = 1,
                   unsigned from = 0);
  models::PortAdapter& port(unsigned index) {
    return fabric.port(PortId(static_cast<std::uint16_t>(index))).adapter();
  }
  /// At rest, every packet and copy delivered once.
  void expect_done();

  models::Scoreboard board;

 private:
  std::deque<std::vector<unsigned char>> data_;
  std::map<std::pair<unsigned, Picoseconds>, std::vector<tlm::tlm_generic_payload*>> queued_;
};

}  // namespace antares::tb
