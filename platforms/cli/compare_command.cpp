// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "antares/platforms/cli/child_process.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/cli/participants.h"
#include "antares/platforms/cli/rounded_sizes.h"
#include "antares/platforms/cli/row_teller.h"
#include "antares/platforms/report/comparison.h"
#include "antares/platforms/report/growing_files.h"
#include "antares/platforms/report/sinks.h"
#include "antares/platforms/report/topology_facts.h"

namespace antares::platforms::cli {
namespace {

constexpr const char* kKind = "kind";

/// In the child: rows with what is known of the platform.
class Reporter : public RowTeller {
 public:
  Reporter(const Tell& tell, std::map<std::string, ComparedPlatform> facts,
           std::set<std::string> collectives)
      : RowTeller(tell), facts_(std::move(facts)), collectives_(std::move(collectives)) {}

  void collective(const CollectiveRow& row) override {
    // A trace has rows for its collectives, too; what is compared is the step.
    if (collectives_.count(row.workload) != 0)
      pass_on(kComparedCollectives, row, collective_columns());
  }
  void concurrent(const ConcurrentRow& row) override {
    pass_on(kComparedConcurrent, row, concurrent_columns(), row.collective.workload);
  }
  void concurrent_total(const ConcurrentTotal& row) override {
    pass_on(kComparedConcurrentTotals, row, concurrent_total_columns());
  }
  void traffic(const TrafficRow& row) override {
    pass_on(kComparedTraffic, row, traffic_columns());
  }
  void saturation(const SaturationRow& row) override {
    pass_on(kComparedSaturation, row, saturation_columns());
  }
  void trace(const TraceRow& row) override { pass_on(kComparedTraces, row, trace_columns()); }

 private:
  template <class Row>
  void pass_on(const char* kind, const Row& measured, const Columns<Row>& columns) {
    pass_on(kind, measured, columns, measured.workload);
  }
  template <class Row>
  void pass_on(const char* kind, const Row& measured, const Columns<Row>& columns,
               const std::string& workload) {
    row(compared(facts_.at(workload), measured, columns), {{kKind, kind}});
  }

  std::map<std::string, ComparedPlatform> facts_;  ///< by workload
  std::set<std::string> collectives_;
};

void run_one(const std::string& name, const PreparedPlatform& prepared, const Tell& tell) {
  Platform platform(prepared.loaded.config);
  platform.elaborate();
  ComparedPlatform facts;
  facts.platform = name;
  facts.switches = platform.switches().size();
  for (const auto& fabric : platform.switches())
    for (const auto& port : fabric->config().ports) facts.lanes += port.policy->lanes();
  std::map<std::string, ComparedPlatform> by_workload;
  std::set<std::string> collectives;
  for (const ReadyWorkload& workload : prepared.workloads) {
    const auto who = participants_of(platform, workload);
    if (who.size() > 1) {
      const HopCount hops = hop_count(platform, who);
      facts.hops_mean = hops.mean;
      facts.hops_max = hops.max;
    }
    by_workload[workload.description.name] = facts;
    if (workload.description.kind == WorkloadKind::collective)
      collectives.insert(workload.description.name);
  }
  Reporter reporter(tell, std::move(by_workload), std::move(collectives));
  run_workloads(platform, prepared.workloads, reporter);
}

void check_options(const CompareOptions& options) {
  Diagnostics diagnostics;
  std::set<std::string> names;
  for (const std::string& name : options.descriptions)
    if (!names.insert(name).second)
      diagnostics.error({"FILE", 0, 0}, "\"" + name + "\" is named twice",
                        "one line a platform: leave one out");
  if (options.workload.workload.empty() && options.workload.from.empty())
    diagnostics.error({"--workload", 0, 0}, "the workload that all platforms run is missing",
                      "name a collective, a pattern or trace, or --workloads-from FILE");
  diagnostics.throw_if_any();
}

/// What stands for itself on one platform and not beside another one's.
void check_comparable(const PreparedPlatform& prepared) {
  for (const ReadyWorkload& workload : prepared.workloads) {
    const WorkloadKind kind = workload.description.kind;
    if (kind == WorkloadKind::collective || kind == WorkloadKind::concurrent ||
        kind == WorkloadKind::traffic || kind == WorkloadKind::trace)
      continue;
    throw ConfigError({{"--workload", 0, 0,
                        "'" + workload.description.name +
                            "' looks at the ports or switches of one platform: there is nothing to "
                            "set side by side",
                        "antares run shows it; collectives, traffic and traces can be compared"}});
  }
}

class Comparison {
 public:
  explicit Comparison(const CompareOptions& options) : options_(options) {
    if (options.has_out) files_.emplace(options.out, "compare");
  }

  int run() {
    prepare_all();
    try {
      for (const auto& [name, prepared] : ready_) run(name, prepared);
    } catch (const Interrupted&) {
      line_.wipe();
      print();
      throw;
    }
    print();
    if (files_) files_->finish();
    return status_;
  }

 private:
  /// Bad input is told before anything runs, once where it is the same for all.
  void prepare_all() {
    WorkloadOptions workload = options_.workload;
    workload.none_of_its_own = workload.from.empty();
    std::vector<std::pair<std::string, Failure>> failures;
    std::set<std::string> told;
    for (const std::string& name : options_.descriptions) {
      try {
        ready_.emplace_back(name, prepare({name, options_.settings, options_.seed}, workload));
        check_comparable(ready_.back().second);
        warn_of_rounded_sizes(ready_.back().second.loaded, told);
      } catch (...) {
        if (!ready_.empty() && ready_.back().first == name) ready_.pop_back();
        failures.emplace_back(name, failure_of(std::current_exception()));
        if (files_) note(name, failures.back().second);
        status_ = std::max(status_, failures.back().second.status);
      }
    }
    for (std::size_t i = 0; i < failures.size(); ++i) {
      const std::string& text = failures[i].second.text;
      const auto same = [&](const auto& each) { return each.second.text == text; };
      if (std::find_if(failures.begin(), failures.end(), same) - failures.begin() !=
          static_cast<std::ptrdiff_t>(i))
        continue;
      std::string names;
      for (const auto& each : failures)
        if (same(each)) names += (names.empty() ? "" : ", ") + each.first;
      std::cerr << "antares: " << names << ": no rows:\n" << text << "\n";
    }
  }

  void run(const std::string& name, const PreparedPlatform& prepared) {
    bool any = false;
    const auto listen = [&](const Message& message) {
      if (message.contains(kProgress))
        return line_.progress(name + ": " + message.at(kProgress).get<std::string>(),
                              message.at(kDone).get<double>());
      any = true;
      keep(message.at(kKind), message.at(kRow));
    };
    const Failure failure =
        run_in_child([&](const Tell& tell) { run_one(name, prepared, tell); }, listen);
    line_.wipe();
    if (failure.status == 0) return;
    // The others are not lost by it.
    std::cerr << "antares: " << name << ": no " << (any ? "more " : "") << "rows:\n"
              << failure.text << "\n";
    if (files_) note(name, failure);
    status_ = std::max(status_, failure.status);
  }

  void note(const std::string& name, const Failure& failure) {
    files_->failure("platform", {name, failure.status, failure.text});
  }

  void keep(const std::string& kind, const Message& row) {
    const auto key = std::make_pair(row.at("workload").get<std::string>(), kind);
    if (rows_.count(key) == 0) order_.push_back(key);
    rows_[key].push_back(row);
    if (!files_) return;
    if (!files_->has_table(kind)) {
      std::vector<std::string> columns;
      for (const auto& [column, value] : row.items()) columns.push_back(column);
      files_->table(kind, "compare_" + kind + ".csv", std::move(columns));
    }
    files_->row(kind, row);
  }

  void print() const {
    for (const auto& key : order_)
      print_comparison(std::cout, key.second, rows_.at(key), options_.descriptions);
  }

  const CompareOptions& options_;
  std::optional<GrowingFiles> files_;
  std::vector<std::pair<std::string, PreparedPlatform>> ready_;
  /// By workload and kind, in the order in which they came first.
  std::map<std::pair<std::string, std::string>, std::vector<Message>> rows_;
  std::vector<std::pair<std::string, std::string>> order_;
  int status_ = kExitOk;
  ProgressLine line_{[] {}};
};

}  // namespace

int compare(const CompareOptions& options) {
  check_options(options);
  catch_interrupts();
  return Comparison(options).run();
}

}  // namespace antares::platforms::cli
