// SPDX-License-Identifier: Apache-2.0
// Faults that somebody plans: what became of one entry of a schedule (nothing may be planned, mean
// nothing and go unnoticed), and orders that come before it is known what a port is linked to. No
// time.
#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "antares/protocols/common/link_state.h"

namespace antares::models {

/// Of one entry, shared by all ports that it names.
struct FaultOutcome {
  bool happened = false;  ///< its time came
  bool changed = false;   ///< it meant something, at one of its ports at least
  /// Of the link where it changed nothing.
  protocols::LinkState state = protocols::LinkState::up;

  void took_place(bool meant_something, protocols::LinkState now) {
    happened = true;
    changed = changed || meant_something;
    if (!meant_something) state = now;
  }
  /// It takes place when the next units come: it has, once one of these counts has grown.
  void waits_for(const std::uint64_t& count) {
    happened = true;
    counts_.push_back({&count, count});
  }
  bool had_effect() const {
    for (const Count& each : counts_)
      if (*each.now != each.before) return true;
    return changed;
  }

 private:
  struct Count {
    const std::uint64_t* now;
    std::uint64_t before;
  };
  std::vector<Count> counts_;
};

/// Whether a link has another switch at its other end shows at elaboration: orders wait for that.
class EarlyOrders {
 public:
  void carry_out(std::function<void()> order) {
    if (open_) return order();
    waiting_.push_back(std::move(order));
  }
  bool open() const { return open_; }
  void elaborated() {
    open_ = true;
    for (const auto& order : std::exchange(waiting_, {})) order();
  }

 private:
  bool open_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace antares::models
