// SPDX-License-Identifier: Apache-2.0
// The queues of a crossbar: one list an (input, output) pair in arrival order, all classes in one
// list. The list is walked only when its head may not go: a packet of another class may overtake it
// as far as the protocol's ordering rules allow. In `fifo` mode a pair holds at most the input's
// head and the rest waits in one line an input. Pure; no time.
#pragma once
#include <vector>

#include "antares/models/crossbar/bit_matrix.h"
#include "antares/models/sockets/fabric_interfaces.h"

namespace antares::models {

class VoqBank {
 public:
  /// queues: of an output, by queue_index().
  VoqBank(unsigned ports, unsigned queues, bool fifo);

  void push(Packet& packet);
  /// The first packet of (input, output) that `admits` (its class has room) and that may overtake
  /// all packets before it; nullptr if none. Does not remove it.
  template <class Admits>
  Packet* select(unsigned input, unsigned output, const IngressStage& ordering,
                 Admits&& admits) const;
  /// Removes a packet that select() has returned.
  void remove(Packet& packet);
  /// Removes a packet from wherever it waits.
  void withdraw(Packet& packet);

  /// Calls look(packet) for all packets of (input, output), first in line first.
  template <class Look>
  void for_each_packet(unsigned input, unsigned output, Look&& look) const {
    for (const Packet* packet = head(input, output); packet != nullptr; packet = packet->next)
      look(*packet);
  }
  const Packet* head(unsigned input, unsigned output) const {
    return lists_[index(input, output)].head;
  }
  const BitMatrix& by_output() const { return by_output_; }
  const BitMatrix& by_input() const { return by_input_; }
  /// Inputs with a packet for a queue of `output` (those behind a fifo head not counted).
  const std::uint64_t* inputs_for(unsigned output, unsigned queue) const {
    return by_queue_.row(output * queues_ + queue);
  }
  std::uint64_t packets() const { return packets_; }
  bool output_wanted(unsigned output) const { return by_output_.any(output); }
  bool input_waits(unsigned input) const { return by_input_.any(input); }

 private:
  struct List {
    Packet* head = nullptr;
    Packet* tail = nullptr;
  };
  std::size_t index(unsigned input, unsigned output) const {
    return std::size_t{input} * ports_ + output;
  }
  static void append(List& list, Packet& packet);
  static void unlink(List& list, Packet& packet);
  void enter(Packet& packet);
  static bool has(const List& list, unsigned queue);

  unsigned ports_;
  unsigned queues_;
  bool fifo_;
  std::vector<List> lists_;
  std::vector<List> lines_;  ///< fifo mode: behind the head, one an input
  BitMatrix by_output_;
  BitMatrix by_input_;
  BitMatrix by_queue_;  ///< [output * queues + queue][input]
  std::uint64_t packets_ = 0;
};

template <class Admits>
Packet* VoqBank::select(unsigned input, unsigned output, const IngressStage& ordering,
                        Admits&& admits) const {
  Packet* const first = lists_[index(input, output)].head;
  for (Packet* candidate = first; candidate != nullptr; candidate = candidate->next) {
    if (!admits(*candidate)) continue;
    bool passes = true;
    for (Packet* earlier = first; earlier != candidate && passes; earlier = earlier->next)
      passes = ordering.may_pass(*candidate, *earlier);
    if (passes) return candidate;
  }
  return nullptr;
}

}  // namespace antares::models
