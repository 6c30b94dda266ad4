// SPDX-License-Identifier: Apache-2.0
// Contexts of one reduction engine: which contributions belong together, and what becomes of those
// that find no place. A context is named by group and address (push) or by tag (pull) and holds its
// contributions until all have come. Rules:
// - A context takes its share of contexts and buffer, result included, when it opens: the result
//   waits for nothing of this engine.
// - What has a context is never kept waiting by what has none. That is parked, up to a number a
//   source; beyond it is over with `retry`. Parked ones open contexts first come, first served.
// - Contributions that do not fit together spoil their context: it still waits for all of them, and
//   each is over with the reason. A duplicate, or one of another member set, spoils nothing but
//   itself.
// - What has not come in time ends the context: those that have come are over with `timed_out`.
// No contribution is lost: each is over exactly once. Pure; time is an argument, picoseconds.
#pragma once
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "antares/models/reduction/reduction_types.h"
#include "antares/protocols/common/ids.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::EndpointId;
using protocols::Picoseconds;

struct ContextKey {
  std::uint64_t group = 0;    ///< a group's number, by_members() of those without; pull: kByTag
  std::uint64_t address = 0;  ///< pull: the tag
  static constexpr std::uint64_t kByTag = ~std::uint64_t{0};
  /// Of a hash of the members; neither kByTag nor the number of any group.
  static constexpr std::uint64_t by_members(std::uint64_t hash) {
    return (hash | std::uint64_t{1} << 63) & ~(std::uint64_t{1} << 62);
  }
  friend bool operator==(const ContextKey& a, const ContextKey& b) {
    return a.group == b.group && a.address == b.address;
  }
};

struct Contribution {
  ContextKey key;
  EndpointId source;               ///< who sent it
  std::uint32_t index = 0;         ///< its place among those who must contribute
  std::uint32_t contributors = 1;  ///< how many they are
  std::uint64_t members = 0;       ///< names the set of them: equal for equal sets
  std::uint32_t bytes = 0;
  ReductionKind kind;
  /// A load-reduce asks for a context to be opened; its answers contribute to it.
  bool is_request = false;
  /// What comes of the context is a contribution to another switch's. There it ends for all, with
  /// the reason; a spoilt one goes on, too, so that those at other switches hear of it.
  bool goes_on = false;
  /// A load-reduce: so many engines' contexts, one engine beyond the other, are opened for it while
  /// it holds its own here. What those need is left to them (admits()).
  std::uint32_t beyond = 0;
  /// Another switch's load-reduce holds a context there for it: it may pass others that are parked.
  bool serves = false;
  /// It is part of a request of so many bytes, which has one context for each of its parts.
  std::uint32_t span_bytes = 0;
  std::uint32_t span_part = 0;
  ReductionStatus defect = ReductionStatus::ok;  ///< why its data is worth nothing
  void* cookie = nullptr;                        ///< the caller's
};

/// Load-reduces that hold a context while they wait for one of another engine leave a share of
/// this one to those that wait for fewer: so many of these there can be, each as large as a share.
constexpr std::uint32_t kMostBeyond = 3;
constexpr std::uint32_t kShares = kMostBeyond + 1;

struct ContextLimits {
  std::uint32_t contexts = 1;
  std::uint32_t context_bytes = 128;
  std::uint64_t buffer_bytes = 128;
  std::uint32_t parking = 0;  ///< requests a source
  Picoseconds timeout_ps = protocols::kNever;
};

struct ContextCounts {
  std::uint64_t opened = 0;
  std::uint64_t completed = 0;
  std::uint64_t joined = 0;  ///< contributions that found their context, its first included
  std::uint64_t parked = 0;
  std::uint64_t over[11] = {};          ///< contributions and load-reduces, by status
  std::uint32_t most_contexts = 0;      ///< taken at once
  std::uint64_t most_buffer_bytes = 0;  ///< taken at once
};

class ContextTable {
 public:
  struct Context;
  struct Slot {
    Contribution what;
    Context* context = nullptr;
    ReductionStatus status = ReductionStatus::ok;
    Picoseconds whole_ps = 0;  ///< when all its bytes are in, as far as known
    bool whole = false;        ///< they are, or will be at whole_ps and nobody needs to be told
    bool parked = false;
    bool over = false;  ///< its status is decided
  };
  struct Context {
    ContextKey key;
    std::uint32_t contributors = 0;
    std::uint64_t members = 0;
    std::vector<bool> joined;  ///< by index
    std::uint32_t bytes = 0;
    std::uint32_t span_bytes = 0;
    std::uint32_t span_part = 0;
    ReductionKind kind;
    ReductionStatus spoilt = ReductionStatus::ok;
    bool goes_on = false;
    Picoseconds opened_ps = 0;
    std::uint32_t taken = 0;    ///< contexts
    void* requester = nullptr;  ///< pull
    std::vector<Slot*> slots;   ///< by arrival of the last byte: `whole` ones come first
    std::size_t whole = 0;      ///< of slots
    Picoseconds whole_ps = 0;   ///< the latest of theirs
    std::list<Context*>::iterator age;
  };
  class Client {
   public:
    /// A load-reduce has its context: its reads may go out.
    virtual void opened(Context& context, Picoseconds now_ps) = 0;
    /// All operands are in and fit: the result is to be made of context.slots, all of them whole.
    /// Where it goes on they need not fit: context.spoilt.
    /// give_back() is due once it has left.
    virtual void reduced(Context& context, Picoseconds now_ps) = 0;
    /// The contribution or load-reduce has ended; not called before all its bytes are in, nor for a
    /// load-reduce that is reduced: reduced() has said so.
    virtual void over(const Contribution& what, ReductionStatus status, Picoseconds now_ps) = 0;
    /// whole() is due at slot.whole_ps after all: comes_whole() has said that it is not.
    virtual void wait_for(Slot& slot) = 0;

   protected:
    virtual ~Client() = default;
  };

  /// Throws std::invalid_argument when a limit is 0 that must not be.
  ContextTable(const ContextLimits& limits, Client& client);

  /// The head is here. Followed by whole() once all bytes are (a request has none: nullptr).
  Slot* offer(const Contribution& contribution, Picoseconds now_ps);
  void whole(Slot* slot, Picoseconds now_ps);
  /// All bytes will be in at that time, which is not before any other's that this was said of:
  /// whether whole() has to be called then. A context hears of its last contribution only.
  bool comes_whole(Slot* slot, Picoseconds at_ps);
  /// Its data turns out to be worth nothing; before whole().
  void spoil(Slot* slot, ReductionStatus why);
  /// The result of a context that took so many contexts and bytes has left.
  void give_back(std::uint32_t contexts, std::uint64_t bytes, Picoseconds now_ps);

  /// Ends those that are open or parked and have a part, or a requester, that `is_its` says so of.
  void abandon(const std::function<bool(void* cookie)>& is_its, Picoseconds now_ps);
  /// When the oldest context's time is over; kNever: none is open.
  Picoseconds next_expiry_ps() const;
  /// Ends those whose time is over.
  void expire(Picoseconds now_ps);

  /// The most that one request may have.
  std::uint64_t largest_bytes() const;
  std::size_t open() const { return contexts_.size(); }
  std::size_t parked() const { return parked_.size(); }
  std::uint32_t contexts_taken() const { return taken_; }
  std::uint64_t buffer_taken_bytes() const { return taken_bytes_; }
  const ContextCounts& counts() const { return counts_; }
  /// Oldest first.
  template <class Visit>
  void for_each_open(Visit&& visit) const {
    for (const Context* context : by_age_) visit(*context);
  }

 private:
  struct KeyHash {
    std::size_t operator()(const ContextKey& key) const {
      return static_cast<std::size_t>(
          (key.address ^ key.group * 0xD6E8FEB86659FD93ull) * 0x9E3779B97F4A7C15ull >> 16);
    }
  };
  std::uint32_t contexts_of(std::uint64_t bytes) const {
    return static_cast<std::uint32_t>((bytes + limits_.context_bytes - 1) / limits_.context_bytes);
  }
  bool admits(const Contribution& what) const;
  /// `what` may not take a place that `slot`, which is parked, has found none for.
  static bool goes_first(const Slot& slot, const Contribution& what);
  Slot* make_slot(const Contribution& contribution);
  void free_slot(Slot* slot);
  std::uint32_t& parked_by(EndpointId source);
  Context& open_context(const Contribution& first, Picoseconds now_ps);
  void join(Slot* slot, Context& context, Picoseconds now_ps);
  static void count_whole(Slot* slot);
  void arrived(Slot* slot, Picoseconds now_ps);
  void decide(Slot* slot, ReductionStatus status, Picoseconds now_ps);
  void finish(Context& context, Picoseconds now_ps);
  void end(Context& context, ReductionStatus status, Picoseconds now_ps);
  void forget(Context& context);
  void unpark(Picoseconds now_ps);
  void tell_over(const Contribution& what, ReductionStatus status, Picoseconds now_ps);

  ContextLimits limits_;
  Client& client_;
  std::unordered_map<ContextKey, Context*, KeyHash> contexts_;
  std::list<Context*> by_age_;
  std::list<Slot*> parked_;
  std::vector<std::uint32_t> parked_by_;  ///< by source
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_slots_;
  std::vector<std::unique_ptr<Context>> pool_;
  std::vector<Context*> free_contexts_;
  std::uint32_t taken_ = 0;
  std::uint64_t taken_bytes_ = 0;
  bool unparking_ = false;
  bool unpark_again_ = false;
  ContextCounts counts_;
};

}  // namespace antares::models
