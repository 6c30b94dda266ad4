// SPDX-License-Identifier: Apache-2.0
// One link direction that is not perfect: when its units fail (protocols/common/error_model.h),
// what its protocol does about it (link_replay.h), and how much may be sent without being
// acknowledged. Works on the timeline of the link: a train is placed as on a perfect one, then its
// failures move what comes after them. No event, no draw a unit. Pure; picoseconds.
//
// Left out: silent corruption; failures of what carries no train (idle flits need no replay).
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "antares/models/sockets/train_cost.h"
#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/common/error_model.h"

namespace antares::models {

using protocols::Picoseconds;

struct LinkErrorCounts {
  std::uint64_t units = 0;     ///< of replay, sent for the first time
  std::uint64_t failed = 0;    ///< found broken: each an episode of replay
  std::uint64_t repaired = 0;  ///< by FEC, at no cost
  std::uint64_t resent = 0;
  std::uint64_t poisoned = 0;  ///< trains whose data was marked as damaged
  std::uint64_t gave_up = 0;   ///< times that the protocol did
  /// Of the failed: after it gave up, so that nobody sent them again.
  std::uint64_t unprotected = 0;
  Picoseconds lost_ps = 0;  ///< link time that replay took
};

/// What a schedule does to one direction of a link, once.
struct UnitFault {
  enum class Kind : std::uint8_t {
    fail,   ///< the next `count` units of replay arrive broken, those sent again and the
            ///< requests for replay meanwhile included
    poison  ///< the data of the next `count` trains that carry any is marked as damaged
  };
  Kind kind = Kind::fail;
  std::uint32_t count = 1;
};

class LinkErrors {
 public:
  /// The policy must outlive this. One that makes no replay never fails either (ideal).
  /// training_ps: how long a training lasts that loses nothing, for protocols that try one.
  LinkErrors(const protocols::LinkPolicy& policy, const protocols::ErrorConfig& config,
             protocols::RandomStream stream, Picoseconds crossing_ps, Picoseconds training_ps = 0);

  /// The link goes on at another width or rate.
  void change_policy(const protocols::LinkPolicy& policy) { policy_ = &policy; }
  /// When the replay buffer has room for the train; >= at_ps.
  Picoseconds room_at(const TrainCost& cost, Picoseconds at_ps) const;
  /// The train has been placed on the link: what becomes of it, and of the link's next free time.
  Sent suffer(const TrainCost& cost, Sent sent, protocols::LinkTiming& timing);
  void suffer(const UnitFault& fault);
  /// Of a train that has been placed on the link: is its data damaged?
  bool poisons(const protocols::Packet& packet) {
    if (to_poison_ == 0 || protocols::payload_bytes(packet) == 0) return false;
    --to_poison_;
    ++counts_.poisoned;
    return true;
  }
  /// When trainings began since the last call, by which the protocol went on (PCIe).
  std::vector<Picoseconds> take_trained() { return std::exchange(trained_ps_, {}); }
  /// The protocol has given up since the last call; after_giving_up() says what becomes of the
  /// link. The time of it; kNever: it has not.
  Picoseconds take_gave_up() {
    const Picoseconds at = gave_up_ps_;
    gave_up_ps_ = protocols::kNever;
    return at;
  }
  protocols::GaveUp after_giving_up() const { return replay_->after_giving_up(); }
  /// Of a train that has been placed on the link: it will not arrive, though the link stays up.
  bool take_lost() { return std::exchange(lost_, false); }
  /// The link was trained, or software ends what followed giving up.
  void restart();
  /// Nothing starts until restart(): the link is about to go down, or software has to see to it.
  bool blocked() const { return blocked_; }
  /// The protocol gave up, and software has to see to it before units are sent again as before.
  bool waits_for_release() const { return blocked_ || unprotected_; }
  /// After what the protocol gave up last; "" while it has not.
  const char* why_gave_up() const { return why_gave_up_; }
  /// Units that may be unacknowledged; 0: no bound.
  std::uint32_t depth_units() const { return replay_ == nullptr ? 0 : replay_->depth_units(); }
  const LinkErrorCounts& counts() const { return counts_; }
  /// What grows when a scheduled fault of this kind shows.
  const std::uint64_t& count_of(UnitFault::Kind kind) const {
    return kind == UnitFault::Kind::fail ? counts_.failed : counts_.poisoned;
  }
  /// nullptr where the protocol has none.
  const protocols::LinkReplay* replay() const { return replay_.get(); }

 private:
  std::uint64_t units_of(const TrainCost& cost) const;
  Picoseconds unit_ps(const TrainCost& cost) const;
  void carry(std::uint64_t units);
  void carry_unprotected(std::uint64_t units);
  void give_up(const protocols::Recovery& recovery, Sent& sent, protocols::LinkTiming& timing);
  /// Nothing is handed up before what an earlier failure holds back.
  Sent in_order(Sent sent) const;
  /// The unit `index` of `units` fails. Returns how many behind it the episode has dealt with.
  std::uint64_t fail(const TrainCost& cost, std::uint64_t index, std::uint64_t units, Sent& sent,
                     protocols::LinkTiming& timing);

  const protocols::LinkPolicy* policy_;
  protocols::ErrorModel model_;
  std::unique_ptr<protocols::LinkReplay> replay_;
  std::unique_ptr<protocols::CreditLedger> buffer_;  ///< of replay: a credit a unit
  Picoseconds crossing_ps_;
  Picoseconds training_ps_;
  std::uint32_t unit_bytes_;
  std::uint64_t until_failure_;
  std::uint64_t started_bytes_ = 0;  ///< of a unit that trains share
  Picoseconds held_until_ps_ = 0;    ///< the far end hands nothing up before
  std::vector<Picoseconds> trained_ps_;
  Picoseconds gave_up_ps_ = protocols::kNever;
  const char* why_gave_up_ = "";
  bool blocked_ = false;      ///< since it gave up
  bool unprotected_ = false;  ///< likewise
  bool lost_ = false;         ///< the train placed last
  std::uint32_t to_poison_ = 0;
  LinkErrorCounts counts_;
};

}  // namespace antares::models
