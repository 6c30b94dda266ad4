// SPDX-License-Identifier: Apache-2.0
// Columns of the tables that say what went wrong.
#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/columns.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

Json by_name(const std::vector<protocols::NamedCount>& counters) {
  Json values;
  for (const protocols::NamedCount& each : counters) values[each.name] = each.value;
  return values;
}

Json of_packet(const ErrorRow& row, std::uint64_t value) {
  return row.packet.empty() ? Json(nullptr) : Json(value);
}

}  // namespace

const Columns<GoodputRow>& goodput_columns() {
  using R = GoodputRow;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"link", "", "switch.group of ports; each port's link is like it",
       ANTARES_VALUE(R, row.link)},
      {"protocol", "", "and lanes", ANTARES_VALUE(R, row.protocol)},
      {"cable_m", "m", "length of cable, one way; null: propagation_ns of the ports",
       ANTARES_VALUE(R, row.cable_m < 0 ? Json(nullptr) : Json(rounded(row.cable_m)))},
      {"unit_ns", "ns", "time of one unit of replay (flit, frame, packet)",
       ANTARES_VALUE(R, rounded(row.unit_ns))},
      {"round_trip_ns", "ns", "from a unit's first bit until its acknowledgement is back",
       ANTARES_VALUE(R, rounded(row.round_trip_ns))},
      {"depth_units", "", "units that may be sent and not acknowledged: the replay buffer",
       ANTARES_VALUE(R, row.depth_units)},
      {"failure_ns", "ns", "link time that one failure costs that stands alone",
       ANTARES_VALUE(R, rounded(row.failure_ns))},
      {"failure_probability", "", "that a unit arrives broken",
       ANTARES_VALUE(R, rounded(row.failure_probability))},
      {"units", "", "simulated", ANTARES_VALUE(R, row.units)},
      {"failed", "", "... of which so many arrived broken, each an episode of replay",
       ANTARES_VALUE(R, row.failed)},
      {"timeouts", "",
       "... of which so many took a timeout that a failure which stands alone does not take",
       ANTARES_VALUE(R, row.timeouts)},
      {"lost_share_formula", "",
       "of what the line could carry, closed form: 1 - u / (max(u, round trip / depth) + p C)",
       ANTARES_VALUE(R, rounded(row.lost_share_formula))},
      {"lost_share_expected", "", "... with as many failures and timeouts as there were",
       ANTARES_VALUE(R, rounded(row.lost_share_expected))},
      {"lost_share", "", "... simulated", ANTARES_VALUE(R, rounded(row.lost_share))},
      {"tolerance", "",
       "of simulated beside expected: five standard deviations of what a failure costs, two more "
       "failures within one, a unit a failure, a train in the buffer",
       ANTARES_VALUE(R, rounded(row.tolerance))},
      {"buffer_binds", "", "the replay buffer is shorter than the round trip",
       ANTARES_VALUE(R, row.buffer_binds)},
      {"equal", "",
       "they agree within the tolerance, and the failures are as many as the probability says "
       "within five standard deviations; null: the tolerance is above half of the value, which "
       "decides nothing",
       ANTARES_VALUE(R, !row.decided && row.equal ? Json(nullptr) : Json(row.equal))},
  };
  return columns;
}

const Columns<FaultRow>& fault_columns() {
  using R = FaultRow;
  static const Columns<R> columns = {
      {"link", "", "switch.port", ANTARES_VALUE(R, row.link)},
      {"state", "",
       "of the link at the end of the run: up, down, detect, train, recovery, disabled",
       ANTARES_VALUE(R, row.state)},
      {"lanes", "", "in use at the end of the run", ANTARES_VALUE(R, row.lanes)},
      {"raw_GBps", "GB/s", "line rate at the end of the run, one direction, before framing",
       ANTARES_VALUE(R, rounded(row.raw_GBps))},
      {"degraded", "", "fewer lanes or a lower rate than the link was built with",
       ANTARES_VALUE(R, row.degraded)},
      {"link_failures", "", "times it went down", ANTARES_VALUE(R, row.link_failures)},
      {"recoveries", "", "times it was trained anew without going down",
       ANTARES_VALUE(R, row.recoveries)},
      {"trains_lost", "", "trains on the wire when it did", ANTARES_VALUE(R, row.trains_lost)},
      {"trains_dropped", "", "trains that came to the dead link's egress",
       ANTARES_VALUE(R, row.trains_dropped)},
      {"error_responses", "", "errors answered by the device, or by the switch in its place",
       ANTARES_VALUE(R, row.error_responses)},
      {"completion_timeouts", "", "requests that the requester behind the port gave up",
       ANTARES_VALUE(R, row.completion_timeouts)},
      {"unexpected_completions", "", "completions of requests given up before",
       ANTARES_VALUE(R, row.unexpected_completions)},
      {"access_violations", "", "requests of its device that access control blocked or hid",
       ANTARES_VALUE(R, row.access_violations)},
      {"refused_requests", "",
       "requests of its device that no window holds, or that its protocol, the completer's or the "
       "bridge refused",
       ANTARES_VALUE(R, row.refused_requests)},
      {"stray_responses", "", "answers of its device to what it was not asked, or twice",
       ANTARES_VALUE(R, row.stray_responses)},
      {"credits_surplus", "",
       "credits that the device gave back though nobody had taken them: ignored",
       ANTARES_VALUE(R, row.credits_surplus)},
      {"credits_missing", "",
       "header and data credits that are lost or stuck at the end of the run, both directions",
       ANTARES_VALUE(R, row.credits_missing)},
  };
  return columns;
}

const Columns<IdleFaultRow>& idle_fault_columns() {
  using R = IdleFaultRow;
  static const Columns<R> columns = {
      {"entry", "", "of the description: list and place, from 0", ANTARES_VALUE(R, row.entry)},
      {"link", "", "as the entry names it", ANTARES_VALUE(R, row.link)},
      {"at_us", "us", "when it was to happen", ANTARES_VALUE(R, rounded(row.at_us))},
      {"what", "", "was to happen", ANTARES_VALUE(R, row.what)},
      {"happened", "", "its time came before the run was over", ANTARES_VALUE(R, row.happened)},
      {"why", "", "it had no effect", ANTARES_VALUE(R, row.why)},
  };
  return columns;
}

const Columns<ReplayRow>& replay_columns() {
  using R = ReplayRow;
  static const Columns<R> columns = {
      {"link", "", "switch.port", ANTARES_VALUE(R, row.link)},
      {"direction", "", "to_switch or to_device", ANTARES_VALUE(R, row.direction)},
      {"units", "", "units of replay (flits, frames, packets) sent for the first time",
       ANTARES_VALUE(R, row.units)},
      {"repaired", "", "... that arrived whole thanks to FEC", ANTARES_VALUE(R, row.repaired)},
      {"failed", "", "units that arrived broken, those sent again included",
       ANTARES_VALUE(R, row.failed)},
      {"resent", "", "units sent again, whether they had arrived or not",
       ANTARES_VALUE(R, row.resent)},
      {"requests", "", "NAKs or replay requests sent", ANTARES_VALUE(R, row.requests)},
      {"timeouts", "", "replays that a timer began", ANTARES_VALUE(R, row.timeouts)},
      {"duplicates", "", "units that arrived again and were discarded",
       ANTARES_VALUE(R, row.duplicates)},
      {"out_of_order", "", "units that arrived ahead of a missing one",
       ANTARES_VALUE(R, row.out_of_order)},
      {"bad_sequence", "", "acknowledgements or requests outside of what was sent: ignored",
       ANTARES_VALUE(R, row.bad_sequence)},
      {"poisoned", "", "trains whose data was marked as damaged", ANTARES_VALUE(R, row.poisoned)},
      {"lost_us", "us", "link time that replay took", ANTARES_VALUE(R, rounded(row.lost_us))},
      {"gave_up", "", "times that the protocol gave up: what was not acknowledged is lost",
       ANTARES_VALUE(R, row.gave_up)},
      {"reason", "", "after what it gave up last", ANTARES_VALUE(R, row.reason)},
      {"counters", "",
       "what the protocol's own documents count, by name (Ethernet: LLR as in the OCP SAI list, "
       "and "
       "CBFC); null: no list is public",
       ANTARES_VALUE(R, by_name(row.counters))},
  };
  return columns;
}

const Columns<ErrorRow>& error_columns() {
  using R = ErrorRow;
  static const Columns<R> columns = {
      {"link", "", "switch.port that saw it", ANTARES_VALUE(R, row.link)},
      {"at_us", "us", "simulated time", ANTARES_VALUE(R, rounded(row.at_us))},
      {"error", "",
       "replay_rollover, surprise_down, poisoned, poison_blocked, completion_timeout, "
       "unexpected_completion, malformed, unsupported_request, access_violation, "
       "completer_abort or replay_gave_up",
       ANTARES_VALUE(R, row.error)},
      {"severity", "", "correctable, nonfatal or fatal", ANTARES_VALUE(R, row.severity)},
      {"first", "", "the first of its severity at this port", ANTARES_VALUE(R, row.first)},
      {"packet", "",
       "header log: kind of the packet to blame; null: no packet is, nor what follows",
       ANTARES_VALUE(R, row.packet.empty() ? Json(nullptr) : Json(row.packet))},
      {"status", "",
       "status of the answer to it, as the protocol of the link calls it (PCIe: UR, CA; UALink: as "
       "in UPLI); null: nothing answers it, or no name is public",
       ANTARES_VALUE(R, row.status.empty() ? Json(nullptr) : Json(row.status))},
      {"source", "", "id of its source", ANTARES_VALUE(R, of_packet(row, row.source))},
      {"destination", "", "... destination; null: the address is nobody's",
       ANTARES_VALUE(R, row.destination ? of_packet(row, *row.destination) : Json(nullptr))},
      {"address", "", "... address", ANTARES_VALUE(R, of_packet(row, row.address))},
      {"bytes", "B", "... payload", ANTARES_VALUE(R, of_packet(row, row.bytes))},
  };
  return columns;
}

}  // namespace antares::platforms
