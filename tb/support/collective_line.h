// SPDX-License-Identifier: Apache-2.0
// Random operations of a group of devices, one after the other, each checked: writes and fetch-adds
// to all of them, store-reduces, load-reduces. Beside ShadowLines, over links that fail or not.
//   a write that is answered well is in every member's memory; of one that is not, nobody knows;
//   a store-reduce leaves its exact sum at a member, or what was there; the sum, if any contributor
//   was told that it was made and no copy failed; a load-reduce brings the exact sum, or an error.
// Memories are looked at directly. Times in picoseconds.
#pragma once
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "tb/support/groups.h"

namespace antares::tb {

class CollectiveLine {
 public:
  enum Operation : unsigned { kWrite = 1, kFetchAdd = 2, kStoreReduce = 4, kLoadReduce = 8 };
  struct Plan {
    std::vector<Initiator*> initiators;  ///< of all devices; device i has window(i)
    std::vector<Target*> targets;        ///< they serve atomics
    std::vector<unsigned> members;       ///< devices in their order, at least two
    bool by_window = false;              ///< writes name group_of(number, members), or its window
    unsigned operations = 15;            ///< of which to draw
    unsigned seed = 1;
    unsigned count = 10;
    unsigned number = 0;      ///< of the line: where its memory is, and its group
    bool links_fail = false;  ///< operations may end in errors
    bool ports_move = false;  ///< ... and members may be out of reach
    bool may_leave = false;   ///< slow members leave the group: what they have is not looked at
  };

  explicit CollectiveLine(const Plan& plan);
  static GroupConfig group_of(unsigned line, const std::vector<unsigned>& members);
  void next();
  /// One of its payloads is answered; false: it is none of them.
  bool answered(tlm::tlm_generic_payload& payload);
  bool done() const { return left_ == 0 && open_ == 0; }
  unsigned answers() const { return answers_; }
  /// Once the fabric is at rest: what store-reduces and writes have left.
  void check_memories();
  /// Members that have no sum though it was made: each is a copy that failed.
  unsigned copies_missed() const { return copies_missed_; }

  static inline unsigned compared = 0;  ///< operations with a good end, over all lines
  static inline unsigned errors = 0;    ///< with a bad one

 private:
  struct Sum {
    std::uint64_t address;
    std::vector<std::uint32_t> elements;
    std::vector<unsigned> members;  ///< who gets it
    bool made = false;
  };
  static constexpr unsigned kBytes = 8192;

  unsigned pick(unsigned low, unsigned high) {
    return boost::random::uniform_int_distribution<unsigned>(low, high)(engine_);
  }
  std::uint64_t fresh(std::uint64_t bytes);
  void name(tlm::tlm_generic_payload& payload, std::uint32_t scatter_unit_bytes = 0);
  void begin(unsigned from, tlm::tlm_generic_payload& payload);
  void one_is_answered();
  tlm::tlm_generic_payload& make(unsigned from, tlm::tlm_command command, std::uint64_t address,
                                 std::size_t bytes);
  models::ReductionNaming& reduce(tlm::tlm_generic_payload& payload);
  void write();
  void scatter();
  void fetch_add();
  void store_reduce();
  void load_reduce();
  void check(const tlm::tlm_generic_payload& payload, bool good);
  /// A write that is no scatter has been answered.
  void written(unsigned bytes, bool good);
  void expect_bytes(unsigned member, std::uint64_t address, const unsigned char* bytes,
                    std::size_t count);

  Plan plan_;
  boost::random::mt19937 engine_;
  unsigned left_;
  unsigned open_ = 0;  ///< payloads of this operation that are not answered
  unsigned answers_ = 0;
  Operation operation_ = kWrite;
  unsigned from_ = 0;
  std::uint64_t local_ = 0;  ///< where a write lands in each member's memory
  std::uint32_t scatter_unit_bytes_ = 0;
  std::vector<tlm::tlm_generic_payload*> payloads_;
  std::deque<std::vector<unsigned char>> data_;
  std::uint64_t base_;       ///< of the bytes that writes go to
  std::uint64_t next_free_;  ///< what comes behind is used once
  std::uint64_t cell_ = 0;   ///< of fetch-adds; 0: the next one takes a new one
  std::uint64_t cell_value_ = 0;
  std::vector<unsigned char> shadow_, known_;
  /// By byte that writes go to: 1 + who wrote it and was answered with an error. Copies may still
  /// come, until a later write of the same sender has arrived.
  std::vector<unsigned char> doubt_;
  std::vector<std::uint32_t> expected_;
  std::vector<Sum> sums_;
  unsigned copies_missed_ = 0;
};

}  // namespace antares::tb
