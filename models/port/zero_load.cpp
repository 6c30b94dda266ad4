// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/zero_load.h"

#include <algorithm>

namespace antares::models {

Picoseconds crossbar_tail_ps(Picoseconds granted_ps, const TrainCost& in, double input_speedup,
                             const TrainCost& out, double output_speedup) {
  const double read = static_cast<double>(in.rest_occupancy_ps) / input_speedup;
  const double write = static_cast<double>(out.rest_occupancy_ps) / output_speedup;
  return granted_ps + static_cast<Picoseconds>(std::max(read, write));
}

namespace {
/// From `sent`, as it reaches the hop's lookup after rx_ps, to the far end of the next link.
Sent pass(const Packet& packet, const ZeroLoadHop& hop, const Sent& sent, Picoseconds rx_ps) {
  Packet leaving = packet;
  hop.out->classify(leaving);
  const TrainCost cost = train_cost(*hop.out, leaving);
  const Picoseconds granted = cut_through_ps(sent, cost) + rx_ps;
  const Picoseconds crossed = crossbar_tail_ps(granted, train_cost(*hop.in, packet),
                                               hop.input_speedup, cost, hop.output_speedup);
  const Supply supply{granted + hop.delays.fixed_ps,
                      std::max(sent.tail_ps + rx_ps, crossed) + hop.delays.fixed_ps};
  protocols::LinkTiming link(hop.out->rate());
  return place_train(link, cost, supply, supply.head_ps, hop.out_propagation_ps);
}
}  // namespace

Sent zero_load_from_bridge(const Packet& packet, const ZeroLoadHop& hop) {
  // It crosses in the protocol of the link it leaves by.
  ZeroLoadHop leaving = hop;
  leaving.in = hop.out;
  Packet answer = packet;
  hop.out->classify(answer);
  return pass(answer, leaving, Sent{}, hop.bridge_ps);
}

Sent zero_load_path(const Packet& packet, const protocols::LinkPolicy& first_link,
                    Picoseconds first_propagation_ps, const ZeroLoadHop* hops,
                    std::size_t hop_count) {
  protocols::LinkTiming first(first_link.rate());
  Sent sent = place_train(first, train_cost(first_link, packet), Supply{}, 0, first_propagation_ps);
  for (std::size_t i = 0; i < hop_count; ++i) {
    sent = pass(packet, hops[i], sent, hops[i].delays.rx_ps + hops[i].bridge_ps);
  }
  return sent;
}

}  // namespace antares::models
