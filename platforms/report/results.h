// SPDX-License-Identifier: Apache-2.0
// What a run has found out, one row a thing measured, and the interface through which drivers hand
// the rows on as they come: an interrupted run loses nothing that was finished. Every name carries
// its unit. Definitions of algbw and busbw as nccl-tests has them
// (facts/product_and_collectives.md 3.0).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/protocols/common/named_count.h"

namespace antares::platforms {

struct CollectiveRow {
  std::string workload;
  std::string collective;
  std::string algorithm;
  std::uint32_t ranks = 0;
  std::uint64_t asked_bytes = 0;  ///< as the workload says
  std::uint64_t size_bytes = 0;   ///< whole elements of that
  std::uint64_t count = 0;        ///< elements
  std::string type;
  std::string redop;
  std::int64_t root = -1;      ///< -1: the collective has none
  bool in_place = false;       ///< input and result share a buffer
  std::uint32_t channels = 1;  ///< parts that were done beside each other
  double time_us = 0;
  double algbw_GBps = 0;
  double busbw_GBps = 0;
  double wirebw_GBps = 0;  ///< payload of the busiest link direction / time
  /// Of the store of a slice, issued until answered; none: observe.statistics is off.
  std::optional<double> p99_latency_ns;
  std::int64_t wrong = -1;  ///< elements that are wrong; -1: data was not checked
};

/// A collective of one group that ran beside others.
struct ConcurrentRow {
  std::string job;
  std::uint32_t group = 0;  ///< number among the job's groups
  std::string first_rank;   ///< endpoint
  std::uint32_t iterations = 1;
  double start_us = 0;       ///< after the first of all
  double end_us = 0;         ///< ... the end of its last run
  CollectiveRow collective;  ///< time_us: mean of its runs, from its start; wirebw is the total's
  std::optional<double> alone_us;  ///< the same while only this job ran; none: not measured

  std::optional<double> slowdown() const {
    if (!alone_us || *alone_us <= 0) return {};
    return collective.time_us / *alone_us;
  }
};

/// All collectives of such a workload.
struct ConcurrentTotal {
  std::string workload;
  std::uint64_t collectives = 0;
  double time_us = 0;                      ///< from the first start to the last end
  double wirebw_GBps = 0;                  ///< payload of the busiest link direction / time
  std::optional<double> alone_longest_us;  ///< of the jobs, all their runs; none: not measured
  std::optional<double> alone_sum_us;      ///< of one job after the other
};

struct TrafficRow {
  std::string workload;
  std::string pattern;
  std::string partition;               ///< whose sources; empty: all, of the whole platform
  bool has_partitions = false;         ///< rows of the partitions follow
  std::optional<double> offered_load;  ///< fraction of what the protocol can carry; closed: none
  double throughput = 0;               ///< accepted, in the unit of offered_load
  double delivered_GBps = 0;           ///< ... as payload of all sources together
  std::uint64_t requests = 0;          ///< measured
  std::uint64_t failed_requests = 0;   ///< ... answered with an error: only where faults may be
  /// False: no latency was recorded (observe.statistics), what follows up to the wait says nothing.
  bool has_latencies = true;
  double mean_latency_ns = 0;
  double p50_latency_ns = 0;
  double p99_latency_ns = 0;
  double max_latency_ns = 0;
  double mean_wait_slots =
      0;                   ///< (mean latency - zero-load latency) / time of one packet on its link
  bool saturated = false;  ///< throughput fell behind the offered load, or the drain did not end
};

/// What a search for saturation ended with: the largest load that was carried in full, the smallest
/// that was not, and what was delivered at each. One of the two is missing when the first or the
/// last load of the sweep decided.
struct SaturationRow {
  std::string workload;
  std::string pattern;
  std::optional<double> carried_load;
  std::optional<double> saturated_load;
  std::optional<double> carried_GBps;    ///< payload of all sources together
  std::optional<double> saturated_GBps;  ///< ... at the load that was too much
};

/// Replay of a trace: what was understood, and where the time went, of the slowest rank.
struct TraceRow {
  std::string workload;
  std::uint32_t ranks = 0;
  double time_us = 0;
  double compute_us = 0;
  double communication_us = 0;
  double exposed_communication_us = 0;
  double exposed_share = 0;  ///< exposed_communication_us / time_us
  std::uint64_t transfers = 0;
  std::uint64_t transfer_bytes = 0;
  std::vector<std::string> understood;  ///< lines for a person
  std::vector<std::string> ignored;
};

/// One operation of one size from a port of one kind to a port of another, on an idle fabric: what
/// the closed form says, and what LT and AT do. Throughputs are payload; below 0: not measured.
struct PairRow {
  std::string workload;
  std::string from;       ///< endpoint that asks
  std::string to;         ///< endpoint that answers
  std::string from_link;  ///< protocol and width: "pcie x16"
  std::string to_link;
  std::string operation;
  std::uint32_t size_bytes = 0;  ///< an atomic: of its operands
  std::string status;            ///< "ok", or the TLM-2.0 response status that refused it
  std::string refusal;           ///< why, in words
  double formula_ns = -1;
  double lt_ns = -1;
  double at_ns = -1;
  double tolerance_ns = 0;  ///< 0: formula and AT must be equal to the picosecond
  bool equal = false;
  double one_way_GBps = -1;
  double one_way_formula_GBps = -1;
  std::string one_way_bound;   ///< what the formula takes as the limit
  double both_ways_GBps = -1;  ///< of the two directions together
  double both_ways_formula_GBps = -1;
  std::string parts;  ///< of formula_ns, as text; empty unless asked for

  double one_way_share() const { return one_way_GBps / one_way_formula_GBps; }
  double both_ways_share() const { return both_ways_GBps / both_ways_formula_GBps; }
};

/// One direction of a link of one port group, saturated, on its own. Shares are of what the line
/// carries when nothing fails and nothing binds.
struct GoodputRow {
  std::string workload;
  std::string link;          ///< "switch.group"
  std::string protocol;      ///< and lanes: "pcie x16"
  double cable_m = -1;       ///< below 0: as the port is
  double unit_ns = 0;        ///< one unit of replay on the line
  double round_trip_ns = 0;  ///< from a unit's first bit until its acknowledgement is back
  std::uint64_t depth_units = 0;
  double failure_ns = 0;  ///< link time that one failure costs that stands alone
  double failure_probability = 0;
  std::uint64_t units = 0;
  std::uint64_t failed = 0;
  std::uint64_t timeouts = 0;  ///< beyond those that a failure which stands alone takes
  double lost_share_formula = 0;
  double lost_share_expected = 0;  ///< the same with as many failures and timeouts as there were
  double lost_share = 0;
  double tolerance = 0;       ///< five standard deviations, the third order, a train in the buffer
  bool buffer_binds = false;  ///< the replay buffer is shorter than the round trip
  bool decided = true;        ///< the tolerance is small enough for `equal` to mean something
  bool equal = false;
};

/// Tokens to k of E experts, or their results back, one way to do it. Below 0: it has none.
struct MoeRow {
  std::string workload;
  std::string phase;   ///< dispatch, combine
  std::string naming;  ///< unicast, table, bitmap, list (of members in each packet)
  std::uint32_t experts = 0;
  std::uint32_t top_k = 0;
  std::uint32_t senders = 0;
  std::uint64_t tokens = 0;  ///< of all senders
  std::int64_t table_groups = -1;
  double reprogram_ns = -1;  ///< from a miss to the first packet that may use the group
  double time_us = 0;
  double hit_rate = -1;
  std::int64_t updates = -1;
  double miss_wait_ns = -1;   ///< mean over tokens that missed
  double stalled_share = -1;  ///< of the senders' time: nothing to send but what waits for a group
  double sender_bytes = 0;    ///< payload that who sends puts on its link, mean
  double receiver_bytes = 0;  ///< ... that who receives takes from it, mean
  double gain = 1;            ///< time by unicast / time
};

/// One direction of one device link over one workload row. The four shares add up to 1.
struct LinkRow {
  std::string workload;   ///< workload and row, e.g. "all_reduce[1048576]"
  std::string link;       ///< "switch.port"
  std::string direction;  ///< "to_switch" or "to_device"
  std::uint64_t payload_bytes = 0;
  std::uint64_t wire_bytes = 0;  ///< payload and headers, flit framing not counted
  std::uint64_t packets = 0;     ///< trains
  std::uint64_t link_packets = 0;
  double elapsed_us = 0;
  double busy_share = 0;
  double blocked_credit_share = 0;
  double blocked_arbiter_share = 0;
  double idle_share = 0;
  /// Messages that told of credits freed at the receiver; -1: the protocol has none.
  std::int64_t credit_updates = -1;
};

/// What one port saw of faults over the whole run.
struct FaultRow {
  std::string link;         ///< "switch.port"
  std::string state;        ///< of the link at the end of the run: up, down, train, ...
  std::uint32_t lanes = 0;  ///< in use then; 0: the protocol has none
  double raw_GBps = 0;      ///< line rate then
  bool degraded = false;    ///< fewer lanes or a lower rate than it was built with
  std::uint64_t link_failures = 0;
  std::uint64_t recoveries = 0;              ///< trained anew, nothing lost
  std::uint64_t trains_lost = 0;             ///< on the wire when the link failed
  std::uint64_t trains_dropped = 0;          ///< at the egress of the dead link
  std::uint64_t error_responses = 0;         ///< of the device or of the switch in its place
  std::uint64_t completion_timeouts = 0;     ///< of the requester behind the port
  std::uint64_t unexpected_completions = 0;  ///< for requests given up before
  std::uint64_t access_violations = 0;       ///< blocked or hidden by access control
  std::uint64_t refused_requests = 0;        ///< no window, or no such request
  std::uint64_t stray_responses = 0;         ///< of the device: nobody had asked
  std::uint64_t credits_surplus = 0;         ///< given back though nobody had taken them
  std::uint64_t credits_missing = 0;         ///< lost or stuck at the end, header plus data

  bool any() const {
    return state != "up" || degraded ||
           link_failures + recoveries + trains_lost + trains_dropped + error_responses +
                   completion_timeouts + unexpected_completions + access_violations +
                   refused_requests + stray_responses + credits_surplus + credits_missing !=
               0;
  }
};

/// An entry of a schedule of faults that had no effect.
struct IdleFaultRow {
  std::string entry;  ///< "faults.events[3]"
  std::string link;   ///< as the entry names it
  double at_us = 0;
  std::string what;       ///< as it is written
  bool happened = false;  ///< its time came
  std::string why;        ///< it had no effect
};

/// What one direction of a link that is not perfect did about it over the whole run.
struct ReplayRow {
  std::string link;         ///< "switch.port"
  std::string direction;    ///< "to_switch" or "to_device"
  std::uint64_t units = 0;  ///< of replay, sent for the first time
  std::uint64_t repaired = 0;
  std::uint64_t failed = 0;
  std::uint64_t resent = 0;
  std::uint64_t requests = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t bad_sequence = 0;
  std::uint64_t poisoned = 0;
  double lost_us = 0;
  std::uint64_t gave_up = 0;
  std::string reason;  ///< after what; empty: it did not
  /// What the protocol's own documents count of replay and of credits, by name (Ethernet only).
  std::vector<protocols::NamedCount> counters;
};

/// One record of a port's error log.
struct ErrorRow {
  std::string link;  ///< "switch.port"
  double at_us = 0;
  std::string error;     ///< kind, as `antares list columns` names them
  std::string severity;  ///< correctable, nonfatal, fatal
  bool first = false;    ///< of its severity at this port
  /// Header of the packet that is to blame; without one `packet` is empty.
  std::string packet;
  std::string status;  ///< of its answer, as the link's protocol calls it; empty: it has none
  std::uint32_t source = 0;
  std::optional<std::uint32_t> destination;  ///< nothing: the address is nobody's
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
};

/// The time line of a port's move to another partition. Below 0: that did not come.
struct MoveRow {
  std::string port;  ///< "switch.port"
  std::string from;
  std::string to;
  std::string outcome;  ///< moved, timed_out, refused; draining, updating: the run ended before
  double started_ns = -1;
  double drained_ns = -1;
  double moved_ns = -1;
  double restarted_ns = -1;
  std::uint64_t in_flight = 0;  ///< transactions of the port when it started
  std::uint64_t held = 0;       ///< requesters that waited when it ended
  std::string reason;           ///< why not
};

/// What a port made of requests to groups, over the whole run.
struct MulticastRow {
  std::string port;  ///< "switch.port", by which they came in
  std::uint64_t packets = 0;
  std::uint64_t copies = 0;
  std::uint64_t refused = 0;
  std::uint64_t copies_refused = 0;
  std::uint64_t copies_failed = 0;
  std::uint64_t copies_timed_out = 0;
  std::uint64_t members_dropped = 0;
};

/// A change of a group in one switch.
struct GroupUpdateRow {
  std::string switch_name;
  std::string group;
  std::uint64_t members = 0;
  double asked_ns = 0;
  double in_force_ns = -1;  ///< below 0: it was refused
  std::string refusal;
  std::string sent_by;  ///< endpoint that wrote it into the table; empty: nobody
  double sent_ns = -1;  ///< handed to the sender's port; below 0: nothing was sent
  std::uint64_t sent_bytes = 0;
  std::uint64_t wire_bytes = 0;  ///< of the write, on the sender's link
};

struct Totals {
  std::optional<std::uint64_t> packets_delivered;  ///< counted by the scoreboard, if there is one
  std::uint64_t packet_hops = 0;
  std::uint64_t kernel_events = 0;
  std::uint64_t model_events = 0;
  double simulated_us = 0;
};

/// Takes rows as they come. Called between simulations' events, never inside the packet path.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual void collective(const CollectiveRow& row) = 0;
  virtual void concurrent(const ConcurrentRow&) {}          ///< only concurrent workloads have any
  virtual void concurrent_total(const ConcurrentTotal&) {}  ///< likewise
  virtual void traffic(const TrafficRow& row) = 0;
  virtual void partition_traffic(const TrafficRow&) {}  ///< behind each row, where there are some
  virtual void saturation(const SaturationRow&) {}      ///< only searches for it have any
  virtual void trace(const TraceRow& row) = 0;
  virtual void pair(const PairRow&) {}                  ///< only pairs workloads have any
  virtual void goodput(const GoodputRow&) {}            ///< only goodput workloads have any
  virtual void moe(const MoeRow&) {}                    ///< only moe workloads have any
  virtual void faults(const std::vector<FaultRow>&) {}  ///< only runs with faults have any
  virtual void idle_faults(const std::vector<IdleFaultRow>&) {}  ///< only runs with faults have any
  virtual void replays(const std::vector<ReplayRow>&) {}         ///< only runs with faults have any
  virtual void errors(const std::vector<ErrorRow>&) {}           ///< only runs with faults have any
  virtual void moves(const std::vector<MoveRow>&) {}             ///< only runs in which ports move
  virtual void multicast(const std::vector<MulticastRow>&) {}    ///< only runs with groups have any
  virtual void group_updates(const std::vector<GroupUpdateRow>&) {}  ///< likewise
  virtual void links(const std::vector<LinkRow>& rows) = 0;
  /// A line of progress for a person at a terminal: done in 0..1.
  virtual void progress(const std::string& what, double done) = 0;
};

}  // namespace antares::platforms
