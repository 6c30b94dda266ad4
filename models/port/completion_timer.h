// SPDX-License-Identifier: Apache-2.0
// The requests of one requester that wait for their answer, in the order in which their time is
// over: all have the same time, so that the first to be watched is the first to expire. Watching
// and forgetting cost O(1). Pure; picoseconds.
#pragma once
#include <deque>

#include "antares/models/port/transaction.h"

namespace antares::models {

class CompletionTimer {
 public:
  explicit CompletionTimer(Picoseconds timeout_ps) : timeout_ps_(timeout_ps) {}

  /// Starts at at_ps, which must not go backwards by more than annotated delays do: the expiry of a
  /// later one may be late by that.
  void watch(Transaction& transaction, Picoseconds at_ps) {
    entries_.push_back({&transaction, at_ps + timeout_ps_});
    transaction.watched = first_ + entries_.size();
  }
  void forget(Transaction& transaction) {
    if (transaction.watched == 0) return;
    entries_[transaction.watched - 1 - first_].transaction = nullptr;
    transaction.watched = 0;
    while (!entries_.empty() && entries_.front().transaction == nullptr) {
      entries_.pop_front();
      ++first_;
    }
  }
  bool empty() const { return entries_.empty(); }
  /// When the next one expires; empty() must be false.
  Picoseconds next_ps() const { return entries_.front().expires_ps; }
  /// The next one, forgotten.
  Transaction& take() {
    Transaction& transaction = *entries_.front().transaction;
    forget(transaction);
    return transaction;
  }
  Picoseconds timeout_ps() const { return timeout_ps_; }

 private:
  struct Entry {
    Transaction* transaction;  ///< nullptr: answered
    Picoseconds expires_ps;
  };
  Picoseconds timeout_ps_;
  std::deque<Entry> entries_;
  std::uint64_t first_ = 0;  ///< number of entries_.front()
};

}  // namespace antares::models
