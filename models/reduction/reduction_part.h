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

struct ReductionTree;
struct Replication;
struct Transaction;

/// What an engine gets back once so many bytes more of a result have left it.
struct ResultSpace {
  std::uint32_t contexts = 0;
  std::uint64_t reserved_bytes = 0;
  std::uint64_t to_leave_bytes = 0;
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
  std::uint64_t next_tag = 0;
  std::map<const MemberList*, KnownMembers> known;
  std::map<std::pair<std::uint32_t, std::uint64_t>, UntimedContext> untimed;
  // Kept from one result to the next, so that none of it is allocated each time.
  ReduceScratch scratch;
  std::vector<const unsigned char*> operands;
  std::vector<std::uint32_t> arrival;

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
    free.push_back(part);
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
};

}  // namespace antares::models
