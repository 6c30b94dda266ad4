// SPDX-License-Identifier: Apache-2.0
// Where units report packet events and listeners hear them, in the order they were added. With no
// listener a report costs one branch, provided the caller asks active() before it makes the record:
//   if (observe.active()) observe.emit(packet_event(now_ps, PacketWhat::granted, where, packet));
// Listeners are not owned. One may be added or removed while an event is being told: a new one
// hears from the next event on, a removed one hears nothing more. No clock; times as in
// PacketEvent.
#pragma once
#include <vector>

#include "antares/models/observe/packet_event.h"

namespace antares::models {

class Observe {
 public:
  /// Adding one that is there already changes nothing: nobody counts a packet twice.
  void add_listener(PacketListener& listener);
  /// Removing one that is not there changes nothing.
  void remove_listener(PacketListener& listener);

  bool active() const { return active_; }
  void emit(const PacketEvent& event) {
    if (active_) tell(event);
  }

 private:
  void tell(const PacketEvent& event);
  void forget_removed();

  std::vector<PacketListener*> listeners_;  ///< null: removed while an event was being told
  bool active_ = false;
  unsigned telling_ = 0;
};

}  // namespace antares::models
