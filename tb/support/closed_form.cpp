// SPDX-License-Identifier: Apache-2.0
#include "tb/support/closed_form.h"

#include <algorithm>
#include <cmath>

namespace antares::tb {
namespace {

double per_byte_ps(const protocols::LinkPolicy& link) {
  const auto [numerator, denominator] = link.rate().per_byte;
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

double whole_flits_ps(const protocols::LinkPolicy& link, double bytes) {
  const double flit = link.rate().flit_usable_bytes;
  return std::ceil(bytes / flit) * flit * per_byte_ps(link);
}

double header_ps(const protocols::LinkPolicy& link, const protocols::WireCost& cost) {
  const auto& rate = link.rate();
  const double header = rate.flit_usable_bytes > 1
                            ? rate.flit_usable_bytes
                            : std::min<double>(cost.first_bytes, rate.header_collect_bytes);
  return header * per_byte_ps(link);
}

/// One link packet at the end of a link.
struct Wave {
  double head, tail, bytes;
};

/// What each link packet leaves behind for the next one: when the link, and before it the
/// crossbar's input and output, are free again.
struct Stage {
  double input_free = 0, output_free = 0, link_free = 0;
};

}  // namespace

double zero_load_closed_form_ps(const LinkList& links, const protocols::Packet& packet,
                                const models::SwitchConfig& config, double propagation_ps) {
  const auto& hop = config.latency;
  const double rx = 1000 * (hop.serdes_rx_ns + hop.fec_crc_ns + hop.route_lookup_ns);
  const double tx = 1000 * (hop.arbitration_ns + hop.crossbar_ns + hop.serdes_tx_ns);
  std::vector<Stage> stages(links.size());
  double last_tail = 0;
  for (std::uint32_t offset = 0; offset < packet.bytes;) {
    protocols::Packet each = packet;
    each.bytes = links[0]->train_bytes(packet, offset, 1);
    each.address_low = static_cast<std::uint16_t>((packet.address_low + offset) % 4096);
    offset += each.bytes;
    Wave wave{0, 0, 0};
    for (std::size_t i = 0; i < links.size(); ++i) {
      const auto& out = *links[i];
      const auto cost = out.wire_cost(each);
      const double bytes = static_cast<double>(cost.bytes);
      const double occupied = bytes * per_byte_ps(out);
      double start = stages[i].link_free;
      double by_source = 0;
      if (i != 0) {
        double granted = std::max(wave.head, wave.tail - occupied) + rx;
        granted = std::max({granted, stages[i].input_free, stages[i].output_free});
        const double read = wave.bytes * per_byte_ps(*links[i - 1]);
        stages[i].input_free = granted + read / config.crossbar.input_speedup;
        stages[i].output_free = granted + occupied / config.crossbar.output_speedup;
        start = std::max(start, granted + tx);
        by_source = wave.tail + rx + tx - occupied;
      }
      stages[i].link_free = start + occupied;
      wave = {start + header_ps(out, cost) + propagation_ps,
              std::max(start, by_source) + whole_flits_ps(out, bytes) + propagation_ps, bytes};
    }
    last_tail = wave.tail;
  }
  return last_tail;
}

}  // namespace antares::tb
