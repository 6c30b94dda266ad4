// SPDX-License-Identifier: Apache-2.0
// Copies of one packet on their way through a crossbar. The original stays in the input's buffer
// until the last copy has left. Copies find their fan-out by packet id, so that a packet that is no
// copy knows nothing of all this. No allocation once warm. Pure; picoseconds.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "antares/models/observe/id_table.h"
#include "antares/models/sockets/fabric_interfaces.h"

namespace antares::models {

struct FanOut {
  std::size_t number = 0;
  Packet* original = nullptr;
  std::vector<Packet*> waiting;  ///< copies that have not been granted; in the order handed over
  /// Of each its output: most wait for a busy one, and need not be fetched to see it.
  std::vector<std::uint16_t> outputs;
  std::vector<const void*> dropped;  ///< owners of copies to be dropped once they come
  bool one_read = true;  ///< all copies are of all bytes: those granted together share a read
  Transfer last;         ///< of the original: times so far are the latest of its copies
};

class FanOuts {
 public:
  /// `first`: its copies, linked by Packet::next; each has an id of its own, not 0.
  FanOut& open(Packet& original, Packet* first) {
    if (free_.empty()) {
      all_.push_back(std::make_unique<FanOut>());
      all_.back()->number = all_.size() - 1;
      free_.push_back(all_.back().get());
    }
    FanOut& fan = *free_.back();
    free_.pop_back();
    fan.original = &original;
    fan.dropped.clear();
    fan.one_read = true;
    fan.last = Transfer{};
    for (Packet* copy = first; copy != nullptr; copy = copy->next) {
      fan.waiting.push_back(copy);
      fan.outputs.push_back(copy->output.value());
      fan.one_read = fan.one_read && copy->bytes == original.bytes;
      *by_copy_.insert(copy->id).first = &fan;
    }
    return fan;
  }
  FanOut& at(std::size_t number) { return *all_[number]; }
  FanOut& of(const Packet& copy) { return **by_copy_.find(copy.id); }
  /// The copy goes: it waits no more.
  void leaves(FanOut& fan, const Packet& copy) {
    FanOut* entry = nullptr;
    by_copy_.take(copy.id, entry);
    const auto place = std::find(fan.waiting.begin(), fan.waiting.end(), &copy);
    fan.outputs.erase(fan.outputs.begin() + (place - fan.waiting.begin()));
    fan.waiting.erase(place);
  }
  void close(FanOut& fan) { free_.push_back(&fan); }
  /// Those that were ever open; a closed one has nothing waiting.
  const std::vector<std::unique_ptr<FanOut>>& all() const { return all_; }
  std::size_t open_count() const { return all_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<FanOut>> all_;
  std::vector<FanOut*> free_;
  IdTable<FanOut*> by_copy_;
};

}  // namespace antares::models
