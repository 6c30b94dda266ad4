// SPDX-License-Identifier: Apache-2.0
// A platform as one tree of plain structs: switches with their ports, endpoints and where they are
// attached, workloads, how to run. Fill it in C++ or read it from YAML (platform_loader.h); what
// counts are the same structs. `count` stands for that many equal parts: expansion.h spells them
// out. Unit of time: in each key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/models/crossbar/crossbar_config.h"
#include "antares/models/host/host_config.h"
#include "antares/models/memory/memory_config.h"
#include "antares/models/observe/packet_trace_config.h"
#include "antares/models/plane_spreader/plane_config.h"
#include "antares/models/port/port_config.h"
#include "antares/models/reduction/reduction_config.h"
#include "antares/platforms/config/accelerator_description.h"
#include "antares/platforms/config/fault_config.h"
#include "antares/platforms/config/group_config.h"
#include "antares/platforms/config/hypercast_description.h"
#include "antares/platforms/config/parameters.h"
#include "antares/platforms/config/partition_config.h"
#include "antares/platforms/config/schedule_limit.h"
#include "antares/platforms/config/topology_config.h"
#include "antares/platforms/config/workload_config.h"
#include "antares/protocols/any_link/any_link_config.h"
#include "antares/protocols/common/fields.h"
#include "antares/protocols/pcie/acs.h"

namespace antares::platforms {

inline constexpr unsigned kDescriptionVersion = 1;
inline constexpr unsigned kMaxPortsPerSwitch = 160;  ///< x2 on 320 lanes
inline constexpr std::int32_t kLanesInOrder = -1;
inline constexpr unsigned kMaxSwitches = 1024;
inline constexpr unsigned kMaxEndpoints = 1024;  ///< EndpointId is used with 10 bits

/// A change of a link's width while it is in use.
struct LinkWidthChange {
  double at_us = 0;
  std::uint32_t lanes = 1;
  bool device_asks = false;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LinkWidthChange;
    visit("at_us", &C::at_us, "Simulated time of the request").range(0, 1e9).required();
    visit("lanes", &C::lanes, "Width asked for").one_of({1, 2, 4, 8, 16}).required();
    visit("device_asks", &C::device_asks, "The device asks; false: the switch does");
  }
};

/// `count` ports of one kind. With count 1 the port is called `name`, else `name`0, `name`1, ...
struct PortGroup : protocols::AnyLinkConfig {
  std::string name;
  std::uint32_t count = 1;
  std::int32_t first_lane = kLanesInOrder;
  double propagation_ns = 5;
  double credit_update_ns = 20;
  models::PostedResponse posted_response = models::PostedResponse::at_delivery;
  models::PortRole role = models::PortRole::downstream;
  std::optional<protocols::AcsConfig> acs;
  std::vector<LinkWidthChange> width_changes;
  bool connected = true;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PortGroup;
    visit("name", &C::name, "Name of the port; with count > 1 of the group: name0, name1, ...")
        .required()
        .identifier();
    visit("count", &C::count, "Number of equal ports").range(1, kMaxPortsPerSwitch);
    AnyLinkConfig::list_fields<C>(visit);
    visit("first_lane", &C::first_lane,
          "First lane of the first port; the others follow. -1: the next lanes that fit, in the "
          "order of the groups")
        .range(kLanesInOrder, 319);
    visit("propagation_ns", &C::propagation_ns, "Cable or trace, one way")
        .range(0, 1e6)
        .assumption("about 1 m of cable at 5 ns a metre");
    visit("credit_update_ns", &C::credit_update_ns,
          "Buffer freed until the sender may use its credit, less propagation")
        .range(0, 1e6)
        .assumption("no public figure; a few flit times at x16 and 64 GT/s");
    visit("posted_response", &C::posted_response,
          "When a posted write is answered: at_delivery (with the target's status) or at_accept "
          "(as PCIe does, once the link has taken it)")
        .names({{"at_delivery", models::PostedResponse::at_delivery},
                {"at_accept", models::PostedResponse::at_accept}});
    visit("role", &C::role,
          "Place in a PCIe tree, for access control: downstream, or upstream (the root's port)")
        .names({{"downstream", models::PortRole::downstream},
                {"upstream", models::PortRole::upstream}})
        .when("protocol", "pcie");
    visit("acs", &C::acs, "PCIe access control of these ports; without it requests go directly")
        .when("protocol", "pcie");
    visit("width_changes", &C::width_changes,
          "Changes of width while in use (PCIe L0p, flit mode), for each port of the group")
        .items(0, 1000);
    visit("connected", &C::connected, "false: these ports are left open on purpose");
  }
};

struct SwitchDescription {
  std::string name;
  std::uint32_t count = 1;
  std::uint32_t lanes = 320;
  std::uint32_t lane_block = 16;
  models::HopLatency latency;
  models::CrossbarConfig crossbar;
  models::BridgeConfig bridge;
  std::optional<HypercastDescription> hypercast;
  std::optional<models::ReductionConfig> reduction;
  double root_turnaround_ns = 200;
  std::vector<PortGroup> ports;
  std::vector<PartitionDescription> partitions;
  std::vector<AccessDescription> access;
  PortMovesDescription port_moves;
  std::vector<PartitionResetEvent> partition_resets;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = SwitchDescription;
    visit("name", &C::name, "Name of the switch; with count > 1: name0, name1, ...")
        .required()
        .identifier();
    visit("count", &C::count,
          "Number of equal switches; the resolved description lists them one by one")
        .range(1, kMaxSwitches);
    visit("lanes", &C::lanes, "Lanes of the part: its ports may not use more")
        .range(1, 320)
        .source("public: facts/product_and_collectives.md 1.1, 320 lanes in one ASIC (V)");
    visit("latency", &C::latency, "Fixed delays of one pass through the switch, by cause");
    visit("lane_block", &C::lane_block,
          "Lanes of a bifurcation block: a port of a power of two of lanes starts at a multiple of "
          "its width and stays within one block")
        .one_of({4, 8, 16, 32})
        .assumption(
            "x16 is the widest port of the part (public), how its lanes are grouped is "
            "not published");
    visit("crossbar", &C::crossbar, "Queues, arbiter and speed-up");
    visit("root_turnaround_ns", &C::root_turnaround_ns,
          "Time in which the root complex sends on what access control redirected to it")
        .range(0, 1e6)
        .assumption("no public figure; a memory access of the root is 150-300 ns");
    visit("bridge", &C::bridge, "Where ports of different protocols meet");
    visit(
        "reduction", &C::reduction,
        "Engines behind the crossbar's outputs that combine contributions and answers; without it "
        "nothing is reduced, at no cost. Needs hypercast");
    visit("hypercast", &C::hypercast,
          "The engine that makes copies for groups; without it the switch has none")
        .source(
            "public: that the engine exists (facts/product_and_collectives.md 1.2, V); no number "
            "of it is");
    visit("ports", &C::ports, "Groups of equal ports").required().items(1, kMaxPortsPerSwitch);
    visit("partitions", &C::partitions,
          "Virtual switches; without any all ports see each other. A port in none of them is a "
          "spare: it sees nobody")
        .items(0, kMaxPartitions);
    visit("access", &C::access, "Lists that bound what may enter by a port").items(0, 1000);
    visit("port_moves", &C::port_moves, "Ports that move between partitions while it runs");
    visit("partition_resets", &C::partition_resets,
          "Partitions that are reset while it runs; needs a `faults` section")
        .items(0, kMaxScheduleEntries);
  }
};

enum class EndpointKind : std::uint8_t { accelerator, memory, host };

/// `count` endpoints of one kind, attached to as many ports.
struct EndpointDescription {
  std::string name;
  std::uint32_t count = 1;
  EndpointKind kind = EndpointKind::accelerator;
  std::string attach;
  std::optional<models::PlaneConfig> planes;
  AcceleratorDescription accelerator;
  models::MemoryConfig memory;
  models::HostConfig host;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = EndpointDescription;
    visit("name", &C::name, "Name of the endpoint; with count > 1: name0, name1, ...")
        .required()
        .identifier();
    visit("count", &C::count, "Number of equal endpoints").range(1, kMaxEndpoints);
    visit("kind", &C::kind, "accelerator, memory or host")
        .names({{"accelerator", EndpointKind::accelerator},
                {"memory", EndpointKind::memory},
                {"host", EndpointKind::host}});
    visit("attach", &C::attach,
          "Ports they sit on: switch.group (endpoint k to port k), switch.group[3], "
          "switch.group[0..9] or switch.port; of several switches: leaf[*].group, "
          "leaf[0..3].group, every second leaf[0..6:2].group; several of these with commas between "
          "them")
        .required();
    visit("planes", &C::planes,
          "Each endpoint has ports on several switches that no links connect, and deals its "
          "requests among them by address");
    visit("accelerator", &C::accelerator, "The accelerator").when("kind", "accelerator");
    visit("memory", &C::memory, "The memory").when("kind", "memory");
    visit("host", &C::host, "The host").when("kind", "host");
  }
};

struct RunConfig {
  std::uint64_t seed = 1;
  std::uint64_t train_bytes = 0;
  double watchdog_us = 1000;
  double starvation_us = 20'000;
  double max_simulated_ms = 10000;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = RunConfig;
    visit("seed", &C::seed, "Seed of all random streams; each object derives its own by name");
    visit(
        "train_bytes", &C::train_bytes,
        "Payload moved as one event; 0: one link packet (exact), larger: faster, see the notes on "
        "trains")
        .range(0, 1 << 20);
    visit("watchdog_us", &C::watchdog_us,
          "Simulated time with work waiting and nothing moving until the run is given up with a "
          "diagnosis (observe.watchdog). What waits for an engine's open context ends by "
          "reduction.timeout_us, and is not given up before")
        .range(1, 1e9);
    visit("starvation_us", &C::starvation_us,
          "Simulated time that one request may wait for its answer while others move; then the run "
          "is given up and names it (observe.watchdog). 0: as long as it likes")
        .range(0, 1e9)
        .assumption(
            "some times what a request waits in the worst incast of the largest switch, and twice "
            "the default completion timeout");
    visit("max_simulated_ms", &C::max_simulated_ms, "The run fails when it takes longer")
        .range(0.001, 1e9);
  }
};

/// Who watches a run. What is off is left out of the results, never shown as zero.
struct ObserveConfig {
  bool statistics = true;
  bool scoreboard = true;
  bool watchdog = true;
  models::PacketTraceConfig trace;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ObserveConfig;
    visit("statistics", &C::statistics,
          "Latency of each request, for its mean and percentiles. Counters of ports are always on: "
          "bandwidth is worked out from them");
    visit("scoreboard", &C::scoreboard, "Check that each packet arrives once, whole and in order");
    visit(
        "watchdog", &C::watchdog,
        "Give a run up in which nothing moves (run.watchdog_us); off: it ends only when nothing is "
        "left to happen, or at run.max_simulated_ms");
    visit("trace", &C::trace, "What the packet trace of `antares run --trace FILE` shows");
  }
};

struct PlatformConfig {
  std::uint32_t antares = kDescriptionVersion;
  std::string name;
  std::string description;
  /// Empty once a description is loaded: its references are resolved by then.
  std::vector<ParameterDescription> parameters;
  std::vector<SwitchDescription> switches;
  std::vector<LinkDescription> links;
  RoutingDescription routing;
  std::vector<EndpointDescription> endpoints;
  std::vector<GroupDescription> groups;
  std::vector<WorkloadDescription> workloads;
  std::vector<PodResetEvent> pod_resets;
  std::optional<FaultsDescription> faults;
  RunConfig run;
  ObserveConfig observe;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PlatformConfig;
    visit("antares", &C::antares, "Version of this format")
        .one_of({kDescriptionVersion})
        .required();
    visit("name", &C::name, "Name of the platform").required().identifier();
    visit("description", &C::description, "What it is, in one line");
    visit("parameters", &C::parameters, "Values that the rest refers to as ${name}").items(0, 100);
    visit("switches", &C::switches, "The switches").required().items(1, kMaxSwitches);
    visit("links", &C::links, "Links between switches").items(0, 100'000);
    visit("routing", &C::routing, "How packets find their way over several switches");
    visit("endpoints", &C::endpoints, "What is attached to the ports").items(0, kMaxEndpoints);
    visit("groups", &C::groups, "Endpoints that get copies of what is sent to one address")
        .items(0, kMaxGroups);
    visit("workloads", &C::workloads, "What to run, in this order").items(0, 1000);
    visit("pod_resets", &C::pod_resets,
          "Partitions that are reset while it runs, on all switches over which links join them; "
          "needs a `faults` section")
        .items(0, kMaxScheduleEntries);
    visit("faults", &C::faults, "What goes wrong; without it nothing does");
    visit("run", &C::run, "How to run it");
    visit("observe", &C::observe, "Who watches the run");
  }
};

}  // namespace antares::platforms

// Hundreds of keys: instantiated once (platform_config.cpp), not in each file that asks for them.
namespace antares::protocols {
extern template const StructFields& struct_fields<platforms::PlatformConfig>();
}  // namespace antares::protocols
