// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <set>

#include "antares/platforms/cli/claim_run.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/cli/rounded_sizes.h"
#include "antares/platforms/cli/row_teller.h"
#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/report/claim_table.h"
#include "antares/platforms/report/growing_files.h"
#include "antares/platforms/report/sinks.h"
#include "antares/platforms/report/tables.h"
#include "antares/platforms/workload/claim_bounds.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms::cli {
namespace {

/// As collectives have it that say nothing else.
constexpr DataType kClaimType = DataType::float32;

std::uint32_t accelerators_of(const PlatformConfig& config) {
  std::uint32_t count = 0;
  for (const ExpandedEndpoint& endpoint : expand_endpoints(config))
    if (config.endpoints[endpoint.description].kind == EndpointKind::accelerator) ++count;
  return count;
}

bool has_engines(const PlatformConfig& config) {
  return std::all_of(config.switches.begin(), config.switches.end(),
                     [](const auto& part) { return part.hypercast && part.reduction; });
}

/// What all of it is about, read and checked before anything runs.
class Plan {
 public:
  explicit Plan(const ClaimOptions& options) : options_(options) {
    config_ = read_claim_options(options.given);
    round_sizes();
    const LoadedPlatform own = load(options.platform);
    accelerators_ = accelerators_of(own.config);
    for (const SwitchDescription& part : own.config.switches) {
      if (part.hypercast && part.reduction) continue;
      diagnostics_.error(
          {own.file, 0, 0},
          "the switch \"" + part.name + "\" does not copy and reduce: there is nothing to claim",
          "give it `hypercast: {}` and `reduction: {}`: --set "
          "switches[0].hypercast={} --set switches[0].reduction={}");
      break;
    }
    for (const std::uint32_t ranks : config_.ranks)
      if (ranks > accelerators_)
        diagnostics_.error({"--ranks", 0, 0},
                           own.file + " has " + std::to_string(accelerators_) +
                               " accelerators, not " + std::to_string(ranks),
                           "take at most so many, or another platform");
    points_ = claim_points(config_, accelerators_, options.quick);
    if (!is_none(config_.models)) choose_models();
    diagnostics_.throw_if_any();
  }

  const ClaimConfig& config() const { return config_; }
  const std::vector<ClaimPoint>& points() const { return points_; }
  struct Runner {
    DescriptionOptions options;
    bool engines = false;
  };
  /// The platform itself, then the baselines.
  const std::vector<Runner>& runners() const { return runners_; }
  const std::vector<WorkloadDescription>& models() const { return models_; }
  std::uint32_t model_ranks() const { return model_ranks_; }

 private:
  void round_sizes() {
    std::set<std::uint64_t> whole;
    for (const std::uint64_t bytes : config_.bytes) {
      const std::uint64_t rest = bytes % element_bytes(kClaimType);
      whole.insert(bytes - rest);
      if (rest == 0) continue;
      std::cerr << to_string(Diagnostic{"--bytes", 0, 0,
                                        "warning: " + rounded_size_text(bytes, kClaimType), ""})
                << "\n";
    }
    config_.bytes.assign(whole.begin(), whole.end());
  }

  void choose_models() {
    const LoadedPlatform described = load({options_.models_from, {}, {}});
    std::vector<std::string> known;
    for (const WorkloadDescription& workload : described.config.workloads)
      if (workload.kind == WorkloadKind::trace && workload.trace.model) {
        known.push_back(workload.name);
        const auto& wanted = config_.models;
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), known.back()) != wanted.end())
          models_.push_back(workload);
      }
    for (const std::string& name : config_.models)
      if (std::find(known.begin(), known.end(), name) == known.end())
        diagnostics_.error({"--models", 0, 0}, "there is no model \"" + name + "\"",
                           suggestion(name, known));
    if (known.empty())
      diagnostics_.error({"--models-from", 0, 0},
                         options_.models_from + " has no workload that is the step of a model");
    choose_platforms();
  }

  void choose_platforms() {
    runners_.push_back({options_.platform, true});
    std::uint32_t least = accelerators_;
    std::vector<std::string> baseline = config_.baseline;
    if (is_none(baseline)) baseline.clear();
    if (config_.baseline.empty())
      for (const char* name : {"nvl72", "ethernet_su_64"})
        if (name != options_.platform.description) baseline.emplace_back(name);
    for (const std::string& name : baseline) {
      if (std::any_of(runners_.begin(), runners_.end(),
                      [&](const Runner& runner) { return runner.options.description == name; }))
        diagnostics_.error({"--baseline", 0, 0}, "\"" + name + "\" is named twice",
                           "leave one of them out");
      Runner runner;
      runner.options.description = name;
      runner.options.seed = options_.platform.seed;
      const LoadedPlatform loaded = load(runner.options);
      runner.engines = has_engines(loaded.config);
      runners_.push_back(runner);
      const std::uint32_t here = accelerators_of(loaded.config);
      if (config_.model_ranks > here)
        diagnostics_.error({"--model-ranks", 0, 0}, name + " has " + std::to_string(here) +
                                                        " accelerators, not " +
                                                        std::to_string(config_.model_ranks));
      least = std::min(least, here);
    }
    if (config_.model_ranks > accelerators_)
      diagnostics_.error({"--model-ranks", 0, 0},
                         options_.platform.description + " has " + std::to_string(accelerators_) +
                             " accelerators, not " + std::to_string(config_.model_ranks));
    model_ranks_ = config_.model_ranks;
    constexpr std::uint32_t kMostByDefault = 16;
    if (model_ranks_ == 0)
      for (model_ranks_ = 1; model_ranks_ * 2 <= std::min(least, kMostByDefault);)
        model_ranks_ *= 2;
  }

  const ClaimOptions& options_;
  Diagnostics diagnostics_;
  ClaimConfig config_;
  std::uint32_t accelerators_ = 0;
  std::vector<ClaimPoint> points_;
  std::vector<Runner> runners_;
  std::vector<WorkloadDescription> models_;
  std::uint32_t model_ranks_ = 0;
};

class Claim {
 public:
  Claim(const ClaimOptions& options, const Plan& plan) : options_(options), plan_(plan) {
    if (!options.has_out) return;
    files_.emplace(options.out, "claim");
    files_->table("collectives", "claim.csv", claim_columns());
    files_->table("models", "claim_models.csv", claim_model_columns());
  }

  int run() {
    try {
      collectives();
      models();
    } catch (const Interrupted&) {
      line_.wipe();
      conclude();
      throw;
    }
    conclude();
    if (files_) files_->finish();
    return status_;
  }

 private:
  void collectives() {
    const std::size_t all = plan_.points().size();
    for (std::size_t i = 0; i < all; ++i) {
      const ClaimPoint& point = plan_.points()[i];
      where_ = fmt::format("{}/{} {}, {} ranks", i + 1, all, point.collective, point.ranks);
      const std::size_t before = rows_.size();
      measure(point, false);
      measure(point, true);
      const std::vector<Message> here(rows_.begin() + static_cast<std::ptrdiff_t>(before),
                                      rows_.end());
      line_.wipe();
      print_claim_gains(std::cout, claim_gains(here));
      if (files_) write_gains();
    }
  }

  /// What one kind of algorithm has taken so far, of one point.
  struct Series {
    std::map<std::string, std::map<std::uint64_t, double>> by_algorithm_us;
    std::map<std::string, Message> last;
    double rate_GBps = 0;

    double best_us(std::uint64_t bytes) const {
      double best = std::numeric_limits<double>::infinity();
      for (const auto& [algorithm, by_size_us] : by_algorithm_us)
        if (by_size_us.count(bytes) != 0) best = std::min(best, by_size_us.at(bytes));
      return best;
    }
  };

  /// All algorithms of a kind, those with the fewest bytes first; others only at sizes at which
  /// they could still be faster: T >= bytes of the busiest link / its payload rate. No other guess:
  /// what is slow at one size may be the best at the next.
  void measure(const ClaimPoint& point, bool in_switch) {
    Series series;
    const double largest = static_cast<double>(point.bytes.back());
    for (const AlgorithmLoad& algorithm :
         algorithm_loads(point.collective, point.ranks, point.bytes.back(), 4, in_switch)) {
      ClaimCollectiveRun run{point, algorithm.algorithm};
      const auto hopeless = [&](std::uint64_t bytes) {
        const double share = static_cast<double>(bytes) / largest;
        return series.rate_GBps != 0 &&
               algorithm.link_bytes * share / series.rate_GBps * 1e-3 > series.best_us(bytes);
      };
      auto& bytes = run.point.bytes;
      bytes.erase(std::remove_if(bytes.begin(), bytes.end(), hopeless), bytes.end());
      if (bytes.empty()) continue;
      measure(run, series);
      extrapolate(point, series.by_algorithm_us[algorithm.algorithm],
                  series.last[algorithm.algorithm],
                  algorithm.link_bytes / largest / series.rate_GBps * 1e-3);
    }
  }

  void measure(const ClaimCollectiveRun& run, Series& series) {
    in_child(
        options_.platform.description, where_ + ", " + run.algorithm,
        [&](const Tell& tell) { run_claim_collective(options_.platform, run, tell); },
        [&](const Message& row) {
          const auto size = row.at("size_bytes").get<std::uint64_t>();
          series.by_algorithm_us[run.algorithm][size] = row.at("time_us").get<double>();
          series.last[run.algorithm] = row;
          series.rate_GBps = row.at("payload_GBps").get<double>();
          add_row(row);
        });
  }

  void add_row(const Message& row) {
    rows_.push_back(row);
    if (files_) files_->row("collectives", row);
  }

  /// `row`: of the largest size that was simulated.
  void extrapolate(const ClaimPoint& point, const std::map<std::uint64_t, double>& by_size_us,
                   const Message& row, double least_us_per_byte) {
    if (by_size_us.count(point.bytes.back()) == 0) return;  // hopeless there, or it has failed
    if (by_size_us.size() < 2) return;
    const auto second = std::prev(by_size_us.end());
    const auto first = std::prev(second);
    for (const std::uint64_t size : point.beyond) {
      const double time_us = claim_extrapolated_us(size, *first, *second, least_us_per_byte);
      const double faster =
          static_cast<double>(size) / time_us * second->second / static_cast<double>(second->first);
      Message larger = row;
      for (const char* rate : {"busbw_GBps", "wirebw_GBps"})
        larger[rate] = rounded(row.at(rate).get<double>() * faster);
      larger["size_bytes"] = size;
      larger["time_us"] = rounded(time_us);
      larger["extrapolated"] = true;
      add_row(larger);
    }
  }

  void models() {
    for (const WorkloadDescription& model : plan_.models()) {
      for (const Plan::Runner& runner : plan_.runners()) {
        // auto is ring for what is large; the baselines are to be set against, not to be searched.
        std::vector<std::pair<const char*, bool>> ways = {{"auto", false}};
        if (!options_.quick && &runner == &plan_.runners().front())
          ways.emplace_back("direct", false);
        if (runner.engines) ways.emplace_back("in_switch", true);
        for (const auto& [algorithm, in_switch] : ways) {
          const ClaimModelRun run{model, algorithm, in_switch, plan_.model_ranks()};
          in_child(
              runner.options.description,
              model.name + " on " + runner.options.description + ", " + algorithm,
              [&](const Tell& tell) { run_claim_model(runner.options, run, tell); },
              [&](const Message& row) {
                model_rows_.push_back(row);
                if (files_) files_->row("models", row);
              });
        }
      }
    }
  }

  void in_child(const std::string& platform, const std::string& what,
                const std::function<void(const Tell&)>& work, const Tell& take) {
    line_.progress(what, 0);
    const Failure failure = run_in_child(work, [&](const Message& message) {
      if (message.contains(kProgress))
        line_.progress(what + ": " + message.at(kProgress).get<std::string>(),
                       message.at(kDone).get<double>());
      else
        take(message.at(kRow));
    });
    if (failure.status == 0) return;
    // The others are not lost by it.
    line_.wipe();
    std::cerr << "antares: " << what << ":\n" << failure.text << "\n";
    if (files_) files_->failure("what", {platform + ": " + what, failure.status, failure.text});
    status_ = std::max(status_, failure.status);
  }

  void write_gains() {
    Message list = Message::array();
    const std::vector<ClaimGain> gains = claim_gains(rows_);
    for (const ClaimGain& gain : gains) list.push_back(to_json(gain, claim_gain_columns()));
    files_->set("gains", std::move(list));
    list = Message::array();
    for (const ClaimVerdict& verdict : claim_verdicts(gains, plan_.config().factor))
      list.push_back(to_json(verdict, claim_verdict_columns()));
    files_->set("verdicts", std::move(list));
  }

  void conclude() {
    line_.wipe();
    if (files_) write_gains();
    const double factor = plan_.config().factor;
    std::set<std::string> without_engines;
    for (const Plan::Runner& runner : plan_.runners())
      if (!runner.engines) without_engines.insert(runner.options.description);
    print_claim_models(std::cout, model_rows_, options_.platform.description, without_engines,
                       factor);
    print_claim_verdicts(std::cout, claim_verdicts(claim_gains(rows_), factor), factor);
    std::cout
        << "# Simulated, but for sizes marked ~, which follow from the two largest simulated "
           "ones.\n"
           "# It stands on assumptions: every latency, queue and arbitration of the switch, the "
           "engines' rate, contexts and latency,\n# and what software costs an accelerator, none "
           "of which is public: antares describe "
        << options_.platform.description << " --assumptions\n"
        << std::flush;
  }

  const ClaimOptions& options_;
  const Plan& plan_;
  std::optional<GrowingFiles> files_;
  std::vector<Message> rows_;
  std::vector<Message> model_rows_;
  std::string where_;
  int status_ = kExitOk;
  ProgressLine line_{[] {}};
};

}  // namespace

int claim(const ClaimOptions& options) {
  const Plan plan(options);
  Claim claim(options, plan);
  catch_interrupts();
  return claim.run();
}

}  // namespace antares::platforms::cli
