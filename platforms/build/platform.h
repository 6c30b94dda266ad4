// SPDX-License-Identifier: Apache-2.0
// A description made into SystemC objects: one wheel, the switches, the endpoints, all bound. Also
// runs the kernel on behalf of a workload, with the watchdog and the scoreboard in charge of
// noticing when nothing moves or something is lost. One platform a process: the kernel cannot start
// twice.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "antares/models/accelerator/accelerator.h"
#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/models/host/host.h"
#include "antares/models/nic/nic.h"
#include "antares/models/observe/scoreboard.h"
#include "antares/models/observe/watchdog.h"
#include "antares/models/plane_spreader/plane_spreader.h"
#include "antares/platforms/build/fault_outcomes.h"
#include "antares/platforms/config/address_map.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

class GroupWriters;

/// The run failed a check: nothing delivered, no progress, data lost or wrong. Exit status 1.
class RunFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One endpoint of the platform as workloads see it.
struct PlatformEndpoint {
  std::string name;
  EndpointKind kind = EndpointKind::memory;
  models::EndpointId id;
  models::Requester* requester = nullptr;  ///< nullptr: a memory issues nothing
  models::Memory* memory = nullptr;
  const models::AcceleratorConfig* accelerator = nullptr;  ///< of accelerators
  models::Nic* nic = nullptr;  ///< between it and the port; nullptr: loads and stores go out plain
  models::PlaneSpreader* spreader = nullptr;  ///< nullptr: it has one port
  models::PortAdapter* port = nullptr;        ///< of the first plane
  std::vector<models::PortAdapter*> ports;    ///< plane by plane
  std::uint64_t window_base = 0;              ///< global address of its memory
  std::uint64_t window_bytes = 0;
  std::uint32_t request_bytes = 0;  ///< natural request size, 0 = whatever the link allows

  /// By which its requests to this address leave.
  models::PortAdapter& port_to(std::uint64_t address) const {
    return spreader == nullptr ? *port : *ports[spreader->table().plane_of(address)];
  }
};

/// Ports by which requests of one endpoint enter the fabric and leave it for the other: one pair a
/// plane that leads there.
struct Way {
  const models::PortAdapter* in = nullptr;
  const models::PortAdapter* out = nullptr;
};
std::vector<Way> ways(const PlatformEndpoint& from, const PlatformEndpoint& to);

class FaultSchedule;

class Platform {
 public:
  /// `config` must have passed check_platform(). Throws std::invalid_argument otherwise.
  explicit Platform(const PlatformConfig& config);
  ~Platform();

  /// Links between switches are known from then on; runs do it by themselves. No time passes.
  void elaborate();

  const PlatformConfig& config() const { return config_; }
  models::Scheduler& scheduler() { return *scheduler_; }
  const std::vector<PlatformEndpoint>& endpoints() const { return endpoints_; }
  const std::vector<std::unique_ptr<models::FabricSwitch>>& switches() const { return switches_; }
  /// Endpoints by name; throws std::invalid_argument naming the unknown one.
  const PlatformEndpoint& endpoint(const std::string& name) const;

  /// Runs the kernel until done() holds. The driver calls sc_core::sc_pause() when it becomes true,
  /// so that time stops there; it must not go by the time, since it is asked at moments that the
  /// machine's speed chooses. Throws RunFailure with a diagnosis when nothing can or does happen
  /// any more; `unfinished` adds what the workload itself is waiting for. `fraction_done` feeds
  /// progress. Behind give_up_ps it returns all the same, once a slice of simulated time is over.
  void run_until(const std::function<bool()>& done,
                 const std::function<std::vector<std::string>()>& unfinished, ResultSink& sink,
                 const std::string& what, const std::function<double()>& fraction_done,
                 models::Picoseconds give_up_ps = protocols::kNever);
  /// Throws RunFailure: headline, what is unfinished, and who waits for what.
  [[noreturn]] void fail(const std::string& headline,
                         const std::vector<std::string>& unfinished) const;
  /// Lets what is in flight arrive; then nothing may be left. Throws RunFailure.
  void drain();

  /// Rows of all links since the last call of mark_links().
  void mark_links();
  std::vector<LinkRow> link_rows(const std::string& workload) const;
  /// Largest payload of one link direction since mark_links(), in bytes. The ports of an endpoint
  /// with planes count as one link: what all of them carried in one direction.
  std::uint64_t busiest_payload_bytes() const;
  Totals totals() const;
  std::vector<FaultRow> fault_rows() const;
  std::vector<IdleFaultRow> idle_fault_rows() const;
  std::vector<ReplayRow> replay_rows() const;
  std::vector<ErrorRow> error_rows() const;
  std::vector<GroupUpdateRow> group_rows() const;

 private:
  struct Mark {
    models::DirectionReading ingress;
    models::DirectionReading egress;
    std::int64_t ingress_updates;
    std::int64_t egress_updates;
  };
  void build_switches();
  models::FabricSwitch::PortHandle handle(const PortRef& port) const;
  void build_endpoints();
  void bind(PlatformEndpoint& endpoint, const ExpandedEndpoint& expanded);
  void add_spreader(PlatformEndpoint& endpoint, models::PlaneTable table);
  void add_nic(PlatformEndpoint& endpoint, const std::optional<models::NicConfig>& nic,
               double memory_latency_ns);
  /// Throws RunFailure if one request waits while the others move.
  void look_for_starvation(const std::string& what,
                           const std::function<std::vector<std::string>()>& unfinished);
  std::uint64_t delivered() const;
  std::uint64_t in_flight() const;
  bool contexts_open() const;
  bool only_timers_run() const;

  models::Watchdog watchdog_{0};  ///< of the workload that runs
  PlatformConfig config_;
  FaultOutcomes fault_outcomes_;
  std::function<void()> show_rest_;  ///< of the run whose fabric comes to rest
  models::Picoseconds rests_from_ps_ = protocols::kNever;  ///< the last workload's last answer
  std::unique_ptr<models::Scheduler> scheduler_;
  std::vector<std::unique_ptr<models::FabricSwitch>> switches_;
  std::unique_ptr<FaultSchedule> fault_schedule_;
  std::vector<std::unique_ptr<models::Accelerator>> accelerators_;
  std::vector<std::unique_ptr<models::Host>> hosts_;
  std::vector<std::unique_ptr<models::Memory>> memories_;
  std::vector<std::unique_ptr<models::Nic>> nics_;
  std::vector<std::unique_ptr<models::PlaneSpreader>> spreaders_;
  std::vector<PlatformEndpoint> endpoints_;
  std::vector<std::unique_ptr<models::Scoreboard>> scoreboards_;
  std::unique_ptr<GroupWriters> group_writers_;
  std::vector<Mark> marks_;  ///< one a port, over all switches
};

}  // namespace antares::platforms
