// SPDX-License-Identifier: Apache-2.0
// What the tests of reduction engines share: contributions and load-reduces of u32 elements, whose
// sum is known, and what became of them. Times in picoseconds.
#pragma once
#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {

using models::ReductionConfig;
using models::ReductionStatus;

SwitchConfig with_engines(SwitchConfig config, const ReductionConfig& engines = {});

class ReductionRig : public GroupRig {
 public:
  explicit ReductionRig(const SwitchConfig& config) : GroupRig(config) {}

  static std::uint32_t value(unsigned member, unsigned element) {
    return member * 100003 + element * 7 + 1;
  }
  static std::uint32_t sum(const std::vector<unsigned>& members, unsigned element);

  /// A store-reduce by `from` of elements to `address` of each of `members`.
  tlm::tlm_generic_payload& contribution(unsigned from, const std::vector<unsigned>& members,
                                         std::uint64_t address, unsigned elements);
  /// Only `owner` gets the sum, and adds nothing.
  void give_to(tlm::tlm_generic_payload& payload, unsigned owner);
  /// A load-reduce; the memories get their values first.
  tlm::tlm_generic_payload& load(unsigned from, const std::vector<unsigned>& members,
                                 std::uint64_t address, unsigned elements);
  void begin_at(Picoseconds at_ps, unsigned from, tlm::tlm_generic_payload& payload);
  static ReductionStatus status(const tlm::tlm_generic_payload& payload);
  void expect_sum(unsigned port, std::uint64_t address, const std::vector<unsigned>& contributors,
                  unsigned elements);
  static void expect_sum(const tlm::tlm_generic_payload& payload,
                         const std::vector<unsigned>& contributors, unsigned elements);
  std::uint64_t results();

 private:
  std::deque<std::vector<std::uint32_t>> elements_;
};

}  // namespace antares::tb
