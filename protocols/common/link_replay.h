// SPDX-License-Identifier: Apache-2.0
// What a protocol does about a unit (flit, frame, packet) that did not arrive whole: both ends'
// state machines of one link direction. As long as nothing fails only carried() is called, a train
// at a time. A failure is an *episode*: the state machines are run unit by unit, with times as
// arguments, until both ends are in step again; the timeline of the link needs no more than the
// Recovery. Pure; picoseconds.
//
// Left out here: what the units carry, and when they fail (error_model.h).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "antares/protocols/common/named_count.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// Where on the link a unit fails.
struct ReplayEpisode {
  Picoseconds start_ps = 0;     ///< its first bit leaves
  Picoseconds unit_ps = 0;      ///< time of one unit on the wire, > 0
  Picoseconds crossing_ps = 0;  ///< one way, either direction: cable, PHY, FEC
  Picoseconds training_ps = 0;  ///< how long a training lasts that loses nothing
  /// Units right behind it, of the same train; afterwards the line carries idle units (protocols
  /// that have them) or nothing.
  std::uint64_t following = 0;
};

/// Asked once for each unit that is sent during an episode behind the failed one, and for each
/// message back (which rides in a unit of the other direction): does it fail, too?
class UnitFates {
 public:
  virtual bool next_fails() = 0;

 protected:
  virtual ~UnitFates() = default;
};

struct Recovery {
  /// False: the protocol gave up, `why` says after what; LinkReplay::after_giving_up() says what
  /// becomes of the link.
  bool recovered = true;
  const char* why = "";
  /// When the failed unit has been accepted at the far end, whole, with all units before it; of a
  /// protocol that gave up: when it did.
  Picoseconds accepted_ps = 0;
  /// Link time that new units lost: what was not sent yet starts so much later.
  Picoseconds lost_ps = 0;
  /// In-order delivery: nothing sent behind the failed unit is handed up before.
  Picoseconds held_until_ps = 0;
  /// Where everything behind the failed unit is sent again: what is new leaves no earlier. 0: it
  /// may leave at any time.
  Picoseconds restart_ps = 0;
  std::uint64_t units_resent = 0;
  /// Sent for the first time during the episode, the failed one included: their fates were asked
  /// for and they are counted, so that they are not carried() again.
  std::uint64_t units_new = 0;
  std::uint32_t attempts = 0;  ///< times that the failed unit was sent again
  /// When trainings began after which everything was sent again (ReplayEpisode::training_ps).
  std::vector<Picoseconds> trained_ps;
};

/// What a protocol does about its link when it has given up (Recovery::recovered is false).
enum class GaveUp : std::uint8_t {
  reset,        ///< the link is trained from the start, what is on it is lost (PCIe: hot reset)
  hold_down,    ///< it is down until software releases it (UALink: drop mode)
  block,        ///< only what was not acknowledged is lost; the rest waits until released
  unprotected,  ///< ... or goes without replay: from here on what fails is lost
  restart       ///< ... or replay begins anew by itself
};

/// What all protocols count; those of one protocol alone are its own class's.
struct ReplayCounts {
  std::uint64_t units = 0;         ///< sent for the first time
  std::uint64_t failed = 0;        ///< arrived broken, resent ones included
  std::uint64_t resent = 0;        ///< sent again, whether they had arrived or not
  std::uint64_t requests = 0;      ///< NAKs, replay requests
  std::uint64_t timeouts = 0;      ///< replays that a timer began
  std::uint64_t duplicates = 0;    ///< arrived again and were discarded
  std::uint64_t out_of_order = 0;  ///< arrived ahead of a missing one: discarded or held
  std::uint64_t bad_sequence = 0;  ///< acks or requests outside of what was sent: ignored
  std::uint64_t gave_up = 0;
};

class LinkReplay {
 public:
  virtual ~LinkReplay() = default;
  /// So many units that nothing happened to. O(1).
  virtual void carried(std::uint64_t units) = 0;
  virtual Recovery recover(const ReplayEpisode& episode, UnitFates& fates) = 0;
  virtual GaveUp after_giving_up() const = 0;
  /// The link was trained, or software ends what followed giving up.
  virtual void restart() = 0;
  /// Units that may be sent and not acknowledged: depth of the replay buffer, window of the
  /// sequence numbers.
  virtual std::uint32_t depth_units() const = 0;
  /// From the last bit of a unit at the far end until its acknowledgement starts to travel back.
  virtual Picoseconds acknowledge_ps() const = 0;
  virtual const ReplayCounts& counts() const = 0;
  /// What the protocol's own documents count, of both ends; nothing: no list is public.
  virtual std::vector<NamedCount> named_counts() const { return {}; }
};

}  // namespace antares::protocols
