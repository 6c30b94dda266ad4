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

Sent zero_load_path(const Packet& packet, const protocols::LinkPolicy& first_link,
                    Picoseconds first_propagation_ps, const ZeroLoadHop* hops,
                    std::size_t hop_count) {
  protocols::LinkTiming first(first_link.rate());
  Sent sent = place_train(first, train_cost(first_link, packet), Supply{}, 0, first_propagation_ps);
  for (std::size_t i = 0; i < hop_count; ++i) {
    const ZeroLoadHop& hop = hops[i];
    const TrainCost cost = train_cost(*hop.out, packet);
    const Picoseconds granted = cut_through_ps(sent, cost) + hop.delays.rx_ps;
    const Picoseconds crossed = crossbar_tail_ps(granted, train_cost(*hop.in, packet),
                                                 hop.input_speedup, cost, hop.output_speedup);
    const Supply supply{granted + hop.delays.fixed_ps,
                        std::max(sent.tail_ps + hop.delays.rx_ps, crossed) + hop.delays.fixed_ps};
    protocols::LinkTiming link(hop.out->rate());
    sent = place_train(link, cost, supply, supply.head_ps, hop.out_propagation_ps);
  }
  return sent;
}

}  // namespace antares::models
