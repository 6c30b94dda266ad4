// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/columns.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/comparison.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

template <class Row>
void describe(const char* table, const Columns<Row>& columns, std::vector<ColumnInfo>& all) {
  for (const Column<Row>& column : columns)
    all.push_back({table, column.name, column.unit, column.definition});
}

double share(const LinkRow& row, std::size_t which) {
  return exact_shares(row.busy_share, row.blocked_credit_share, row.blocked_arbiter_share)[which];
}

/// Of a port: the mean of its two directions.
double share(const PortRow& row, std::size_t which) {
  return exact_shares((row.in.busy_share + row.out.busy_share) / 2,
                      (row.in.blocked_credit_share + row.out.blocked_credit_share) / 2,
                      (row.in.blocked_arbiter_share + row.out.blocked_arbiter_share) / 2)[which];
}

/// A quantity that may not have been measured.
Json known(double value) { return value < 0 ? Json(nullptr) : Json(rounded(value)); }

Json known(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

/// Of a traffic row: empty, never 0, where no latency was recorded.
Json latency(const TrafficRow& row, double value) {
  return row.has_latencies ? Json(rounded(value)) : Json(nullptr);
}

}  // namespace

double rounded(double value) {
  if (!std::isfinite(value)) return value;
  char text[40];
  std::snprintf(text, sizeof text, "%.12g", value);
  return std::strtod(text, nullptr);
}

std::array<double, 4> exact_shares(double busy, double blocked_credit, double blocked_arbiter) {
  constexpr double kUnits = 1e9;
  long long used[3] = {std::llround(busy * kUnits), std::llround(blocked_credit * kUnits),
                       std::llround(blocked_arbiter * kUnits)};
  long long idle = static_cast<long long>(kUnits) - used[0] - used[1] - used[2];
  // Three roundings up can take one unit too many.
  for (long long& part : used) {
    if (idle >= 0) break;
    const long long back = std::min(part, -idle);
    part -= back;
    idle += back;
  }
  return {static_cast<double>(used[0]) / kUnits, static_cast<double>(used[1]) / kUnits,
          static_cast<double>(used[2]) / kUnits, static_cast<double>(idle) / kUnits};
}

std::vector<PortRow> port_rows(const std::vector<LinkRow>& links) {
  std::vector<PortRow> rows;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const LinkRow& link : links) {
    const auto [found, is_new] = known.emplace(std::pair(link.workload, link.link), rows.size());
    if (is_new) rows.emplace_back();
    (link.direction == "to_switch" ? rows[found->second].in : rows[found->second].out) = link;
  }
  return rows;
}

std::string csv_cell(const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

const Columns<CollectiveRow>& collective_columns() {
  using R = CollectiveRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"collective", "", "operation", ANTARES_VALUE(R, row.collective)},
      {"algorithm", "", "how it was done; never auto", ANTARES_VALUE(R, row.algorithm)},
      {"ranks", "", "endpoints that take part", ANTARES_VALUE(R, row.ranks)},
      {"size_bytes", "B", "message size as nccl-tests counts it", ANTARES_VALUE(R, row.size_bytes)},
      {"asked_bytes", "B", "size that was asked for; size_bytes is the whole elements in it",
       ANTARES_VALUE(R, row.asked_bytes)},
      {"count", "elements", "elements, as nccl-tests counts them", ANTARES_VALUE(R, row.count)},
      {"type", "", "type of an element", ANTARES_VALUE(R, row.type)},
      {"redop", "", "operator; none where nothing is reduced", ANTARES_VALUE(R, row.redop)},
      {"root", "", "root rank; -1: the collective has none", ANTARES_VALUE(R, row.root)},
      {"in_place", "", "input and result share a buffer, as nccl-tests has it",
       ANTARES_VALUE(R, row.in_place)},
      {"channels", "", "parts of the message that were done beside each other",
       ANTARES_VALUE(R, row.channels)},
      {"time_us", "us", "simulated time from the start on all ranks until the last rank has all",
       ANTARES_VALUE(R, rounded(row.time_us))},
      {"algbw_GBps", "GB/s", "size_bytes / time_us", ANTARES_VALUE(R, rounded(row.algbw_GBps))},
      {"busbw_GBps", "GB/s",
       "algbw times the factor of nccl-tests: 2(n-1)/n for all_reduce, (n-1)/n for all_gather, "
       "reduce_scatter and all_to_all, 1 for the rest",
       ANTARES_VALUE(R, rounded(row.busbw_GBps))},
      {"wirebw_GBps", "GB/s", "payload that the busiest link direction carried / time_us",
       ANTARES_VALUE(R, rounded(row.wirebw_GBps))},
      {"p99_latency_ns", "ns",
       "99th percentile of the stores of all slices, each from its issue until it is answered; "
       "null: observe.statistics is off, or nothing was stored remotely",
       ANTARES_VALUE(R, known(row.p99_latency_ns))},
      {"wrong", "elements", "elements of the result that are wrong; null: data was not checked",
       ANTARES_VALUE(R, row.wrong < 0 ? Json(nullptr) : Json(row.wrong))},
  };
  return columns;
}

const Columns<TrafficRow>& traffic_columns() {
  using R = TrafficRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"pattern", "", "who sends to whom", ANTARES_VALUE(R, row.pattern)},
      {"offered_load", "",
       "payload asked for: cells a slot and port on a slotted switch, else the fraction of what "
       "the protocol can carry; null: a closed loop asks for none",
       ANTARES_VALUE(R, known(row.offered_load))},
      {"throughput", "", "payload accepted while measuring, in the unit of offered_load",
       ANTARES_VALUE(R, rounded(row.throughput))},
      {"delivered_GBps", "GB/s", "... as payload of all sources together",
       ANTARES_VALUE(R, rounded(row.delivered_GBps))},
      {"requests", "", "requests measured", ANTARES_VALUE(R, row.requests)},
      {"failed_requests", "",
       "requests answered with an error, which only a run with faults survives",
       ANTARES_VALUE(R, row.failed_requests)},
      {"mean_latency_ns", "ns",
       "mean time of a request from its arrival at the source; null: observe.statistics is off",
       ANTARES_VALUE(R, latency(row, row.mean_latency_ns))},
      {"p50_latency_ns", "ns", "half of the requests took no longer",
       ANTARES_VALUE(R, latency(row, row.p50_latency_ns))},
      {"p99_latency_ns", "ns", "99 of 100 requests took no longer",
       ANTARES_VALUE(R, latency(row, row.p99_latency_ns))},
      {"max_latency_ns", "ns", "the slowest request",
       ANTARES_VALUE(R, latency(row, row.max_latency_ns))},
      {"mean_wait_slots", "slots",
       "(mean latency - zero-load latency) / time of one packet on its link",
       ANTARES_VALUE(R, latency(row, row.mean_wait_slots))},
      {"saturated", "", "throughput fell behind the offered load, or the drain did not end",
       ANTARES_VALUE(R, row.saturated)},
  };
  return columns;
}

const Columns<TrafficRow>& partition_traffic_columns() {
  static const Columns<TrafficRow> columns = [] {
    Columns<TrafficRow> all = traffic_columns();
    all.insert(all.begin() + 1,
               {"partition", "",
                "whose sources this row is about, and nobody else: where they were when the "
                "workload began; with what links join to it on other switches",
                ANTARES_VALUE(TrafficRow, row.partition)});
    return all;
  }();
  return columns;
}

const Columns<SaturationRow>& saturation_columns() {
  using R = SaturationRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"pattern", "", "who sends to whom", ANTARES_VALUE(R, row.pattern)},
      {"carried_load", "",
       "largest load found to be carried in full, in the unit of offered_load; null: none was",
       ANTARES_VALUE(R, known(row.carried_load))},
      {"saturated_load", "", "smallest load found to be too much; null: the last one was carried",
       ANTARES_VALUE(R, known(row.saturated_load))},
      {"carried_GBps", "GB/s", "payload of all sources together, delivered at carried_load",
       ANTARES_VALUE(R, known(row.carried_GBps))},
      {"saturated_GBps", "GB/s", "... at saturated_load",
       ANTARES_VALUE(R, known(row.saturated_GBps))},
  };
  return columns;
}

const Columns<TraceRow>& trace_columns() {
  using R = TraceRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"ranks", "", "ranks replayed", ANTARES_VALUE(R, row.ranks)},
      {"time_us", "us", "simulated time until the last rank is done",
       ANTARES_VALUE(R, rounded(row.time_us))},
      {"compute_us", "us", "accelerator or CPU of the slowest rank is busy",
       ANTARES_VALUE(R, rounded(row.compute_us))},
      {"communication_us", "us", "the slowest rank has a transfer under way",
       ANTARES_VALUE(R, rounded(row.communication_us))},
      {"exposed_communication_us", "us",
       "it has one under way and its accelerator computes nothing",
       ANTARES_VALUE(R, rounded(row.exposed_communication_us))},
      {"exposed_share", "", "exposed_communication_us / time_us",
       ANTARES_VALUE(R, rounded(row.exposed_share))},
      {"transfers", "", "collectives and point-to-point messages of the slowest rank",
       ANTARES_VALUE(R, row.transfers)},
      {"transfer_bytes", "B", "their sizes as the trace states them",
       ANTARES_VALUE(R, row.transfer_bytes)},
      {"understood", "", "what of the trace was replayed, in words",
       ANTARES_VALUE(R, row.understood)},
      {"ignored", "", "what was not, and why", ANTARES_VALUE(R, row.ignored)},
  };
  return columns;
}

const Columns<PairRow>& pair_columns() {
  using R = PairRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"from", "", "endpoint that asks", ANTARES_VALUE(R, row.from)},
      {"to", "", "endpoint that answers", ANTARES_VALUE(R, row.to)},
      {"from_link", "", "protocol and lanes of its port", ANTARES_VALUE(R, row.from_link)},
      {"to_link", "", "... of the other's", ANTARES_VALUE(R, row.to_link)},
      {"operation", "", "write, read or an atomic", ANTARES_VALUE(R, row.operation)},
      {"size_bytes", "B", "payload; of an atomic: its operands", ANTARES_VALUE(R, row.size_bytes)},
      {"status", "", "ok, or the TLM-2.0 response status that refused it",
       ANTARES_VALUE(R, row.status)},
      {"refusal", "", "why it was refused, in words", ANTARES_VALUE(R, row.refusal)},
      {"formula_ns", "ns", "zero-load latency, closed form; null: refused",
       ANTARES_VALUE(R, known(row.formula_ns))},
      {"lt_ns", "ns", "... of one blocking call (loosely timed)",
       ANTARES_VALUE(R, known(row.lt_ns))},
      {"at_ns", "ns", "... of one simulated request (approximately timed)",
       ANTARES_VALUE(R, known(row.at_ns))},
      {"tolerance_ns", "ns",
       "how far AT may be off: 0, or the time of one link packet where several make the request",
       ANTARES_VALUE(R, rounded(row.tolerance_ns))},
      {"equal", "", "LT is the closed form, AT is within the tolerance",
       ANTARES_VALUE(R, row.status == "ok" ? Json(row.equal) : Json(nullptr))},
      {"one_way_GBps", "GB/s", "payload of a saturated closed loop; null: not measured",
       ANTARES_VALUE(R, known(row.one_way_GBps))},
      {"one_way_formula_GBps", "GB/s", "the most that links, memory and requester allow",
       ANTARES_VALUE(R, known(row.one_way_formula_GBps))},
      {"one_way_share", "", "measured over closed form",
       ANTARES_VALUE(R, row.one_way_GBps < 0 ? Json(nullptr) : Json(rounded(row.one_way_share())))},
      {"one_way_bound", "", "what limits in the closed form", ANTARES_VALUE(R, row.one_way_bound)},
      {"both_ways_GBps", "GB/s", "both endpoints at once, the two directions together",
       ANTARES_VALUE(R, known(row.both_ways_GBps))},
      {"both_ways_formula_GBps", "GB/s",
       "what both settle at: links, queues, requests in flight; an estimate over a bridge",
       ANTARES_VALUE(R, known(row.both_ways_formula_GBps))},
      {"both_ways_share", "", "measured over closed form",
       ANTARES_VALUE(
           R, row.both_ways_GBps < 0 ? Json(nullptr) : Json(rounded(row.both_ways_share())))},
      {"parts", "", "parts of formula_ns in ns, where asked for", ANTARES_VALUE(R, row.parts)},
  };
  return columns;
}

const Columns<LinkRow>& link_columns() {
  using R = LinkRow;
  static const Columns<R> columns = {
      {"workload", "", "workload row that was measured", ANTARES_VALUE(R, row.workload)},
      {"link", "", "switch.port", ANTARES_VALUE(R, row.link)},
      {"direction", "", "to_switch or to_device", ANTARES_VALUE(R, row.direction)},
      {"payload_bytes", "B", "payload carried", ANTARES_VALUE(R, row.payload_bytes)},
      {"wire_bytes", "B", "payload and headers carried, flit framing not counted",
       ANTARES_VALUE(R, row.wire_bytes)},
      {"packets", "", "trains carried: what moves as one event", ANTARES_VALUE(R, row.packets)},
      {"link_packets", "", "packets of the protocol carried (TLPs)",
       ANTARES_VALUE(R, row.link_packets)},
      {"elapsed_us", "us", "simulated time measured", ANTARES_VALUE(R, rounded(row.elapsed_us))},
      {"busy_share", "", "share of the time in which it carried something, raw line time",
       ANTARES_VALUE(R, share(row, 0))},
      {"blocked_on_credit_share", "", "... in which something waited for credit",
       ANTARES_VALUE(R, share(row, 1))},
      {"blocked_on_arbiter_share", "", "... in which something waited for the arbiter",
       ANTARES_VALUE(R, share(row, 2))},
      {"idle_share", "", "... the rest: the four add up to 1", ANTARES_VALUE(R, share(row, 3))},
      {"credit_updates", "",
       "messages that told of credits freed at the receiver (Ethernet: CF_Update, with "
       "repetitions); null: the protocol has no such messages",
       ANTARES_VALUE(R, row.credit_updates < 0 ? Json(nullptr) : Json(row.credit_updates))},
  };
  return columns;
}

const Columns<PortRow>& port_columns() {
  using R = PortRow;
  static const Columns<R> columns = {
      {"workload", "", "workload row that was measured", ANTARES_VALUE(R, row.in.workload)},
      {"port", "", "switch.port", ANTARES_VALUE(R, row.in.link)},
      {"payload_in_bytes", "B", "payload from the device", ANTARES_VALUE(R, row.in.payload_bytes)},
      {"wire_in_bytes", "B", "payload and headers from the device",
       ANTARES_VALUE(R, row.in.wire_bytes)},
      {"payload_out_bytes", "B", "payload to the device", ANTARES_VALUE(R, row.out.payload_bytes)},
      {"wire_out_bytes", "B", "payload and headers to the device",
       ANTARES_VALUE(R, row.out.wire_bytes)},
      {"elapsed_us", "us", "simulated time measured", ANTARES_VALUE(R, rounded(row.in.elapsed_us))},
      {"busy_share", "", "share of the time in which it carried something: mean of both directions",
       ANTARES_VALUE(R, share(row, 0))},
      {"blocked_on_credit_share", "", "... in which something waited for credit",
       ANTARES_VALUE(R, share(row, 1))},
      {"blocked_on_arbiter_share", "", "... in which something waited for the arbiter",
       ANTARES_VALUE(R, share(row, 2))},
      {"idle_share", "", "... the rest: the four add up to 1", ANTARES_VALUE(R, share(row, 3))},
  };
  return columns;
}

const Columns<MoveRow>& move_columns() {
  using R = MoveRow;
  static const Columns<R> columns = {
      {"port", "", "switch.port", ANTARES_VALUE(R, row.port)},
      {"from", "", "partition; spare: none", ANTARES_VALUE(R, row.from)},
      {"to", "", "partition; spare: none", ANTARES_VALUE(R, row.to)},
      {"outcome", "",
       "moved, timed_out (it stays where it was) or refused; draining or updating: the run ended "
       "before",
       ANTARES_VALUE(R, row.outcome)},
      {"started_ns", "ns", "from here on requests of its device, and to it, wait",
       ANTARES_VALUE(R, known(row.started_ns))},
      {"drained_ns", "ns", "the last transaction in flight was over; null: that did not come",
       ANTARES_VALUE(R, known(row.drained_ns))},
      {"moved_ns", "ns", "routes and ids are the new partition's; null: that did not come",
       ANTARES_VALUE(R, known(row.moved_ns))},
      {"restarted_ns", "ns", "what waited went on; null: that did not come",
       ANTARES_VALUE(R, known(row.restarted_ns))},
      {"in_flight", "", "transactions of the port when the drain started",
       ANTARES_VALUE(R, row.in_flight)},
      {"held", "", "requesters that waited when it ended", ANTARES_VALUE(R, row.held)},
      {"reason", "", "why it was not moved", ANTARES_VALUE(R, row.reason)},
  };
  return columns;
}

const Columns<Totals>& totals_columns() {
  using R = Totals;
  static const Columns<R> columns = {
      {"packets_delivered", "",
       "trains that arrived at their device, as the scoreboard counts; null: observe.scoreboard is "
       "off",
       ANTARES_VALUE(R, row.packets_delivered ? Json(*row.packets_delivered) : Json(nullptr))},
      {"packet_hops", "", "passes of a train through a switch", ANTARES_VALUE(R, row.packet_hops)},
      {"kernel_events", "", "times the SystemC kernel woke the model",
       ANTARES_VALUE(R, row.kernel_events)},
      {"model_events", "", "events of the model's own scheduler",
       ANTARES_VALUE(R, row.model_events)},
      {"simulated_us", "us", "simulated time of the whole run",
       ANTARES_VALUE(R, rounded(row.simulated_us))},
  };
  return columns;
}

std::vector<ColumnInfo> all_columns() {
  std::vector<ColumnInfo> all;
  describe("collectives", collective_columns(), all);
  describe("concurrent", concurrent_columns(), all);
  describe("concurrent_totals", concurrent_total_columns(), all);
  describe("traffic", traffic_columns(), all);
  describe("partition_traffic", partition_traffic_columns(), all);
  describe("saturation", saturation_columns(), all);
  describe("traces", trace_columns(), all);
  describe("pairs", pair_columns(), all);
  describe("goodput", goodput_columns(), all);
  describe("moe", moe_columns(), all);
  describe("links", link_columns(), all);
  describe("ports", port_columns(), all);
  describe("faults", fault_columns(), all);
  describe("faults_without_effect", idle_fault_columns(), all);
  describe("replays", replay_columns(), all);
  describe("errors", error_columns(), all);
  describe("moves", move_columns(), all);
  describe("multicast", multicast_columns(), all);
  describe("group_updates", group_update_columns(), all);
  describe("totals", totals_columns(), all);
  describe("compare", compared_platform_columns(), all);
  return all;
}

}  // namespace antares::platforms
