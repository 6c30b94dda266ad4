// SPDX-License-Identifier: Apache-2.0
// One collective of one size on some endpoints, ready to be given to the engine: its program, its
// data before and after, the row that tells of it. For the workloads that run collectives one by
// one, and several at once. Nanoseconds and bytes.
#pragma once
#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/report/results.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

struct CollectivePlan;

class CollectiveCase {
 public:
  /// `plan`: the steps, in place of a built-in algorithm. Throws std::invalid_argument for a
  /// collective that cannot be; `who` begins the sentence. What is referred to must outlive this.
  CollectiveCase(const Platform& platform, std::string who, const CollectiveWorkload& what,
                 std::vector<std::size_t> endpoints, std::uint64_t bytes,
                 const CollectivePlan* plan = nullptr);

  const std::vector<std::size_t>& endpoints() const { return endpoints_; }
  const CollectiveRequest& request() const { return request_; }
  /// Where its buffers begin in each rank's memory.
  void place_at(std::uint64_t base_bytes) { program_.base_bytes = base_bytes; }

  CollectiveJob job() const;
  /// Each rank's contribution; where data is not checked, nothing. Throws std::invalid_argument
  /// where it does not fit.
  void fill() const;
  /// A line for each rank that never begins, before what has not ended.
  void add_absent(std::vector<std::string>& lines) const;
  /// Elements that are wrong; -1: data is not checked.
  std::int64_t wrong() const;
  /// All that follows from the time alone.
  CollectiveRow row(double time_ns) const;

 private:
  unsigned char* memory(std::size_t rank, models::Buffer buffer) const;

  const Platform& platform_;
  std::string who_;
  const CollectiveWorkload& what_;
  std::vector<std::size_t> endpoints_;
  std::uint64_t asked_bytes_;
  CollectiveRequest request_;
  models::Program program_;
  bool in_place_ = false;
};

/// The endpoints of these names, in that order.
std::vector<std::size_t> endpoints_named(const Platform& platform,
                                         const std::vector<std::string>& names);

}  // namespace antares::platforms
