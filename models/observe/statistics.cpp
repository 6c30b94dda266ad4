// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/statistics.h"

namespace antares::models {

const std::vector<Statistic<DirectionReading>>& direction_statistics() {
  using R = DirectionReading;
  static const std::vector<Statistic<R>> list = {
      {"payload_bytes", "byte", "Payload of the packets whose transfer started in the window",
       [](const R& r) -> StatisticValue { return r.payload_bytes; }},
      {"wire_bytes", "byte",
       "The same with all headers and trailers: what the link spends on them before flit framing",
       [](const R& r) -> StatisticValue { return r.wire_bytes; }},
      {"packets", "1", "Packets (trains) whose transfer started in the window",
       [](const R& r) -> StatisticValue { return r.packets; }},
      {"link_packets", "1", "Link packets (PCIe: TLPs) in them",
       [](const R& r) -> StatisticValue { return r.link_packets; }},
      {"elapsed_ps", "ps", "Length of the window",
       [](const R& r) -> StatisticValue { return r.elapsed_ps; }},
      {"busy_share", "1", "Share of the window in which bits of packets moved",
       [](const R& r) -> StatisticValue { return r.busy_share(); }},
      {"blocked_credit_share", "1",
       "Share in which a packet was ready, the link was free, and the receiver had no credit for "
       "it",
       [](const R& r) -> StatisticValue { return r.blocked_credit_share(); }},
      {"blocked_arbiter_share", "1",
       "Share in which a packet was ready with credit and waited to be granted",
       [](const R& r) -> StatisticValue { return r.blocked_arbiter_share(); }},
      {"idle_share", "1", "The rest: nothing to send. The four shares add up to 1",
       [](const R& r) -> StatisticValue { return r.idle_share(); }},
      {"payload_GBps", "GB/s (1e9)", "payload_bytes over the window",
       [](const R& r) -> StatisticValue { return r.payload_GBps(); }},
      {"wire_GBps", "GB/s (1e9)", "wire_bytes over the window",
       [](const R& r) -> StatisticValue { return r.wire_GBps(); }},
  };
  return list;
}

const std::vector<Statistic<LatencyHistogram>>& latency_statistics() {
  using H = LatencyHistogram;
  static const std::vector<Statistic<H>> list = {
      {"count", "1", "Packets (trains) measured",
       [](const H& h) -> StatisticValue { return h.count(); }},
      {"min_latency_ns", "ns", "Smallest latency, exact",
       [](const H& h) -> StatisticValue { return h.min_ns(); }},
      {"mean_latency_ns", "ns", "Arithmetic mean, exact",
       [](const H& h) -> StatisticValue { return h.mean_ns(); }},
      {"p50_latency_ns", "ns", "Half of the packets took no longer; within 0.4 %",
       [](const H& h) -> StatisticValue { return h.percentile_ns(0.5); }},
      {"p99_latency_ns", "ns", "99 % of the packets took no longer; within 0.4 %",
       [](const H& h) -> StatisticValue { return h.percentile_ns(0.99); }},
      {"p999_latency_ns", "ns", "99.9 % of the packets took no longer; within 0.4 %",
       [](const H& h) -> StatisticValue { return h.percentile_ns(0.999); }},
      {"max_latency_ns", "ns", "Largest latency, exact",
       [](const H& h) -> StatisticValue { return h.max_ns(); }},
  };
  return list;
}

}  // namespace antares::models
