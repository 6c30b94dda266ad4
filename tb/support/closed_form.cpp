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

/// When a train is at the end of a link.
struct Wave {
  double head, first_tail, tail;
};

}  // namespace

double zero_load_closed_form_ps(const LinkList& links, const protocols::Packet& packet,
                                const models::SwitchConfig& config, double propagation_ps) {
  const auto& hop = config.latency;
  const double rx = 1000 * (hop.serdes_rx_ns + hop.fec_crc_ns + hop.route_lookup_ns);
  const double tx = 1000 * (hop.arbitration_ns + hop.crossbar_ns + hop.serdes_tx_ns);
  const auto a = links[0]->wire_cost(packet);
  const double but_last = (static_cast<double>(a.bytes) - a.last_bytes) * per_byte_ps(*links[0]);
  Wave wave{header_ps(*links[0], a), whole_flits_ps(*links[0], a.first_bytes),
            but_last + whole_flits_ps(*links[0], a.last_bytes)};
  for (double* part : {&wave.head, &wave.first_tail, &wave.tail}) *part += propagation_ps;

  for (std::size_t i = 1; i < links.size(); ++i) {
    const auto& out = *links[i];
    const double in_ps = per_byte_ps(*links[i - 1]);
    const double out_ps = per_byte_ps(out);
    const auto b = out.wire_cost(packet);
    const double granted = std::max(wave.head, wave.first_tail - b.first_bytes * out_ps) + rx;
    const double rest = static_cast<double>(b.bytes) - b.first_bytes;
    const double crossed = granted + std::max(rest * in_ps / config.crossbar.input_speedup,
                                              rest * out_ps / config.crossbar.output_speedup);
    const double start = granted + tx;
    const double last_flits = whole_flits_ps(out, b.last_bytes);
    const double by_link =
        start + (static_cast<double>(b.bytes) - b.last_bytes) * out_ps + last_flits;
    const double by_source =
        std::max(wave.tail + rx, crossed) + tx - b.last_bytes * out_ps + last_flits;
    wave = {start + header_ps(out, b) + propagation_ps,
            start + whole_flits_ps(out, b.first_bytes) + propagation_ps,
            std::max(by_link, by_source) + propagation_ps};
  }
  return wave.tail;
}

}  // namespace antares::tb
