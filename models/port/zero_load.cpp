// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/zero_load.h"

#include <algorithm>

namespace antares::models {

Picoseconds crossbar_tail_ps(Picoseconds granted_ps, Picoseconds tail_ps, const TrainCost& in,
                             double input_speedup, const TrainCost& out, double output_speedup) {
  const std::uint32_t packets = in.wire.link_packets;
  if (packets != out.wire.link_packets) {
    // Cut otherwise on the other link: what follows the first link packet, at the slower pace.
    const auto rest = [](const TrainCost& cost, double speedup) {
      return static_cast<double>(cost.bytes_ps - cost.first_occupancy_ps) / speedup;
    };
    const double longer = std::max(rest(in, input_speedup), rest(out, output_speedup));
    return std::max(tail_ps, granted_ps + static_cast<Picoseconds>(longer));
  }
  if (packets == 1) return std::max(granted_ps, tail_ps);
  const double read = static_cast<double>(in.but_last_occupancy.whole_ps) / input_speedup;
  const double write = static_cast<double>(out.but_last_occupancy.whole_ps) / output_speedup;
  // The last link packet is granted behind all others and once its header is in ...
  const Picoseconds in_turn = granted_ps + static_cast<Picoseconds>(std::max(read, write));
  // Less the picosecond that the link may have carried over from the train before.
  const Picoseconds last_start = tail_ps - in.last_collect_ps - 1;
  const Picoseconds header_in = last_start + std::min(in.head_collect_ps, in.last_collect_ps);
  // ... the one before it when it would not run dry.
  const Picoseconds before =
      packets == 2 ? out.first_occupancy_ps
                   : (out.but_last_occupancy.whole_ps - out.first_occupancy_ps) / (packets - 2);
  const Picoseconds both_in = last_start + in.before_last_collect_ps;
  const Picoseconds no_gap = both_in > before ? both_in - before : 0;
  return std::max(tail_ps, std::max({in_turn, header_in, no_gap}) + out.last_occupancy_ps);
}

namespace {
/// A train that came in at the cost `in`, granted at granted_ps; `packet` is then classified for
/// the hop's link out.
Sent cross(Packet& packet, const ZeroLoadHop& hop, const TrainCost& in, Picoseconds tail_ps,
           Picoseconds granted_ps) {
  hop.out->classify(packet);
  const TrainCost cost = train_cost(*hop.out, packet);
  const Picoseconds crossed =
      crossbar_tail_ps(granted_ps, tail_ps, in, hop.input_speedup, cost, hop.output_speedup);
  const Supply supply{granted_ps + hop.delays.fixed_ps, crossed + hop.delays.fixed_ps};
  protocols::LinkTiming link(hop.out->rate());
  return place_train(link, cost, supply, supply.head_ps, hop.out_propagation_ps);
}

/// From `sent`, as it reaches the hop's lookup after rx_ps, to the far end of the next link, which
/// `packet` is then classified for.
Sent pass(Packet& packet, const ZeroLoadHop& hop, const Sent& sent, Picoseconds rx_ps) {
  const TrainCost in = train_cost(*hop.in, packet);
  hop.out->classify(packet);
  const TrainCost cost = train_cost(*hop.out, packet);
  return cross(packet, hop, in, sent.tail_ps + rx_ps, cut_through_ps(sent, cost) + rx_ps);
}

Sent pass_rest(Packet& packet, const ZeroLoadHop* hop, const ZeroLoadWay& way, Sent sent) {
  for (; hop != way.end(); ++hop)
    sent = pass(packet, *hop, sent, hop->delays.rx_ps + hop->bridge_ps);
  return sent;
}
}  // namespace

Sent zero_load_granted(const Packet& packet, const ZeroLoadWay& way, const TrainCost& in,
                       Picoseconds tail_ps, Picoseconds granted_ps) {
  Packet travelling = packet;
  const Sent sent = cross(travelling, *way.begin(), in, tail_ps, granted_ps);
  return pass_rest(travelling, way.begin() + 1, way, sent);
}

Sent zero_load_from_bridge(const Packet& packet, const ZeroLoadWay& way) {
  // It crosses in the protocol of the link it leaves by.
  ZeroLoadHop first = *way.begin();
  first.in = first.out;
  Packet answer = packet;
  first.out->classify(answer);
  const Sent sent = pass(answer, first, Sent{}, first.bridge_ps);
  return pass_rest(answer, way.begin() + 1, way, sent);
}

Sent zero_load_path(const Packet& packet, const protocols::LinkPolicy& first_link,
                    Picoseconds first_propagation_ps, const ZeroLoadWay& way) {
  protocols::LinkTiming first(first_link.rate());
  const Sent sent =
      place_train(first, train_cost(first_link, packet), Supply{}, 0, first_propagation_ps);
  Packet travelling = packet;
  return pass_rest(travelling, way.begin(), way, sent);
}

}  // namespace antares::models
