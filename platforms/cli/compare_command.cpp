// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>

#include "antares/platforms/cli/child_process.h"
#include "antares/platforms/cli/collective_ranks.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/cli/row_teller.h"
#include "antares/platforms/report/comparison.h"
#include "antares/platforms/report/growing_files.h"
#include "antares/platforms/report/sinks.h"
#include "antares/platforms/report/topology_facts.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms::cli {
namespace {

/// In the child: rows with what is known of the platform.
class Reporter : public RowTeller {
 public:
  Reporter(const Tell& tell, ComparisonRow facts) : RowTeller(tell), row_(std::move(facts)) {}

  void collective(const CollectiveRow& measured) override {
    row_.measured = measured;
    row(to_json(row_, comparison_columns()));
  }

 private:
  ComparisonRow row_;
};

void run_one(const std::string& name, const PreparedPlatform& prepared, const Tell& tell) {
  Platform platform(prepared.loaded.config);
  platform.elaborate();
  ComparisonRow facts;
  facts.platform = name;
  const auto ranks = ranks_of(platform, prepared.workloads.front().description.collective);
  if (ranks.size() > 1) {
    const HopCount hops = hop_count(platform, ranks);
    facts.hops_mean = hops.mean;
    facts.hops_max = hops.max;
  }
  facts.switches = platform.switches().size();
  for (const auto& fabric : platform.switches())
    for (const auto& port : fabric->config().ports) facts.lanes += port.policy->lanes();
  Reporter reporter(tell, facts);
  run_workloads(platform, prepared.workloads, reporter);
}

void check_options(const CompareOptions& options) {
  Diagnostics diagnostics;
  std::set<std::string> names;
  for (const std::string& name : options.descriptions)
    if (!names.insert(name).second)
      diagnostics.error({"FILE", 0, 0}, "\"" + name + "\" is named twice",
                        "one line a platform: leave one out");
  std::vector<std::string> collectives;
  for (const AlgorithmInfo& info : algorithms())
    if (collectives.empty() || collectives.back() != info.collective)
      collectives.push_back(info.collective);
  const std::string& workload = options.workload.workload;
  if (std::find(collectives.begin(), collectives.end(), workload) == collectives.end())
    diagnostics.error({"--workload", 0, 0},
                      workload.empty() ? "the collective that all platforms run is missing"
                                       : "\"" + workload + "\" is no collective",
                      suggestion(workload, collectives));
  if (options.workload.given.count("--bytes") == 0)
    diagnostics.error({"--bytes", 0, 0}, "the sizes that all platforms run are missing",
                      "add --bytes 1MiB,64MiB");
  diagnostics.throw_if_any();
}

}  // namespace

int compare(const CompareOptions& options) {
  check_options(options);
  std::optional<GrowingFiles> files;
  if (options.has_out) {
    files.emplace(options.out, "compare");
    files->table("rows", "compare.csv", comparison_columns());
  }
  catch_interrupts();
  int status = kExitOk;
  std::vector<Message> rows;
  ProgressLine line([] {});
  for (const std::string& name : options.descriptions) {
    const auto work = [&](const Tell& tell) {
      run_one(name,
              prepare({name, options.settings, options.seed}, options.workload, options.ranks),
              tell);
    };
    const auto listen = [&](const Message& message) {
      if (message.contains(kProgress))
        return line.progress(name + ": " + message.at(kProgress).get<std::string>(),
                             message.at(kDone).get<double>());
      rows.push_back(message.at(kRow));
      if (files) files->row("rows", rows.back());
    };
    Failure failure;
    try {
      failure = run_in_child(work, listen);
    } catch (const Interrupted&) {
      line.wipe();
      print_comparison(std::cout, rows, options.descriptions);
      throw;
    }
    line.wipe();
    if (failure.status == 0) continue;
    // The others are not lost by it.
    std::cerr << "antares: " << name << ": no "
              << (rows.empty() || rows.back().at("platform") != name ? "" : "more ") << "rows:\n"
              << failure.text << "\n";
    if (files) files->failure("platform", {name, failure.status, failure.text});
    status = std::max(status, failure.status);
  }
  print_comparison(std::cout, rows, options.descriptions);
  if (files) files->finish();
  return status;
}

}  // namespace antares::platforms::cli
