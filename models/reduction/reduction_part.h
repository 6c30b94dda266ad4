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

struct Replication;

struct ReductionPart {
  enum class Role : std::uint8_t {
    contribution,  ///< a store that ends in its engine
    load,          ///< a load-reduce
    answer,        ///< one of the reads that a load-reduce became
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
  /// Results: what the engine gets back once so many bytes more have left.
  std::uint32_t contexts = 0;
  std::uint64_t reserved_bytes = 0;
  std::uint64_t to_leave_bytes = 0;
};

/// A set of members as contributions name it.
struct KnownMembers {
  std::shared_ptr<const MemberList> members;     ///< kept, so that the pointer names it
  std::uint64_t id = 0;                          ///< equal for equal sets
  bool here = false;                             ///< all of them are at this switch
  std::uint64_t room_bytes = ~std::uint64_t{0};  ///< of the smallest member's window
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
    *part = ReductionPart{};
    return part;
  }
  void put(ReductionPart* part) {
    part->members.reset();
    free.push_back(part);
  }
  std::size_t in_use() const { return parts.size() - free.size(); }

  std::vector<std::unique_ptr<ReductionPart>> parts;
  std::vector<ReductionPart*> free;
};

}  // namespace antares::models
