// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/scenarios.h"

#include <optional>
#include <vector>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/build/traffic_driver.h"
#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/report/packet_trace_file.h"
#include "tb/bench/process_meter.h"

namespace antares::tb {
namespace {

using nlohmann::ordered_json;
using platforms::Platform;
using platforms::PlatformConfig;

constexpr double kPacketFlits = 16;  // crossbar_bench_64: 256 B packets, 16 B flits of 1 ns
constexpr double kPorts = 64;

class LastRows : public platforms::ResultSink {
 public:
  void collective(const platforms::CollectiveRow& row) override { collective_row = row; }
  void traffic(const platforms::TrafficRow& row) override { traffic_row = row; }
  void trace(const platforms::TraceRow&) override {}
  void links(const std::vector<platforms::LinkRow>&) override {}
  void progress(const std::string&, double) override {}

  platforms::CollectiveRow collective_row;
  platforms::TrafficRow traffic_row;
};

PlatformConfig shipped(const std::string& name, const std::vector<std::string>& settings = {}) {
  return platforms::load_platform(platforms::locate_description(name), settings).config;
}

PlatformConfig small_ports(std::uint32_t ports, std::uint32_t lanes) {
  const std::string count = std::to_string(ports);
  return shipped("scorpio_x_80x4",
                 {"switches[0].ports[0].count=" + count, "endpoints[0].count=" + count,
                  "switches[0].ports[0].pcie.lanes=" + std::to_string(lanes)});
}

/// Starts measuring when made.
class Cost {
 public:
  explicit Cost(const Platform& platform)
      : platform_(platform), before_(platform.totals()), cpu_s_(ProcessMeter::cpu_s()) {}

  void add_to(ordered_json& json) const {
    const double cpu_s = ProcessMeter::cpu_s() - cpu_s_;
    const platforms::Totals now = platform_.totals();
    const auto hops = static_cast<double>(now.packet_hops - before_.packet_hops);
    const auto model_events = static_cast<double>(now.model_events - before_.model_events);
    const auto kernel_events = static_cast<double>(now.kernel_events - before_.kernel_events);
    json["cpu_s"] = cpu_s;
    json["packet_hops"] = now.packet_hops - before_.packet_hops;
    json["packet_hops_per_cpu_s"] = hops / cpu_s;
    json["ns_per_packet_hop"] = cpu_s * 1e9 / hops;
    json["model_events_per_packet_hop"] = model_events / hops;
    json["kernel_events_per_packet_hop"] = kernel_events / hops;
    json["simulated_us"] = now.simulated_us - before_.simulated_us;
    json["heap_bytes"] = ProcessMeter::heap_bytes();
    json["resident_bytes"] = ProcessMeter::resident_bytes();
  }

 private:
  const Platform& platform_;
  platforms::Totals before_;
  double cpu_s_;
};

}  // namespace

ordered_json run_crossbar64(const CrossbarScenario& scenario) {
  PlatformConfig config = shipped("crossbar_bench_64");
  config.observe.statistics = scenario.statistics;
  config.observe.scoreboard = scenario.scoreboard;
  config.observe.trace.packets = 0;
  config.run.seed = scenario.seed;
  platforms::WorkloadDescription workload = config.workloads.at(0);
  workload.traffic.offered_load = {scenario.load};
  workload.traffic.warmup_us = scenario.warmup_us;
  // The source queues of a saturated run are not stored, but what the buffers hold has to leave.
  workload.traffic.drain_us = 1e6;
  workload.traffic.measure_us =
      static_cast<double>(scenario.packets) * kPacketFlits * 1e-3 / (kPorts * scenario.load);
  config.run.max_simulated_ms = 1e9;

  Platform platform(config);
  std::optional<platforms::PacketTraceFile> trace;
  if (!scenario.trace.empty()) {
    trace.emplace(scenario.trace, config.observe.trace);
    trace->listen_to(platform);
  }
  LastRows rows;
  platforms::TrafficDriver driver(platform, workload, rows);
  const Cost cost(platform);
  driver.run();
  if (trace) trace->finish(platform.scheduler().now_ps());

  ordered_json json = {{"scenario", "crossbar64"}, {"load", scenario.load}};
  cost.add_to(json);
  const platforms::TrafficRow& row = rows.traffic_row;
  json["measured_flit_times"] = workload.traffic.measure_us * 1e3;
  json["accepted_load"] = row.throughput;
  // Net of fixed delays a packet that meets nobody takes its own 16 flit times.
  if (row.has_latencies) json["mean_latency_flit_times"] = (row.mean_wait_slots + 1) * kPacketFlits;
  if (trace) {
    trace->check();
    json["packets_traced"] = trace->packets().traced;
    json["trace_bytes_per_packet"] =
        static_cast<double>(trace->bytes()) / static_cast<double>(trace->packets().traced);
  }
  return json;
}

ordered_json run_ring(const RingScenario& scenario) {
  PlatformConfig config = small_ports(scenario.ranks, 4);
  config.run.train_bytes = scenario.train_bytes;
  platforms::WorkloadDescription workload = config.workloads.at(0);
  workload.collective.algorithm = scenario.algorithm;
  const bool push = scenario.algorithm == "in_switch_push";
  if (scenario.algorithm != "ring") {
    config.switches[0].hypercast = models::HypercastConfig{};
    config.switches[0].reduction = models::ReductionConfig{};
  }
  config.switches[0].crossbar.input_speedup = scenario.input_speedup;
  config.switches[0].crossbar.output_speedup = scenario.output_speedup;
  workload.collective.bytes = {scenario.bytes};

  Platform platform(config);
  LastRows rows;
  platforms::CollectiveDriver driver(platform, workload, rows);
  const Cost cost(platform);
  driver.run();

  const platforms::PlatformEndpoint& rank0 = platform.endpoints().front();
  const protocols::LinkPolicy& policy = rank0.port->policy();
  const double payload_GBps =
      policy.rate().raw_GBps * policy.efficiency(protocols::PacketKind::write, rank0.request_bytes);
  const double ranks = scenario.ranks;
  // Bytes a direction of a link (facts/product_and_collectives.md 3.0).
  const double share = scenario.algorithm == "ring" ? 2 * (ranks - 1) / ranks
                       : push                       ? 1
                                                    : 1 + 1 / ranks;
  const double bound_us = share * static_cast<double>(scenario.bytes) / payload_GBps * 1e-3;
  ordered_json json = {{"scenario", scenario.algorithm == "ring" ? "ring" : scenario.algorithm},
                       {"ranks", scenario.ranks},
                       {"bytes", scenario.bytes},
                       {"train_bytes", scenario.train_bytes},
                       {"input_speedup", scenario.input_speedup},
                       {"output_speedup", scenario.output_speedup}};
  cost.add_to(json);
  json["effective_train_bytes"] =
      platform.switches().front()->train_bytes(protocols::PacketKind::write);
  json["time_us"] = rows.collective_row.time_us;
  json["bound_us"] = bound_us;
  json["time_over_bound"] = rows.collective_row.time_us / bound_us;
  return json;
}

ordered_json run_elaborate(std::uint32_t ports) {
  const PlatformConfig config = small_ports(ports, 2);
  const double cpu_before_s = ProcessMeter::cpu_s();
  const std::uint64_t heap_before = ProcessMeter::heap_bytes();
  const std::uint64_t resident_before = ProcessMeter::resident_bytes();
  const Platform platform(config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  return {{"scenario", "elaborate"},
          {"ports", ports},
          {"cpu_s", ProcessMeter::cpu_s() - cpu_before_s},
          {"heap_bytes", ProcessMeter::heap_bytes() - heap_before},
          {"resident_bytes", ProcessMeter::resident_bytes() - resident_before}};
}

ordered_json run_in_flight(std::uint32_t window) {
  // Credits without end: all packets may wait in the switch.
  PlatformConfig config =
      shipped("crossbar_bench_64", {"switches[0].ports[0].ideal.buffer_packets=0"});
  platforms::WorkloadDescription workload = config.workloads.at(0);
  workload.traffic.pattern = platforms::TrafficPattern::incast;
  workload.traffic.mode = platforms::LoopMode::closed;
  workload.traffic.window = window;
  // Long enough for all of them to have left their source: a flit is a nanosecond.
  workload.traffic.warmup_us = 0;
  workload.traffic.measure_us = window * kPacketFlits * 1e-3 + 1;
  workload.traffic.drain_us = 1e6;
  Platform platform(config);
  LastRows rows;
  platforms::TrafficDriver(platform, workload, rows).run();
  return {{"scenario", "in_flight"},
          {"window", window},
          {"packets_in_flight", (kPorts - 1) * window},
          {"packet_pool_capacity", platform.switches().front()->packet_pool_capacity()},
          {"heap_bytes", ProcessMeter::heap_bytes()}};
}

ordered_json run_idle(double simulated_us) {
  PlatformConfig config = shipped("crossbar_bench_64");
  platforms::WorkloadDescription workload = config.workloads.at(0);
  workload.traffic.warmup_us = 0;
  workload.traffic.measure_us = 10;
  Platform platform(config);
  std::uint64_t model_events = 0;
  std::uint64_t kernel_events = 0;
  const auto idle = [&] {
    const platforms::Totals before = platform.totals();
    sc_core::sc_start(sc_core::sc_time(simulated_us, sc_core::SC_US));
    const platforms::Totals after = platform.totals();
    model_events += after.model_events - before.model_events;
    kernel_events += after.kernel_events - before.kernel_events;
  };
  idle();
  LastRows rows;
  platforms::TrafficDriver(platform, workload, rows).run();
  idle();
  return {{"scenario", "idle"},
          {"simulated_us", 2 * simulated_us},
          {"model_events", model_events},
          {"kernel_events", kernel_events}};
}

}  // namespace antares::tb
