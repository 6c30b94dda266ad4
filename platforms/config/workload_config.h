// SPDX-License-Identifier: Apache-2.0
// What a platform is asked to do: collectives, several of them at once, synthetic traffic,
// execution traces, a survey of its port kinds pair by pair. Plain structs with defaults, usable
// from C++ without YAML; each lists its keys once (protocols/common/fields.h). Unit of time: in
// each key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/platforms/config/collective_workload.h"
#include "antares/platforms/config/concurrent_config.h"
#include "antares/platforms/config/model_config.h"
#include "antares/platforms/config/moe_config.h"

namespace antares::platforms {

enum class WorkloadKind : std::uint8_t {
  collective,
  concurrent,
  traffic,
  trace,
  pairs,
  goodput,
  moe
};

enum class TrafficPattern : std::uint8_t {
  uniform,
  permutation,
  transpose,
  hot_spot,
  incast,
  multicast
};
enum class ArrivalProcess : std::uint8_t { bernoulli, poisson, on_off };
enum class LoopMode : std::uint8_t { open, closed };

/// One size of a packet-size mix.
struct PacketSize {
  std::uint32_t bytes = 256;
  double weight = 1;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PacketSize;
    visit("bytes", &C::bytes, "Payload of one request").range(1, 1 << 20).required();
    visit("weight", &C::weight, "Share of requests of this size, relative to the other weights")
        .range(0, 1e9);
  }
};

/// Loads tried one after the other, or by bisection.
struct LoadSweep {
  double from = 0.1;
  double to = 1.0;
  double step = 0.1;
  bool find_saturation = false;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LoadSweep;
    visit("from", &C::from, "First load").range(0.001, 1);
    visit("to", &C::to, "Last load, included").range(0.001, 1);
    visit("step", &C::step, "Distance of two loads; with find_saturation: how close to get")
        .range(0.0001, 1);
    visit(
        "find_saturation", &C::find_saturation,
        "Narrow in on the largest load that is still carried in full, instead of trying them all");
  }
};

struct TrafficWorkload {
  TrafficPattern pattern = TrafficPattern::uniform;
  ArrivalProcess arrivals = ArrivalProcess::bernoulli;
  LoopMode mode = LoopMode::open;
  std::vector<double> offered_load = {0.5};
  std::optional<LoadSweep> sweep;
  std::uint32_t window = 16;
  double read_fraction = 0;
  std::vector<PacketSize> packets = {PacketSize{}};
  double hot_spot_fraction = 0.5;
  std::string hot_spot_target;
  double burst_on_packets = 16;
  double burst_off_packets = 16;
  double warmup_us = 20;
  double measure_us = 100;
  std::optional<double> drain_us;
  std::uint64_t warmup_slots = 0;
  std::uint64_t measure_slots = 0;
  std::vector<std::string> sources;
  std::vector<std::string> groups;  ///< multicast; none: all of the platform

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = TrafficWorkload;
    visit(
        "pattern", &C::pattern,
        "Who sends to whom: uniform (anyone but oneself, slotted: anyone), permutation (fixed "
        "partners), transpose, hot_spot, incast (all to one), multicast (each to groups that it is "
        "in)")
        .names({{"uniform", TrafficPattern::uniform},
                {"permutation", TrafficPattern::permutation},
                {"transpose", TrafficPattern::transpose},
                {"hot_spot", TrafficPattern::hot_spot},
                {"incast", TrafficPattern::incast},
                {"multicast", TrafficPattern::multicast}});
    visit("arrivals", &C::arrivals, "bernoulli (a coin a slot), poisson, or on_off (bursts)")
        .names({{"bernoulli", ArrivalProcess::bernoulli},
                {"poisson", ArrivalProcess::poisson},
                {"on_off", ArrivalProcess::on_off}})
        .when("mode", "open");
    visit("mode", &C::mode,
          "open: requests arrive at the offered load whatever happens; closed: each source keeps "
          "`window` requests in flight")
        .names({{"open", LoopMode::open}, {"closed", LoopMode::closed}});
    visit(
        "offered_load", &C::offered_load,
        "Open loop: payload asked for, as a fraction of what the protocol can carry; one run each")
        .range(0.0001, 1)
        .items(1, 1000)
        .when("mode", "open");
    visit("sweep", &C::sweep, "Open loop: a range of loads in place of offered_load")
        .when("mode", "open");
    visit("window", &C::window, "Closed loop: requests in flight a source")
        .range(1, 65536)
        .when("mode", "closed");
    visit("read_fraction", &C::read_fraction, "Share of requests that are reads").range(0, 1);
    visit("packets", &C::packets, "Sizes of the requests and how often each occurs").items(1, 64);
    visit("hot_spot_fraction", &C::hot_spot_fraction, "Share of requests that go to the hot spot")
        .range(0, 1);
    visit("hot_spot_target", &C::hot_spot_target,
          "Endpoint that hot_spot and incast aim at; empty: the first that can be a target");
    visit("burst_on_packets", &C::burst_on_packets, "Mean length of a burst (arrivals: on_off)")
        .range(1, 1e6)
        .when("arrivals", "on_off");
    visit("burst_off_packets", &C::burst_off_packets,
          "Mean pause between two bursts, in packet times, at an offered load of 0.5; scaled to "
          "meet the load")
        .range(0, 1e6)
        .when("arrivals", "on_off");
    visit("warmup_us", &C::warmup_us, "Simulated before anything is counted").range(0, 1e9);
    visit("measure_us", &C::measure_us, "Simulated while counting").range(0.001, 1e9);
    visit("drain_us", &C::drain_us,
          "Longest wait for the last answers; then it is a failure. Left out: 1000, with `faults` "
          "1000 more than the longest completion_timeout_us")
        .range(0, 1e9);
    visit("warmup_slots", &C::warmup_slots, "Slotted switches: replaces warmup_us when not 0")
        .range(0, 1e12);
    visit("measure_slots", &C::measure_slots, "Slotted switches: replaces measure_us when not 0")
        .range(0, 1e12);
    visit("sources", &C::sources, "Endpoints that send; empty: every accelerator and host")
        .items(0, 1024);
    visit("groups", &C::groups,
          "Groups that pattern multicast sends to, each source to those it is a member of; left "
          "out: all of the platform")
        .items(1, 65536);
  }
};

enum class TraceFormat : std::uint8_t { automatic, chakra, simai, param };
enum class DurationUnit : std::uint8_t { automatic, ns, us };

/// Replay of execution traces, or of a model's step. Paths are relative to the description's file.
struct TraceWorkload {
  std::string input;
  std::optional<ModelConfig> model;
  TraceFormat format = TraceFormat::automatic;
  std::string groups_file;
  std::string algorithm = "auto";
  double compute_scale = 1.0;
  DurationUnit duration_unit = DurationUnit::automatic;
  std::uint32_t job_ranks = 0;  ///< 0: as the trace says

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = TraceWorkload;
    visit("input", &C::input,
          "A Chakra .et file, a folder of them (one a rank), or a .tar.gz of them; a SimAI layer "
          "file; PARAM's list of communications or a PyTorch execution trace in JSON");
    visit("model", &C::model, "In place of an input: a step of a model, made from its shape");
    visit("format", &C::format, "auto: seen from the content; or one that the input must have")
        .names({{"auto", TraceFormat::automatic},
                {"chakra", TraceFormat::chakra},
                {"simai", TraceFormat::simai},
                {"param", TraceFormat::param}});
    visit("groups_file", &C::groups_file, "JSON file with the members of each process group");
    visit("algorithm", &C::algorithm,
          "Algorithm of the trace's collectives: auto, a name, or in_switch (each as `auto` of a "
          "collective where the switches copy and reduce)");
    visit("compute_scale", &C::compute_scale, "Factor on the durations of compute nodes")
        .range(0, 1e6);
    visit("duration_unit", &C::duration_unit,
          "Unit of the durations in the trace; auto: us in Chakra, ns in SimAI layer files")
        .names({{"auto", DurationUnit::automatic},
                {"ns", DurationUnit::ns},
                {"us", DurationUnit::us}});
    visit(
        "job_ranks", &C::job_ranks,
        "SimAI: ranks to run in place of the file's all_gpus (data-parallel groups shrink, others "
        "stay); 0: all of them")
        .range(0, 65535);
  }
};

enum class PairScope : std::uint8_t { all, within_groups };
enum class PairOperation : std::uint8_t {
  write,
  read,
  fetch_add,
  swap,
  compare_and_swap,
  deferrable_write
};

/// Every ordered pair of kinds of endpoint ports: closed form against LT and AT.
struct PairsWorkload {
  PairScope pairs = PairScope::all;
  std::vector<PairOperation> operations = {PairOperation::write, PairOperation::read,
                                           PairOperation::fetch_add};
  std::vector<std::uint32_t> bytes = {64, 256};
  std::uint32_t operand_bytes = 8;
  bool throughput = true;
  std::uint32_t measure_requests = 2000;
  bool parts = false;

  /// The others are atomics, whose size is that of their operands.
  static bool sized_by_bytes(PairOperation operation) {
    return operation == PairOperation::write || operation == PairOperation::read ||
           operation == PairOperation::deferrable_write;
  }

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PairsWorkload;
    visit("pairs", &C::pairs,
          "all: every ordered pair of port groups with endpoints; within_groups: only from a group "
          "to itself")
        .names({{"all", PairScope::all}, {"within_groups", PairScope::within_groups}});
    visit("operations", &C::operations,
          "write (store), read (load), the atomics, and deferrable_write: a write whose requester "
          "waits for the completer's answer also where writes are posted (PCIe: DMWr)")
        .names({{"write", PairOperation::write},
                {"read", PairOperation::read},
                {"fetch_add", PairOperation::fetch_add},
                {"swap", PairOperation::swap},
                {"compare_and_swap", PairOperation::compare_and_swap},
                {"deferrable_write", PairOperation::deferrable_write}})
        .items(1, 6);
    visit("bytes", &C::bytes, "Sizes of reads and writes").range(1, 1 << 20).items(1, 100);
    visit("operand_bytes", &C::operand_bytes, "Size of an atomic's operand").one_of({4, 8, 16});
    visit("throughput", &C::throughput,
          "Also saturate each pair, one way and both ways; false: latencies only");
    visit("measure_requests", &C::measure_requests,
          "Requests of each direction that a throughput is taken over, at least five windows of "
          "them, "
          "after two to warm up")
        .range(10, 1e6);
    visit("parts", &C::parts, "Also list the parts that each latency is made of");
  }
};

/// What is left of one direction of a link when its units fail, or its replay buffer is too small:
/// closed form against the model's own link, without the rest of the switch.
struct GoodputWorkload {
  std::vector<double> failure_probabilities = {1e-6, 5e-6, 1e-5, 1e-4, 1e-3};
  std::vector<double> cables_m;
  std::uint32_t failures = 300;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = GoodputWorkload;
    visit("failure_probabilities", &C::failure_probabilities,
          "Probabilities that a unit of replay (flit, frame, packet) is broken after FEC; 0: what "
          "the replay buffer alone lets through")
        .range(0, 0.1)
        .items(1, 100);
    visit("cables_m", &C::cables_m,
          "Lengths of cable, in place of the ports' propagation_ns; empty: as the ports are")
        .range(0.1, 10'000)
        .items(0, 1000)
        .assumption("5 ns a metre, as propagation_ns");
    visit("failures", &C::failures, "Failures waited for a row, where 1e8 units bring so many")
        .range(10, 1e6);
  }
};

struct WorkloadDescription {
  std::string name;
  WorkloadKind kind = WorkloadKind::collective;
  CollectiveWorkload collective;
  ConcurrentWorkload concurrent;
  TrafficWorkload traffic;
  TraceWorkload trace;
  PairsWorkload pairs;
  GoodputWorkload goodput;
  MoeWorkload moe;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = WorkloadDescription;
    visit("name", &C::name, "Name in tables and for --workload").required().identifier();
    visit("kind", &C::kind, "collective, concurrent, traffic, trace, pairs, goodput or moe")
        .names({{"collective", WorkloadKind::collective},
                {"concurrent", WorkloadKind::concurrent},
                {"traffic", WorkloadKind::traffic},
                {"trace", WorkloadKind::trace},
                {"pairs", WorkloadKind::pairs},
                {"goodput", WorkloadKind::goodput},
                {"moe", WorkloadKind::moe}})
        .required();
    visit("collective", &C::collective, "A collective over a range of sizes")
        .when("kind", "collective");
    visit("concurrent", &C::concurrent,
          "Several collectives at once, in groups of ranks, each also alone")
        .when("kind", "concurrent");
    visit("traffic", &C::traffic, "Synthetic traffic").when("kind", "traffic");
    visit("trace", &C::trace, "Replay of an execution trace").when("kind", "trace");
    visit("pairs", &C::pairs, "Latency and throughput between the kinds of ports")
        .when("kind", "pairs");
    visit("goodput", &C::goodput, "What replay leaves of the links, each on its own")
        .when("kind", "goodput");
    visit("moe", &C::moe, "Tokens to k of E experts and back, with the switch's help and without")
        .when("kind", "moe");
  }
};

}  // namespace antares::platforms
