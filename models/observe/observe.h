// SPDX-License-Identifier: Apache-2.0
// Where units report packet events and listeners hear them, in the order they were added. With no
// listener a report costs one branch, provided the caller asks active(what) before it makes the
// record:
//   if (observe.active(PacketWhat::granted))
//     observe.emit(packet_event(now_ps, PacketWhat::granted, where, packet));
// Listeners are not owned. One may be added or removed while an event is being told: a new one
// hears from the next event on, a removed one hears nothing more. No clock; times as in
// PacketEvent.
#pragma once
#include <array>
#include <vector>

#include "antares/models/observe/packet_event.h"

namespace antares::models {

class Observe {
 public:
  /// Adding one that is there already changes nothing: nobody counts a packet twice.
  void add_listener(PacketListener& listener);
  /// Removing one that is not there changes nothing.
  void remove_listener(PacketListener& listener);

  /// Somebody wants to hear events of this kind.
  bool active(PacketWhat what) const { return (wanted_ & bit_of(what)) != 0; }
  void emit(const PacketEvent& event) {
    const auto what = static_cast<std::size_t>(event.what);
    // A sole hearer needs no bookkeeping: nothing is read after it that it could have changed.
    if (sole_[what] != nullptr) {
      sole_[what]->on(event);
    } else if (active(event.what)) {
      tell(event);
    }
  }

 private:
  void tell(const PacketEvent& event);
  void forget_removed();
  /// Works out wanted_ and sole_.
  void note_wishes();

  struct Entry {
    PacketListener* listener = nullptr;  ///< null: removed while an event was being told
    std::uint32_t wants = 0;
  };
  std::vector<Entry> listeners_;
  std::uint32_t wanted_ = 0;  ///< all listeners' wishes together
  /// By PacketWhat: the listener who alone wants it; null if none or several do.
  std::array<PacketListener*, kPacketWhats> sole_ = {};
  bool removed_ = false;
  unsigned telling_ = 0;
};

}  // namespace antares::models
