// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/zero_load_engine.h"

#include <algorithm>

namespace antares::models {

void ZeroLoadEngine::add(const Packet& packet, const ZeroLoadHop& hop, const Sent& sent,
                         std::uint64_t elements) {
  Operand operand;
  const Picoseconds entry = hop.delays.rx_ps + hop.bridge_ps;
  operand.in = train_cost(*hop.in, packet);
  Packet crossing = packet;
  hop.out->classify(crossing);
  operand.out = train_cost(*hop.out, crossing);
  operand.head_ps = cut_through_ps(sent, operand.out) + entry;
  operand.tail_ps = sent.tail_ps + entry;
  operand.input_speedup = hop.input_speedup;
  operand.output_speedup = hop.output_speedup;
  operand.elements = elements;
  operands_.push_back(operand);
}

Picoseconds ZeroLoadEngine::sum_ps() {
  std::stable_sort(operands_.begin(), operands_.end(),
                   [](const Operand& a, const Operand& b) { return a.head_ps < b.head_ps; });
  Picoseconds folded = 0;
  for (const Operand& one : operands_) {
    const Picoseconds granted = std::max(one.head_ps, output_free_ps_);
    output_free_ps_ = granted + at_speed(one.out.bytes_ps, one.output_speedup);
    const Picoseconds crossed = crossbar_tail_ps(granted, one.tail_ps, one.in, one.input_speedup,
                                                 one.out, one.output_speedup);
    folded =
        alu_.fold(granted + idle_from_ps_, crossed + idle_from_ps_, one.elements) - idle_from_ps_;
  }
  return folded + latency_ps_;
}

}  // namespace antares::models
