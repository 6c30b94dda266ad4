// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/claim_run.h"

#include "antares/platforms/cli/participants.h"
#include "antares/platforms/cli/row_teller.h"
#include "antares/platforms/report/claim_table.h"
#include "antares/platforms/report/fabric_facts.h"

namespace antares::platforms::cli {
namespace {

/// What all ports of an endpoint carry in one direction.
double payload_GBps(const Platform& platform, const PlatformEndpoint& endpoint) {
  double rate = 0;
  for (const SwitchFacts& facts : fabric_facts(platform))
    for (const PortFacts& port : facts.ports)
      if (port.endpoint == endpoint.name) rate += port.payload_GBps;
  return rate;
}

class CollectiveTeller : public RowTeller {
 public:
  CollectiveTeller(const Tell& tell, ClaimRow facts) : RowTeller(tell), row_(std::move(facts)) {}
  void collective(const CollectiveRow& measured) override {
    row_.measured = measured;
    row(to_json(row_, claim_columns()));
  }

 private:
  ClaimRow row_;
};

class ModelTeller : public RowTeller {
 public:
  ModelTeller(const Tell& tell, ClaimModelRow facts) : RowTeller(tell), row_(std::move(facts)) {}
  void trace(const TraceRow& measured) override {
    row_.measured = measured;
    row(to_json(row_, claim_model_columns()));
  }

 private:
  ClaimModelRow row_;
};

}  // namespace

void run_claim_collective(const DescriptionOptions& options, const ClaimCollectiveRun& run,
                          const Tell& tell) {
  WorkloadOptions workload;
  workload.workload = run.point.collective;
  workload.given["--algorithm"] = run.algorithm;
  std::string sizes;
  for (const std::uint64_t bytes : run.point.bytes)
    sizes += (sizes.empty() ? "" : ",") + std::to_string(bytes);
  // A barrier's messages are flags of their own size.
  if (run.point.collective != "barrier") workload.given["--bytes"] = sizes;
  if (run.point.ranks != 0) workload.given["--ranks"] = std::to_string(run.point.ranks);
  PreparedPlatform prepared = prepare(options, workload);
  auto& switches = prepared.loaded.config.switches;
  // A store of many gigabytes may wait for long while others go on: times are asked for here, who
  // starves is a question of its own.
  prepared.loaded.config.run.starvation_us = 0;
  if (run.point.speed_up != 0)
    for (SwitchDescription& part : switches) part.crossbar.output_speedup = run.point.speed_up;
  Platform platform(prepared.loaded.config);
  platform.elaborate();
  ClaimRow facts;
  facts.platform = options.description;
  facts.output_speedup = switches.front().crossbar.output_speedup;
  const auto ranks = ranks_of(platform, prepared.workloads.front().description.collective);
  facts.payload_GBps = payload_GBps(platform, platform.endpoints()[ranks.front()]);
  CollectiveTeller teller(tell, facts);
  run_workloads(platform, prepared.workloads, teller);
}

void run_claim_model(const DescriptionOptions& options, const ClaimModelRun& run,
                     const Tell& tell) {
  LoadedPlatform loaded = load(options);
  loaded.config.workloads = {run.model};
  TraceWorkload& trace = loaded.config.workloads.front().trace;
  trace.algorithm = run.algorithm;
  trace.model->ranks = run.ranks;
  const auto workloads = prepare_workloads(loaded);
  Platform platform(loaded.config);
  platform.elaborate();
  ClaimModelRow facts;
  facts.platform = options.description;
  facts.model = run.model.name;
  facts.algorithm = run.algorithm;
  facts.in_switch = run.in_switch;
  for (const PlatformEndpoint& endpoint : platform.endpoints()) {
    if (endpoint.accelerator == nullptr) continue;
    const models::LibraryProtocol& bulk = endpoint.accelerator->library.bulk;
    facts.payload_GBps = payload_GBps(platform, endpoint);
    facts.step_ns = bulk.message_overhead_ns + bulk.arrival_overhead_ns;
    facts.launch_ns = bulk.launch_ns;
    break;
  }
  ModelTeller teller(tell, facts);
  run_workloads(platform, workloads, teller);
}

}  // namespace antares::platforms::cli
