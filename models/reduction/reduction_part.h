// SPDX-License-Identifier: Apache-2.0
// What a transaction has to do with a reduction, and what all engines of a switch share. Pure.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "antares/models/hypercast/member_set.h"
#include "antares/models/reduction/context_table.h"
#include "antares/models/reduction/reduce.h"
#include "antares/models/reduction/reduction_config.h"

namespace antares::models {

class PortAdapter;
struct ReductionTree;
struct Replication;
struct Transaction;

/// What an engine gets back once so many bytes more of a result have left it.
struct ResultSpace {
  std::uint32_t contexts = 0;
  std::uint64_t reserved_bytes = 0;
  std::uint64_t to_leave_bytes = 0;
};

/// The results of contributions with parts (ReductionSpan), as one transaction whose trains come
/// from all their engines. It lives as long as a contribution that has part in it.
struct SpanResult {
  Transaction* result = nullptr;
  std::uint32_t contributions = 0;  ///< that have not ended
  std::uint32_t parts = 0;
  std::uint32_t done = 0;  ///< bit k: the sum of part k is on its way
  bool all_done() const { return done + 1 == 1u << parts; }
};

/// A contribution of more than an engine holds: each part of it goes to an engine of its own, in
/// turn, and has a context, and an end, of its own.
struct ReductionSpan {
  static constexpr unsigned kMostParts = 8;  ///< a number that a cookie's lowest bits can say
  struct Part {
    ContextTable::Slot* slot = nullptr;
    PortAdapter* engine = nullptr;
    std::uint32_t bytes = 0;
    std::uint32_t to_come_bytes = 0;  ///< to its engine
  };
  Part parts[kMostParts];
  std::uint32_t part_bytes = 0;
  std::uint32_t count = 0;
  std::uint32_t open = 0;                        ///< parts that are not over
  ReductionStatus status = ReductionStatus::ok;  ///< the first that was another one
  SpanResult* result = nullptr;                  ///< nullptr: no sum has been made yet
  std::vector<std::uint8_t> to_send;             ///< parts, in the order in which they are sent
  std::size_t sending = 0;                       ///< place in to_send
  std::uint32_t sent_bytes = 0;                  ///< of that part
};

struct ReductionPart {
  enum class Role : std::uint8_t {
    contribution,  ///< a store that ends in its engine
    load,          ///< a load-reduce
    answer,        ///< one of the reads that a load-reduce became
    partial,       ///< the sum that a switch has, on its way to another switch's engine
    result,        ///< of contributions
  };
  Role role = Role::contribution;
  Contribution what;
  ReductionSpan* span = nullptr;  ///< nullptr: all of it is in one context, `slot`
  ContextTable::Slot* slot = nullptr;
  bool offered = false;  ///< its head has been at its engine
  std::shared_ptr<const MemberList> members;
  /// Contributions: where the first member's copy of the result goes; the others' follow.
  std::uint64_t offset_bytes = 0;
  std::optional<EndpointId> owner;
  std::uint32_t scatter_unit_bytes = 0;  ///< of the result; 0: each gets all of it
  /// Members behind several switches: the tree, and the node whose engine this one is for; nullptr:
  /// all are here.
  std::shared_ptr<const ReductionTree> tree;
  std::uint32_t node = 0;
  /// It is in a partial result, whose end is its own.
  bool waits = false;
  /// Partial results: whom they are the sum of, and what became of them. Until somebody says so
  /// they are lost.
  std::vector<Transaction*> waiting;
  ReductionStatus status = ReductionStatus::contributor_failed;
  /// A load-reduce that another switch sent on: what its answer is there.
  Contribution above;
};

/// Contribution::cookie of a transaction's part; 0 where it has no parts.
inline void* cookie_of(Transaction& transaction, unsigned part) {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&transaction) | part);
}
inline Transaction& transaction_by(void* cookie) {
  constexpr std::uintptr_t kPart = ReductionSpan::kMostParts - 1;
  return *reinterpret_cast<Transaction*>(reinterpret_cast<std::uintptr_t>(cookie) & ~kPart);
}
inline unsigned part_by(void* cookie) {
  return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(cookie) &
                               (ReductionSpan::kMostParts - 1));
}
/// What a part of it contributes.
inline Contribution contribution_of(const ReductionPart& whole, unsigned part) {
  const ReductionSpan& span = *whole.span;
  Contribution one = whole.what;
  one.key.address += std::uint64_t{part} * span.part_bytes;
  one.bytes = span.parts[part].bytes;
  one.span_bytes = whole.what.bytes;
  one.span_part = part;
  return one;
}

/// A set of members as contributions name it.
struct KnownMembers {
  std::shared_ptr<const MemberList> members;     ///< kept, so that the pointer names it
  std::uint64_t id = 0;                          ///< equal for equal sets
  bool here = false;                             ///< all of them are at this switch
  std::uint64_t room_bytes = ~std::uint64_t{0};  ///< of the smallest member's window
  /// Where not all are here: by the endpoint that the ways lead to, and what it is to the
  /// reduction.
  enum class Home : std::uint8_t { member, owner, requester };
  std::map<std::pair<std::uint16_t, Home>, std::shared_ptr<const ReductionTree>> trees;
};

/// Contributions of loosely timed calls that wait for the others.
struct UntimedContext {
  const void* partition = nullptr;
  std::uint64_t members = 0;
  std::uint32_t bytes = 0;
  ReductionKind kind;
  std::vector<std::vector<unsigned char>> operands;  ///< by index; empty: not yet
  std::vector<bool> joined;
  std::vector<std::uint32_t> arrival;
};

struct ReductionShared {
  ReductionConfig config;
  std::uint32_t largest_bytes = 0;  ///< of one request
  /// Of a load-reduce that is in contexts of several engines at once (kMostBeyond).
  std::uint32_t largest_of_several_bytes = 0;
  std::uint64_t next_tag = 0;
  /// By the partition in which it was named: another one's routes are others.
  std::map<std::pair<const MemberList*, const void*>, KnownMembers> known;
  std::size_t forget_at = 64;  ///< so many in `known`: those that nobody else has may go
  std::map<std::pair<std::uint64_t, std::uint64_t>, UntimedContext> untimed;
  // Kept from one result to the next, so that none of it is allocated each time.
  ReduceScratch scratch;
  std::vector<const unsigned char*> operands;
  std::vector<std::uint32_t> arrival;

  /// What is known of a list; all of it unset where that is nothing. A list that nobody has any
  /// more can't be asked for again: a run with a list for each collective keeps those in use.
  KnownMembers& known_as(const std::shared_ptr<const MemberList>& members, const void* partition) {
    const auto found = known.find({members.get(), partition});
    if (found != known.end()) return found->second;
    if (known.size() >= forget_at) {
      for (auto one = known.begin(); one != known.end();)
        one = one->second.members.use_count() == 1 ? known.erase(one) : std::next(one);
      forget_at = std::max<std::size_t>(64, 2 * known.size());
    }
    return known[{members.get(), partition}];
  }
  ReductionPart* get() {
    if (free.empty()) {
      parts.push_back(std::make_unique<ReductionPart>());
      return parts.back().get();
    }
    ReductionPart* const part = free.back();
    free.pop_back();
    std::vector<Transaction*> waiting = std::move(part->waiting);  // for its memory
    waiting.clear();
    *part = ReductionPart{};
    part->waiting = std::move(waiting);
    return part;
  }
  void put(ReductionPart* part) {
    part->members.reset();
    part->tree.reset();
    if (part->span != nullptr) free_spans.push_back(part->span);
    part->span = nullptr;
    free.push_back(part);
  }
  ReductionSpan* get_span() {
    if (free_spans.empty()) {
      spans.push_back(std::make_unique<ReductionSpan>());
      free_spans.push_back(spans.back().get());
    }
    ReductionSpan* const span = free_spans.back();
    free_spans.pop_back();
    std::vector<std::uint8_t> to_send = std::move(span->to_send);  // for its memory
    to_send.clear();
    *span = ReductionSpan{};
    span->to_send = std::move(to_send);
    return span;
  }
  SpanResult* get_result() {
    if (free_results.empty()) {
      results.push_back(std::make_unique<SpanResult>());
      free_results.push_back(results.back().get());
    }
    SpanResult* const result = free_results.back();
    free_results.pop_back();
    *result = SpanResult{};
    return result;
  }
  std::size_t in_use() const { return parts.size() - free.size(); }

  ResultSpace* get_space(std::uint32_t contexts, std::uint64_t bytes) {
    if (free_spaces.empty()) {
      spaces.push_back(std::make_unique<ResultSpace>());
      free_spaces.push_back(spaces.back().get());
    }
    ResultSpace* const space = free_spaces.back();
    free_spaces.pop_back();
    *space = {contexts, bytes, bytes};
    return space;
  }

  std::vector<std::unique_ptr<ReductionPart>> parts;
  std::vector<ReductionPart*> free;
  std::vector<std::unique_ptr<ResultSpace>> spaces;
  std::vector<ResultSpace*> free_spaces;
  std::vector<std::unique_ptr<ReductionSpan>> spans;
  std::vector<ReductionSpan*> free_spans;
  std::vector<std::unique_ptr<SpanResult>> results;
  std::vector<SpanResult*> free_results;
};

}  // namespace antares::models
