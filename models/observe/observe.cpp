// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/observe.h"

#include <algorithm>

namespace antares::models {

void Observe::add_listener(PacketListener& listener) {
  const auto found = std::find(listeners_.begin(), listeners_.end(), &listener);
  if (found == listeners_.end()) listeners_.push_back(&listener);
  active_ = true;
}

void Observe::remove_listener(PacketListener& listener) {
  std::replace(listeners_.begin(), listeners_.end(), &listener,
               static_cast<PacketListener*>(nullptr));
  if (telling_ == 0) forget_removed();
}

void Observe::tell(const PacketEvent& event) {
  ++telling_;
  const std::size_t listeners = listeners_.size();
  for (std::size_t i = 0; i < listeners; ++i) {
    // Read anew each time: a listener may have removed itself or another.
    if (listeners_[i] != nullptr) listeners_[i]->on(event);
  }
  if (--telling_ == 0) forget_removed();
}

void Observe::forget_removed() {
  listeners_.erase(
      std::remove(listeners_.begin(), listeners_.end(), static_cast<PacketListener*>(nullptr)),
      listeners_.end());
  active_ = !listeners_.empty();
}

}  // namespace antares::models
