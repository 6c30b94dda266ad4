// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "antares/platforms/build/fault_plan.h"
#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/build/group_writers.h"
#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {
namespace {

/// How often a run shows where it is, and hears an interrupt.
constexpr std::chrono::milliseconds kBreak{200};

bool anything_until(const sc_core::sc_time& end) {
  return sc_core::sc_time_to_pending_activity() <= end - sc_core::sc_time_stamp();
}

/// Time stands still when the next event lies behind the slice (a long computation, say): then the
/// slice reaches as far as that event. `at_break` is called now and then; true: that is enough.
void run_slice(models::Scheduler& scheduler, const sc_core::sc_time& slice,
               const std::function<bool()>& at_break) {
  const sc_core::sc_time end =
      sc_core::sc_time_stamp() + std::max(slice, sc_core::sc_time_to_pending_activity());
  // Whoever else starts the kernel is not to be paused for that.
  struct Breaks {
    models::Scheduler& wheel;
    explicit Breaks(models::Scheduler& of) : wheel(of) { wheel.pause_every(kBreak); }
    ~Breaks() { wheel.pause_every(std::chrono::milliseconds(0)); }
  } breaks(scheduler);
  scheduler.take_paused();
  do {
    sc_core::sc_start(end - sc_core::sc_time_stamp(), sc_core::SC_EXIT_ON_STARVATION);
  } while (scheduler.take_paused() && anything_until(end) && !at_break());
}

}  // namespace

Platform::Platform(const PlatformConfig& config) : config_(config), fault_outcomes_(config) {
  const auto problems = check_platform(config_);
  if (!problems.empty()) {
    throw std::invalid_argument("the platform cannot be built: " + to_string(problems.front()));
  }
  scheduler_ = std::make_unique<models::Scheduler>("wheel");
  build_switches();
  build_endpoints();
  fault_schedule_ =
      std::make_unique<FaultSchedule>("fault_schedule", config_, switches_, fault_outcomes_);
  schedule_moves(config_, switches_);
  schedule_resets(config_, switches_);
  schedule_group_updates(config_, switches_);
  group_writers_ = std::make_unique<GroupWriters>(*this);
  mark_links();
}

Platform::~Platform() = default;

void Platform::elaborate() {
  if (!sc_core::sc_start_of_simulation_invoked()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

models::FabricSwitch::PortHandle Platform::handle(const PortRef& port) const {
  return switches_[port.switch_index]->port(models::PortId(static_cast<std::uint16_t>(port.port)));
}

const PlatformEndpoint& Platform::endpoint(const std::string& name) const {
  for (const PlatformEndpoint& endpoint : endpoints_) {
    if (endpoint.name == name) return endpoint;
  }
  throw std::invalid_argument("there is no endpoint called '" + name + "'");
}

std::vector<GroupUpdateRow> Platform::group_rows() const {
  std::vector<GroupUpdateRow> rows = group_update_rows(config_, switches_);
  for (GroupUpdateRow& row : group_writers_->lost(rows)) rows.push_back(std::move(row));
  return rows;
}

std::uint64_t Platform::delivered() const {
  std::uint64_t grants = 0;
  for (const auto& fabric : switches_) grants += fabric->crossbar_counts().grants;
  return grants;
}

std::uint64_t Platform::in_flight() const {
  std::uint64_t transactions = 0;
  for (const auto& fabric : switches_) transactions += fabric->transactions_in_flight();
  return transactions;
}

bool Platform::contexts_open() const {
  return std::any_of(switches_.begin(), switches_.end(),
                     [](const auto& fabric) { return fabric->reduction_contexts_open() != 0; });
}

void Platform::fail(const std::string& headline, const std::vector<std::string>& unfinished) const {
  std::vector<models::WaitFact> facts;
  for (const auto& fabric : switches_) {
    auto more = fabric->waits();
    facts.insert(facts.end(), more.begin(), more.end());
  }
  std::string lines;
  for (const std::string& line : unfinished) lines += "\n  " + line;
  std::string waits;
  if (!facts.empty()) {
    models::Watchdog watchdog = watchdog_;
    watchdog.stalled(scheduler_->now_ps(), delivered());
    waits = "\n" + watchdog.diagnose(facts);
    if (waits.back() == '\n') waits.pop_back();
  }
  // Where to look comes before a long list of what is left.
  constexpr std::size_t kFew = 12;
  throw RunFailure(headline + (unfinished.size() <= kFew ? lines + waits : waits + lines));
}

void Platform::run_until(const std::function<bool()>& done,
                         const std::function<std::vector<std::string>()>& unfinished,
                         ResultSink& sink, const std::string& what,
                         const std::function<double()>& fraction_done,
                         models::Picoseconds give_up_ps) {
  const auto limit_ps = static_cast<models::Picoseconds>(config_.run.watchdog_us * 1e6);
  const auto start_ps = scheduler_->now_ps();
  const auto last_ps =
      start_ps + static_cast<models::Picoseconds>(config_.run.max_simulated_ms * 1e9);
  watchdog_ = models::Watchdog(limit_ps);
  rests_from_ps_ = protocols::kNever;
  const sc_core::sc_time slice =
      scheduler_->to_time(std::max<models::Picoseconds>(1, limit_ps / 8));
  show_rest_ = [&sink, what] { sink.progress(what, 1); };
  const auto at_break = [&] {
    sink.progress(what, fraction_done());
    return done();
  };
  while (!done()) {
    run_slice(*scheduler_, std::min(slice, scheduler_->to_time(last_ps - scheduler_->now_ps())),
              at_break);
    sink.progress(what, fraction_done());
    if (done() || scheduler_->now_ps() > give_up_ps) return;
    if (scheduler_->pending() == 0) {
      fail(what + ": nothing is left to happen, but the work is not done", unfinished());
    }
    // Silence is only suspicious while something is in flight: a long computation is not a stall,
    // and the passing of time is all that can be asked of it. Nor is what an engine's open context
    // waits for: it ends by reduction.timeout_us.
    const std::uint64_t moving =
        in_flight() == 0 || contexts_open() ? scheduler_->now_ps() : delivered();
    if (config_.observe.watchdog && watchdog_.stalled(scheduler_->now_ps(), moving) &&
        !only_timers_run()) {
      fail(what + ": nothing has moved for " + std::to_string(limit_ps / 1'000'000) +
               " us of simulated time (run.watchdog_us)",
           unfinished());
    }
    look_for_starvation(what, unfinished);
    if (scheduler_->now_ps() >= last_ps) {
      fail(fmt::format("{}: not done after {:g} ms of simulated time (run.max_simulated_ms)", what,
                       config_.run.max_simulated_ms),
           unfinished());
    }
  }
}

// What a link has lost nobody waits for but its requester, whose timer answers in the end.
bool Platform::only_timers_run() const {
  return config_.faults && std::all_of(switches_.begin(), switches_.end(),
                                       [](const auto& fabric) { return fabric->waits().empty(); });
}

void Platform::look_for_starvation(const std::string& what,
                                   const std::function<std::vector<std::string>()>& unfinished) {
  if (!config_.observe.watchdog || config_.run.starvation_us == 0) return;
  // An engine may keep what waits for others as long as it is told to.
  double limit_us = config_.run.starvation_us;
  if (contexts_open())
    for (const SwitchDescription& part : config_.switches)
      if (part.reduction)
        limit_us = std::max(limit_us, config_.run.starvation_us + part.reduction->timeout_us);
  const auto limit_ps = static_cast<models::Picoseconds>(limit_us * 1e6);
  const auto now_ps = scheduler_->now_ps();
  if (now_ps <= limit_ps) return;
  for (const auto& fabric : switches_) {
    const std::string starving = fabric->waits_since(now_ps - limit_ps);
    if (starving.empty()) continue;
    std::vector<std::string> lines = unfinished();
    lines.insert(lines.begin(), starving);
    fail(fmt::format("{}: others move, but one request has not been answered for {:g} us of "
                     "simulated time (run.starvation_us{})",
                     what, limit_us,
                     limit_us == config_.run.starvation_us ? "" : " and reduction.timeout_us"),
         lines);
  }
}

void Platform::drain() {
  rests_from_ps_ = scheduler_->now_ps();
  const auto last_ps =
      scheduler_->now_ps() + static_cast<models::Picoseconds>(config_.run.max_simulated_ms * 1e9);
  while (scheduler_->pending() != 0) {
    run_slice(*scheduler_, scheduler_->to_time(1'000'000'000), [this] {
      if (show_rest_) show_rest_();
      return false;
    });
    if (show_rest_) show_rest_();
    if (scheduler_->now_ps() > last_ps) {
      std::vector<std::string> to_come;
      for (const IdleFaultRow& row : idle_fault_rows())
        if (!row.happened)
          to_come.push_back(fmt::format("still to come: {}, {} of {} at {:.15g} us", row.entry,
                                        row.what, row.link, row.at_us));
      if (!to_come.empty())
        to_come.push_back("end the schedule earlier, or raise run.max_simulated_ms");
      fail(fmt::format("the fabric does not come to rest within {:g} ms of simulated time "
                       "(run.max_simulated_ms)",
                       config_.run.max_simulated_ms),
           to_come);
    }
  }
  std::vector<std::string> problems;
  for (const auto& fabric : switches_) {
    auto more = fabric->quiescence_problems();
    problems.insert(problems.end(), more.begin(), more.end());
  }
  for (const auto& nic : nics_) {
    auto more = nic->quiescence_problems();
    problems.insert(problems.end(), more.begin(), more.end());
  }
  for (const auto& spreader : spreaders_) {
    auto more = spreader->quiescence_problems();
    problems.insert(problems.end(), more.begin(), more.end());
  }
  for (const auto& board : scoreboards_) {
    board->finish(scheduler_->now_ps());
    auto more = board->problems();
    problems.insert(problems.end(), more.begin(), more.end());
  }
  show_rest_ = nullptr;
  if (!problems.empty()) fail("the fabric is not at rest after the run", problems);
}

namespace {

/// -1: the link has no such messages. The first counter of a protocol is of its messages.
std::int64_t credit_updates(models::PortAdapter& port, bool into_switch) {
  const auto counters = port.credit_counters(into_switch);
  return counters.empty() ? -1 : static_cast<std::int64_t>(counters.front().value);
}

}  // namespace

void Platform::mark_links() {
  marks_.clear();
  for (const auto& fabric : switches_) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      marks_.push_back(Mark{port.ingress_reading(), port.egress_reading(),
                            credit_updates(port, true), credit_updates(port, false)});
    }
  }
}

std::vector<LinkRow> Platform::link_rows(const std::string& workload) const {
  std::vector<LinkRow> rows;
  std::size_t mark = 0;
  for (const auto& fabric : switches_) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p, ++mark) {
      auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      const auto add = [&](const char* direction, const models::DirectionReading& reading,
                           std::int64_t updates, std::int64_t before) {
        LinkRow row;
        row.workload = workload;
        row.link = port.name();
        row.direction = direction;
        row.payload_bytes = reading.payload_bytes;
        row.wire_bytes = reading.wire_bytes;
        row.packets = reading.packets;
        row.link_packets = reading.link_packets;
        row.elapsed_us = static_cast<double>(reading.elapsed_ps) * 1e-6;
        row.busy_share = reading.busy_share();
        row.blocked_credit_share = reading.blocked_credit_share();
        row.blocked_arbiter_share = reading.blocked_arbiter_share();
        row.idle_share = reading.idle_share();
        row.credit_updates = updates < 0 ? -1 : updates - before;
        rows.push_back(row);
      };
      add("to_switch", port.ingress_reading() - marks_[mark].ingress, credit_updates(port, true),
          marks_[mark].ingress_updates);
      add("to_device", port.egress_reading() - marks_[mark].egress, credit_updates(port, false),
          marks_[mark].egress_updates);
    }
  }
  return rows;
}

std::uint64_t Platform::busiest_payload_bytes() const {
  const std::vector<LinkRow> rows = link_rows("");
  std::map<std::string, std::string> owners;  // of ports that belong to one endpoint together
  for (const PlatformEndpoint& endpoint : endpoints_)
    if (endpoint.spreader != nullptr)
      for (const models::PortAdapter* port : endpoint.ports)
        owners.emplace(port->name(), endpoint.name);
  std::map<std::pair<std::string, std::string>, std::uint64_t> together;
  std::uint64_t most = 0;
  for (const LinkRow& row : rows) {
    const auto owner = owners.find(row.link);
    std::uint64_t bytes = row.payload_bytes;
    if (owner != owners.end()) bytes = together[{owner->second, row.direction}] += bytes;
    most = std::max(most, bytes);
  }
  return most;
}

std::vector<FaultRow> Platform::fault_rows() const {
  return platforms::fault_rows(config_, switches_);
}

std::vector<IdleFaultRow> Platform::idle_fault_rows() const {
  return platforms::idle_fault_rows(config_, fault_outcomes_, rests_from_ps_, scheduler_->now_ps());
}

std::vector<ReplayRow> Platform::replay_rows() const { return platforms::replay_rows(switches_); }

std::vector<ErrorRow> Platform::error_rows() const {
  return platforms::error_rows(config_, switches_);
}

Totals Platform::totals() const {
  Totals totals;
  totals.packet_hops = delivered();
  if (config_.observe.scoreboard) {
    totals.packets_delivered = 0;
    for (const auto& board : scoreboards_)
      *totals.packets_delivered += board->delivered_totals().packets;
  }
  totals.kernel_events = scheduler_->kernel_events();
  totals.model_events = scheduler_->model_events();
  totals.simulated_us = static_cast<double>(scheduler_->now_ps()) * 1e-6;
  return totals;
}

}  // namespace antares::platforms
