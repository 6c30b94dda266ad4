// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/voq.h"

#include <cassert>

namespace antares::models {

VoqBank::VoqBank(unsigned ports, unsigned queues, bool fifo)
    : ports_(ports),
      queues_(queues),
      fifo_(fifo),
      lists_(std::size_t{ports} * ports),
      lines_(fifo ? ports : 0),
      by_output_(ports, ports),
      by_input_(ports, ports),
      by_queue_(ports * queues, ports) {}

void VoqBank::append(List& list, Packet& packet) {
  packet.next = nullptr;
  if (list.head == nullptr)
    list.head = &packet;
  else
    list.tail->next = &packet;
  list.tail = &packet;
}

void VoqBank::enter(Packet& packet) {
  const unsigned input = packet.input.value();
  const unsigned output = packet.output.value();
  List& list = lists_[index(input, output)];
  if (list.head == nullptr) {
    by_output_.set(output, input);
    by_input_.set(input, output);
  }
  append(list, packet);
  by_queue_.set(output * queues_ + packet.egress_queue, input);
}

void VoqBank::push(Packet& packet) {
  ++packets_;
  if (fifo_ && by_input_.any(packet.input.value())) {
    append(lines_[packet.input.value()], packet);
    return;
  }
  enter(packet);
}

void VoqBank::unlink(List& list, Packet& packet) {
  Packet* before = nullptr;
  Packet* at = list.head;
  while (at != &packet) {
    before = at;
    at = at->next;
    assert(at != nullptr);
  }
  if (before == nullptr)
    list.head = packet.next;
  else
    before->next = packet.next;
  if (list.tail == &packet) list.tail = before;
  packet.next = nullptr;
}

void VoqBank::withdraw(Packet& packet) {
  bool queued = false;
  for_each_packet(packet.input.value(), packet.output.value(),
                  [&](const Packet& each) { queued = queued || &each == &packet; });
  if (queued) return remove(packet);
  unlink(lines_[packet.input.value()], packet);
  --packets_;
}

bool VoqBank::has(const List& list, unsigned queue) {
  const Packet* packet = list.head;
  while (packet != nullptr && packet->egress_queue != queue) packet = packet->next;
  return packet != nullptr;
}

void VoqBank::remove(Packet& packet) {
  const unsigned input = packet.input.value();
  const unsigned output = packet.output.value();
  List& list = lists_[index(input, output)];
  unlink(list, packet);
  if (list.head == nullptr) {
    by_output_.clear(output, input);
    by_input_.clear(input, output);
  }
  if (!has(list, packet.egress_queue))
    by_queue_.clear(output * queues_ + packet.egress_queue, input);
  --packets_;
  if (fifo_ && lines_[input].head != nullptr) {
    List& line = lines_[input];
    Packet& next = *line.head;
    line.head = next.next;
    enter(next);
  }
}

}  // namespace antares::models
