// SPDX-License-Identifier: Apache-2.0
// A port's link that may fail, and the time after which its requester gives up waiting. Only ports
// that ask for it (PortConfig::faults) have one: the others pay nothing.
//
// Down: what is on the wire is lost, what waits for the link is dropped, the switch answers
// requests to the dead link with an error, and the requester's timer answers what nobody else
// will. Nothing is freed while a train may still point at it: a transaction that lost a part is
// marked, and resolved where its last train ends (port_failure.cpp).
// Which states a link goes through, and for how long: protocols/common/link_state.h. Time:
// picoseconds.
#pragma once
#include <deque>
#include <optional>
#include <vector>

#include "antares/models/port/completion_timer.h"
#include "antares/models/port/planned_faults.h"
#include "antares/models/port/port_config.h"
#include "antares/models/scheduler/scheduler.h"
#include "antares/protocols/common/error_log.h"
#include "antares/protocols/common/link_state.h"

namespace antares::models {

/// What is left of a link that stays in use. PCIe: lanes from lane 0 on (facts/pcie6.md 4.9).
struct LinkDegradation {
  unsigned lanes = 0;   ///< that still work; 0: all in use
  bool slower = false;  ///< falls back to the next lower rate
};

/// The policy of what is left; nullptr: the protocol has no such width or rate.
std::shared_ptr<const protocols::LinkPolicy> degraded(const protocols::LinkPolicy& policy,
                                                      const LinkDegradation& degradation);

/// What the port does for its PortFaults.
class FaultClient {
 public:
  /// It was up and is down. `asked_for`: software did it, or an error that is known already.
  virtual void link_failed(bool asked_for, Picoseconds now_ps) = 0;
  virtual void link_restored(Picoseconds now_ps) = 0;
  /// It comes out of its training with fewer lanes or a lower rate; false: it cannot get less.
  virtual bool link_degraded(const LinkDegradation& degradation) = 0;
  /// It is trained anew and loses nothing, or software ends what kept senders from using a link
  /// that is up; nothing starts before until_ps.
  virtual void link_recovers(Picoseconds until_ps) = 0;
  /// A sender of the link, which is up, waits for software to release it.
  virtual bool gave_up() const = 0;
  /// What events do to packets is counted there.
  virtual const PortCounts& counts() const = 0;
  /// What a replay did that made no progress happens now (replay_rollover or replay_gave_up).
  virtual void replay_failed(protocols::ErrorKind kind, Picoseconds now_ps) = 0;
  virtual void timed_out(Transaction& transaction, Picoseconds now_ps) = 0;

 protected:
  virtual ~FaultClient() = default;
};

class PortFaults : private EventTarget {
 public:
  PortFaults(FaultClient& client, const PortFaultConfig& config, Scheduler& scheduler,
             Origin& origin);

  /// Something happens to the link at at_ps, which lies in the future unless the wheel runs. Of a
  /// link between switches: PortAdapter::schedule_link() tells both ends. `outcome`, if any, hears
  /// what came of it.
  void schedule(protocols::LinkEvent event, Picoseconds at_ps, FaultOutcome* outcome = nullptr);
  /// The link is trained anew at at_ps, and comes back with less; it stays as it is where it has no
  /// more in use. It is at full width and rate again once it has gone down and up.
  void schedule(const LinkDegradation& degradation, Picoseconds at_ps, FaultOutcome* outcome);
  /// Of a sender's replay: as schedule(), void if the link has gone down or was released until
  /// then. no_event: the link stays as it is. `tells`: the sender is of this end.
  struct ReplayFailure {
    protocols::ErrorKind kind;
    std::optional<protocols::LinkEvent> event;
    bool tells = true;
  };
  void schedule(const ReplayFailure& failure, Picoseconds at_ps);
  bool link_up() const { return state_.link_up(); }
  const protocols::LinkStateMachine& state() const { return state_; }
  /// An error is about to hold the link down; false: one does already.
  bool begin_containment() {
    if (containing_ || state_.contained()) return false;
    return containing_ = true;
  }
  /// The train of this id will not arrive, though the link stays up.
  void condemn(std::uint64_t packet_id) { condemned_.push_back(packet_id); }
  bool condemned(std::uint64_t packet_id) const;
  /// The train is put on the link, all of it at the other end at tail_ps: lost() follows.
  void sent(std::uint64_t packet_id, Picoseconds tail_ps) {
    on_wire_.push_back({packet_id, tail_ps, false});
  }
  /// It reaches the end of the link: has the link failed before all of it was there, however long a
  /// replay made that, or is it condemned?
  bool lost(std::uint64_t packet_id);

  void watch(Transaction& transaction, Picoseconds at_ps);
  void forget(Transaction& transaction) { timer_.forget(transaction); }
  bool anybody_waits() const { return !timer_.empty(); }
  std::size_t on_wire() const { return on_wire_.size(); }

 private:
  /// kEvent + a LinkEvent; kDegraded + 2 x lanes + slower; kReplay + place in failures_;
  /// kPlanned + place in planned_
  enum What : std::uint64_t {
    kTimer,
    kState,
    kEvent,
    kDegraded = 64,
    kReplay = 1u << 20,
    kPlanned = 1u << 30
  };
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void plan(std::uint64_t what, Picoseconds at_ps, FaultOutcome* outcome);
  bool degrade(std::uint64_t what, Picoseconds now_ps);
  bool happens(protocols::LinkEvent event, Picoseconds now_ps);
  void lose_what_is_on_the_wire(Picoseconds now_ps);
  /// Works on the state machine and tells the client what came of it.
  template <class Change>
  bool change(bool asked_for, Picoseconds now_ps, Change&& change);

  FaultClient& client_;
  Scheduler& scheduler_;
  Origin& origin_;
  CompletionTimer timer_;
  bool timer_posted_ = false;
  protocols::LinkStateMachine state_;
  struct Pending {
    ReplayFailure failure;
    std::uint64_t epoch = 0;
    bool free = true;
  };
  void fail_replay(std::size_t place, Picoseconds now_ps);
  struct Planned {
    std::uint64_t what;
    FaultOutcome* outcome;
  };
  std::vector<Planned> planned_;          ///< of a schedule: bounded by its length
  std::vector<Pending> failures_;         ///< posted; places are used again
  std::uint64_t epoch_ = 0;               ///< of the link: from one failure or release to the next
  std::vector<std::uint64_t> condemned_;  ///< ids of trains under way
  struct Train {
    std::uint64_t packet_id;
    Picoseconds tail_ps;
    bool lost;
  };
  std::deque<Train> on_wire_;           ///< both directions; about in the order of arrival
  bool containing_ = false;             ///< LinkEvent::contain is posted
  Picoseconds reset_at_ps_ = kNever;    ///< last; both ends may have been asked at once
  Picoseconds state_ends_ps_ = kNever;  ///< a look at it is posted for this time
};

}  // namespace antares::models
