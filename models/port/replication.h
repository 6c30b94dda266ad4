// SPDX-License-Identifier: Apache-2.0
// What becomes of a transaction that is for several: whom it is for, its copies, and what is left
// of them. Each copy is a transaction of its own, whose payload shares the original's data, and
// which ends by telling the original (Transaction::then). A copy that leaves on a link to another
// switch is for several again, there.
//
// To Hypercast a transaction is one packet, however many trains and link packets it has: the first
// head that comes to the look-up decides for all of it.
// Pure; picoseconds.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/hypercast/hypercast.h"
#include "antares/models/port/transaction.h"

namespace antares::models {

class ReplicationPool;

struct Replication {
  struct Copy {
    Transaction* transaction = nullptr;
    PortAdapter* exit = nullptr;   ///< by which it leaves this switch
    std::uint32_t from_bytes = 0;  ///< of the original
    std::uint32_t bytes = 0;
    bool all_sent = false;
  };
  ReplicationPool* home = nullptr;
  std::vector<MemberCopy> members;
  std::vector<Copy> copies;
  bool known = false;            ///< `members` is what it is for; else the look-up will say
  bool made = false;             ///< `copies` are there
  bool to_table = false;         ///< for nobody: it changes a group of this switch
  std::uint64_t wire_bytes = 0;  ///< ... and took as much of the link so far
  std::uint32_t sent_bytes = 0;  ///< of the original, as far as its trains have come
  bool all_sent = false;         ///< the last train has been copied
  unsigned open = 0;             ///< copies that have not ended
  int status = 1;                ///< tlm_response_status, the worst so far; TLM_OK_RESPONSE is 1
  Picoseconds last_ps = 0;       ///< latest end of a copy
  Picoseconds last_head_ps = 0;  ///< when the copies made so far have all come to the crossbar

  /// Worse of two statuses: the first error stays.
  void add_status(int other) {
    if (status > 0 && other <= 0) status = other;
  }
};

/// Keeps the vectors' memory: no allocation once warm.
class ReplicationPool {
 public:
  Replication* get() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Replication>());
      free_.push_back(all_.back().get());
    }
    Replication* const item = free_.back();
    free_.pop_back();
    item->home = this;
    return item;
  }
  /// To the pool it is from.
  static void put(Replication* item) {
    std::vector<MemberCopy> members = std::move(item->members);
    std::vector<Replication::Copy> copies = std::move(item->copies);
    ReplicationPool& home = *item->home;
    members.clear();
    copies.clear();
    *item = Replication{};
    item->members = std::move(members);
    item->copies = std::move(copies);
    home.free_.push_back(item);
  }
  std::size_t in_use() const { return all_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<Replication>> all_;
  std::vector<Replication*> free_;
};

}  // namespace antares::models
