// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/traffic_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "antares/models/observe/watchdog.h"
#include "antares/platforms/build/blocking_call.h"
#include "antares/platforms/build/partition_plan.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kDriverPort = 0xFFE;  // behind all endpoints and sources

// A load is saturated when the window's shortfall (generated - answered) is above this share of
// what was generated, and above kSigmas times the square root of the number of requests: a stable
// queue is a few requests longer or shorter at the end of the window than at its start.
constexpr double kShortfall = 0.005;
constexpr double kSigmas = 3;

models::Arrivals arrivals_of(ArrivalProcess arrivals) {
  switch (arrivals) {
    case ArrivalProcess::bernoulli:
      return models::Arrivals::bernoulli;
    case ArrivalProcess::poisson:
      return models::Arrivals::poisson;
    case ArrivalProcess::on_off:
      return models::Arrivals::on_off;
  }
  throw std::invalid_argument("unknown arrival process");
}

models::ArrivalConfig arrival_config(const TrafficWorkload& traffic, const TrafficPlan& plan,
                                     const PlannedSource& source, double load) {
  models::ArrivalConfig config;
  config.arrivals = arrivals_of(traffic.arrivals);
  config.load = load;
  config.packet_ps = source.packet_ps;
  config.coin_ps = source.coin_ps;
  config.burst_on_packets = traffic.burst_on_packets;
  config.burst_off_packets = traffic.burst_off_packets;
  config.grid_ps = plan.slot_ps;
  return config;
}

}  // namespace

TrafficDriver::TrafficDriver(Platform& platform, const WorkloadDescription& workload,
                             ResultSink& sink)
    : platform_(platform),
      workload_(workload),
      sink_(sink),
      plan_(make_traffic_plan(platform, workload)),
      zero_load_(platform, plan_.shapes),
      origin_(models::Origin::kEndpoints, kDriverPort) {}

TrafficDriver::~TrafficDriver() = default;

void TrafficDriver::run() {
  const TrafficWorkload& traffic = workload_.traffic;
  if (traffic.mode == LoopMode::closed) {
    run_load(std::nullopt);
  } else if (traffic.sweep && traffic.sweep->find_saturation) {
    find_saturation(*traffic.sweep);
  } else {
    const auto loads = traffic.sweep ? loads_of(*traffic.sweep) : traffic.offered_load;
    for (const double load : loads) run_load(load);
  }
}

void TrafficDriver::find_saturation(const LoadSweep& sweep) {
  SaturationRow row;
  row.workload = workload_.name;
  row.pattern = to_string(workload_.traffic.pattern);
  const auto too_much = [&](double load) {
    const bool saturated = run_load(load);
    (saturated ? row.saturated_load : row.carried_load) = load;
    (saturated ? row.saturated_GBps : row.carried_GBps) = delivered_GBps_;
    return saturated;
  };
  // Invariant of the loop: carried_load is carried in full, saturated_load is not.
  if (too_much(sweep.to) && sweep.from != sweep.to && !too_much(sweep.from))
    while (*row.saturated_load - *row.carried_load > sweep.step * (1 + 1e-9))
      too_much(rounded_load((*row.carried_load + *row.saturated_load) / 2));
  sink_.saturation(row);
}

bool TrafficDriver::run_load(std::optional<double> load) {
  const TrafficWorkload& traffic = workload_.traffic;
  const std::string label = load ? fmt::format("{}[{:g}]", workload_.name, *load)
                                 : fmt::format("{}[closed {}]", workload_.name, traffic.window);
  models::Scheduler& scheduler = platform_.scheduler();
  const Picoseconds grid = plan_.slot_ps == 0 ? 1 : plan_.slot_ps;
  const Picoseconds start_ps = (scheduler.now_ps() / grid + 1) * grid;
  meter_ = TrafficMeter{};
  meter_.counts.resize(plan_.partitions.size());
  meter_.records_latencies = platform_.config().observe.statistics;
  meter_.survives_errors = expects_errors(platform_.config());
  meter_.from_ps = start_ps + plan_.warmup_ps;
  meter_.to_ps = meter_.from_ps + plan_.measure_ps;
  window_closed_ = false;
  injectors_.clear();
  for (const PlannedSource& source : plan_.sources) {
    injectors_.push_back(std::make_unique<TrafficInjector>(
        platform_, plan_, source, arrival_config(traffic, plan_, source, load.value_or(1.0)),
        load ? 0 : traffic.window, zero_load_, meter_));
    injectors_.back()->start(start_ps);
  }
  scheduler.post(meter_.from_ps, models::Phase::arrival, origin_, *this, kWindowOpens);
  scheduler.post(meter_.to_ps, models::Phase::arrival, origin_, *this, kWindowCloses);

  const auto span = static_cast<double>(meter_.to_ps - start_ps);
  const auto until_now = [&] { return static_cast<double>(scheduler.now_ps() - start_ps); };
  platform_.run_until([&] { return window_closed_ || !meter_.failure.empty(); },
                      [&] { return unfinished(); }, sink_, label,
                      [&] { return until_now() / span; });
  if (!meter_.failure.empty()) fail(label, meter_.failure);
  for (auto& injector : injectors_) injector->finish();
  const std::vector<LinkRow> links = platform_.link_rows(label);
  const TrafficRow row = row_of(load, TrafficPlan::kAll);
  if (row.requests == 0) {
    fail(label,
         fmt::format("not one request was answered in the measured window of {:g} us ({} are "
                     "under way); {}",
                     static_cast<double>(plan_.measure_ps) * 1e-6, meter_.in_flight, advice()));
  }
  // What was measured stands, whatever becomes of the rest.
  sink_.traffic(row);
  for (std::uint32_t p = 0; p < plan_.partitions.size() && row.has_partitions; ++p)
    sink_.partition_traffic(row_of(load, p));
  sink_.links(links);
  delivered_GBps_ = row.delivered_GBps;
  drain(label);
  return row.saturated;
}

std::string TrafficDriver::advice() const {
  const std::string down = links_not_up(platform_);
  if (!down.empty()) return down;
  std::string gave_up;
  for (const ReplayRow& row : platform_.replay_rows())
    if (row.gave_up != 0) gave_up += (gave_up.empty() ? "" : ", ") + row.link;
  return gave_up.empty() ? "measure for longer, or offer more"
                         : "the protocol has given up on these links: " + gave_up;
}

void TrafficDriver::fire(std::uint64_t what, Picoseconds) {
  if (what == kWindowOpens) {
    platform_.mark_links();
    return;
  }
  if (what == kDrainEnds) return;
  window_closed_ = true;
  meter_.stopped = true;
  sc_core::sc_pause();
}

TrafficRow TrafficDriver::row_of(std::optional<double> load, std::uint32_t partition) const {
  TrafficCounts counts;
  for (std::uint32_t p = 0; p < meter_.counts.size(); ++p)
    if (partition == TrafficPlan::kAll || partition == p) counts.add(meter_.counts[p]);
  TrafficRow row;
  row.workload = workload_.name;
  row.has_partitions = plan_.has_partitions();
  if (partition != TrafficPlan::kAll) row.partition = plan_.partitions[partition];
  row.pattern = to_string(workload_.traffic.pattern);
  row.offered_load = load;
  row.throughput = static_cast<double>(counts.delivered_bytes) /
                   (plan_.capacity_bytes_per_ps(partition) * static_cast<double>(plan_.measure_ps));
  row.delivered_GBps =
      static_cast<double>(counts.delivered_bytes) * 1e3 / static_cast<double>(plan_.measure_ps);
  row.requests = counts.answered_requests;
  row.failed_requests = counts.failed_requests;
  row.has_latencies = meter_.records_latencies;
  row.mean_latency_ns = counts.latencies.mean_ns();
  row.p50_latency_ns = counts.latencies.percentile_ns(0.5);
  row.p99_latency_ns = counts.latencies.percentile_ns(0.99);
  row.max_latency_ns = counts.latencies.max_ns();
  if (row.requests != 0) {
    row.mean_wait_slots = static_cast<double>(counts.wait_ps) / static_cast<double>(row.requests) /
                          plan_.mean_packet_ps(partition);
  }
  if (load) {
    const auto generated = static_cast<double>(counts.generated_bytes);
    const double shortfall = generated - static_cast<double>(counts.delivered_bytes);
    const double chance =
        kSigmas * std::sqrt(static_cast<double>(counts.generated_requests)) * plan_.mean_bytes;
    row.saturated = shortfall > kShortfall * generated && shortfall > chance;
  }
  return row;
}

// What a link has lost is answered by its requester's timer only: the wait is longer than that.
double TrafficDriver::drain_us() const {
  constexpr double kStandard = 1000;
  if (workload_.traffic.drain_us) return *workload_.traffic.drain_us;
  const auto& faults = platform_.config().faults;
  if (!faults) return kStandard;
  double longest_us = faults->ports.completion_timeout_us;
  for (const LinkFaults& link : faults->links)
    longest_us = std::max(longest_us, link.port.completion_timeout_us);
  return longest_us + kStandard;
}

void TrafficDriver::drain(const std::string& label) {
  const auto limit_ps = static_cast<Picoseconds>(drain_us() * 1e6);
  const Picoseconds deadline_ps = platform_.scheduler().now_ps() + limit_ps;
  if (plan_.has_partitions())
    platform_.scheduler().post(deadline_ps, models::Phase::arrival, origin_, *this, kDrainEnds);
  platform_.run_until([&] { return meter_.in_flight == 0 || !meter_.failure.empty(); },
                      [&] { return unfinished(); }, sink_, label, [] { return 1.0; }, deadline_ps);
  if (!meter_.failure.empty()) fail(label, meter_.failure);
  if (meter_.in_flight != 0) {
    fail(label, fmt::format("{} requests are still without an answer {:g} us after the sources "
                            "stopped (drain_us; what a link has lost is given up after "
                            "faults.ports.completion_timeout_us)",
                            meter_.in_flight, drain_us()));
  }
  platform_.drain();
}

std::vector<std::string> TrafficDriver::unfinished() const {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> lines;
  for (const auto& injector : injectors_) {
    if (injector->in_flight() == 0) continue;
    if (lines.size() == kMost) {
      lines.push_back("and others");
      break;
    }
    lines.push_back(fmt::format("'{}' waits for the answers to {} requests", injector->name(),
                                injector->in_flight()));
  }
  return lines;
}

void TrafficDriver::fail(const std::string& label, const std::string& text) const {
  platform_.fail(label + ": " + text, unfinished());
}

}  // namespace antares::platforms
