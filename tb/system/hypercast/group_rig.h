// SPDX-License-Identifier: Apache-2.0
// What the tests of Hypercast share: groups in the configuration of a test's switch, writes that
// name their members in each way there is, and who got what. Times in picoseconds.
#pragma once
#include "antares/models/observe/scoreboard.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {

using models::GroupConfig;
using models::GroupId;
using models::GroupNaming;
using models::HypercastConfig;
using models::NamedBy;
using protocols::EndpointId;
using protocols::PortId;

/// The window of group `number`: far from every device's.
constexpr std::uint64_t group_window(unsigned number) { return (number + 1) * (1ull << 48); }
inline constexpr std::uint64_t kGroupBytes = 1ull << 20;

/// Group `number` with window group_window(number); member k starts at offset_step * k of its
/// memory.
GroupConfig group_of(unsigned number, const std::vector<unsigned>& members,
                     std::uint64_t offset_step = 0);
/// The switch with Hypercast and these groups.
SwitchConfig with_groups(SwitchConfig config, const std::vector<GroupConfig>& groups);

/// Names the members in the packet itself.
void name_members(tlm::tlm_generic_payload& payload, NamedBy by,
                  const std::vector<unsigned>& members, std::uint32_t scatter_unit_bytes = 0);

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
