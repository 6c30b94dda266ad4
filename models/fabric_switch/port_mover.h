// SPDX-License-Identifier: Apache-2.0
// Moves ports of one switch between its partitions while it runs, by draining them:
//   started    requests of the port's device and to it wait; pointers past it (DMI) are taken back
//   drained    the last transaction that was under way is over
//   moved      windows, endpoint and upstream role are the new partition's, after table_update_us;
//              switches that links join to either partition have changed their tables, too
//   restarted  what waits is asked again, and finds the new map
// When the drain is not over after timeout_us the port stays where it is and restarts; the
// record says what it waited for. Moves of several ports may run side by side.
//
// A blocking call (LT) that has begun is waited for; one that begins meanwhile sees the map as it
// is then, and is waited for, too. Ports that link switches stay where they are: refused, since the
// ways of all linked switches lead over them. Times: picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/models/fabric_switch/switch_config.h"
#include "antares/models/port/port.h"

namespace antares::models {

enum class MoveOutcome : std::uint8_t {
  draining,   ///< still under way
  updating,   ///< drained; the tables are being written
  moved,      ///< done
  timed_out,  ///< not drained in time: the port is where it was, and runs
  refused,    ///< it cannot be where it was to go: nothing has changed
};
const char* to_string(MoveOutcome outcome);

/// The time line of one move; kNever: that did not come.
struct PortMove {
  PortId port;
  std::string from;  ///< empty: it was a spare
  std::string to;    ///< empty: into no partition
  MoveOutcome outcome = MoveOutcome::draining;
  std::string reason;  ///< why not, for a person; empty unless timed_out or refused
  Picoseconds started_ps = kNever;
  Picoseconds drained_ps = kNever;
  Picoseconds moved_ps = kNever;
  Picoseconds restarted_ps = kNever;
  std::size_t in_flight = 0;  ///< transactions and blocking calls when it started
  std::size_t held = 0;       ///< requesters that had a request waiting at the end
};

class PortMover : private EventTarget, private DrainListener {
 public:
  /// `partitions`: those of the configuration, then that of the spare ports. Without any in the
  /// configuration there is nothing to move between: throws std::logic_error.
  PortMover(const SwitchConfig& config, FabricContext& context,
            const std::vector<std::unique_ptr<Partition>>& partitions);

  /// At at_ps, in the future unless the wheel runs. Empty `partition`: into none. Throws
  /// std::invalid_argument naming the port or partition that does not exist.
  void schedule(PortId port, const std::string& partition, Picoseconds at_ps);
  /// Those that have started, in that order.
  const std::vector<PortMove>& moves() const { return moves_; }

 private:
  enum What : std::uint64_t { kStart, kCheck, kCommit, kTimeout };
  struct Order {
    PortId port;
    Partition* to;
  };
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void drained_one(Picoseconds now_ps) override;
  void post(What what, std::size_t number, Picoseconds at_ps, Phase phase);

  void start(const Order& order, Picoseconds now_ps);
  void check_all(Picoseconds now_ps);
  void check(std::size_t number, Picoseconds now_ps);
  void commit(std::size_t number, Picoseconds now_ps);
  void time_out(std::size_t number, Picoseconds now_ps);
  void restart(PortMove& move, Picoseconds now_ps);
  Picoseconds timeout_ps() const;
  /// Why the port cannot be in that partition; empty: it can.
  std::string objection(PortAdapter& port, const Partition& to) const;
  void enter(PortAdapter& port, RouteTable& routes) const;
  std::vector<AddressWindow> windows_of(const PortAdapter& port) const;
  /// In the tables of the other switches that links connect.
  void tell_others(const PortAdapter& port, const Partition& to) const;
  /// Marks what the port takes part in; how much that is.
  std::size_t in_flight(const PortAdapter& port, const Transaction** oldest = nullptr);
  std::string what_it_waits_for(PortAdapter& port);
  PortAdapter& port_of(const PortMove& move) const { return *context_.ports[move.port.value()]; }

  const SwitchConfig& config_;
  FabricContext& context_;
  const std::vector<std::unique_ptr<Partition>>& partitions_;
  Origin origin_;
  std::vector<Order> orders_;
  std::vector<PortMove> moves_;
  std::vector<Partition*> targets_;  ///< of each move
  std::size_t first_open_ = 0;       ///< all moves before it are over
  bool check_posted_ = false;
  Picoseconds last_end_ps_ = 0;
};

}  // namespace antares::models
