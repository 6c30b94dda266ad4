// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/observe.h"

#include <algorithm>

namespace antares::models {

void Observe::add_listener(PacketListener& listener) {
  const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                  [&](const Entry& entry) { return entry.listener == &listener; });
  if (found != listeners_.end()) return;
  listeners_.push_back(Entry{&listener, listener.wants()});
  note_wishes();
}

void Observe::remove_listener(PacketListener& listener) {
  for (Entry& entry : listeners_) {
    if (entry.listener != &listener) continue;
    entry = Entry{};
    removed_ = true;
  }
  if (telling_ == 0) {
    forget_removed();
  } else {
    note_wishes();
  }
}

void Observe::tell(const PacketEvent& event) {
  ++telling_;
  const std::size_t listeners = listeners_.size();
  for (std::size_t i = 0; i < listeners; ++i) {
    // Read anew each time: a listener may have removed itself or another.
    const Entry& entry = listeners_[i];
    if ((entry.wants & bit_of(event.what)) != 0) entry.listener->on(event);
  }
  if (--telling_ == 0 && removed_) forget_removed();
}

void Observe::forget_removed() {
  listeners_.erase(std::remove_if(listeners_.begin(), listeners_.end(),
                                  [](const Entry& entry) { return entry.listener == nullptr; }),
                   listeners_.end());
  removed_ = false;
  note_wishes();
}

void Observe::note_wishes() {
  wanted_ = 0;
  std::uint32_t wanted_twice = 0;
  for (const Entry& entry : listeners_) {
    wanted_twice |= wanted_ & entry.wants;
    wanted_ |= entry.wants;
  }
  for (std::size_t what = 0; what < kPacketWhats; ++what) {
    const std::uint32_t bit = std::uint32_t{1} << what;
    sole_[what] = nullptr;
    if ((wanted_twice & bit) != 0) continue;
    for (const Entry& entry : listeners_) {
      if ((entry.wants & bit) != 0) sole_[what] = entry.listener;
    }
  }
}

}  // namespace antares::models
