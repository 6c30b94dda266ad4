// SPDX-License-Identifier: Apache-2.0
// Random traffic over links that go down and come up at random. Every access is answered, with data
// that is right or with an error; no packet, credit, tag, buffer or context is left over. Times in
// picoseconds.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/observe/scoreboard.h"
#include "tb/support/collective_line.h"
#include "tb/support/shadow_line.h"

namespace antares::tb {

/// Ports whose links may fail, and requesters that give up after 30 us.
void may_fail(SwitchConfig& config);

/// Schedules `failures` of up to 3 us each, evenly spread at random times before until_ps.
void flap(models::PortAdapter& port, unsigned seed, unsigned failures, Picoseconds until_ps);

/// Schedules moves of random ports to random partitions, or to none, at random times before
/// until_ps.
void roam(FabricSwitch& fabric, unsigned seed, unsigned moves, Picoseconds until_ps);

/// Every device reads from every other: answered well within a partition, else as unmapped. Runs
/// the simulation once more; no link may be down.
void expect_partitions_hold(FabricSwitch& fabric, const std::vector<Initiator*>& initiators);

struct FlapRun {
  std::vector<Initiator*> initiators;  ///< device i has window(i)
  std::vector<FabricSwitch*> fabrics;
  unsigned seed = 0;
  unsigned lines_each = 8;  ///< accesses in flight a device, to one device after the other
  unsigned accesses = 60;   ///< one after the other on each line
  unsigned partitions = 1;  ///< device i is in partition i % partitions
  bool ports_move = false;
  std::vector<CollectiveLine::Plan> groups;  ///< beside the lines; a seed and a number each

  /// Runs the simulation and checks it, but for the fabrics' own quiescence.
  void go();

  std::vector<std::unique_ptr<ShadowLine>> lines;
  std::vector<std::unique_ptr<CollectiveLine>> collectives;
  models::Scoreboard board{models::ScoreboardConfig{}};
  unsigned answers = 0;

 private:
  void release_what_is_blocked();
  void start_collectives();
  void check_collectives();
};

}  // namespace antares::tb
