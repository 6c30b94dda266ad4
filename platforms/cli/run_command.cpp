// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/build/version.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/cli/rounded_sizes.h"
#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/dump.h"
#include "antares/platforms/report/fabric_facts.h"
#include "antares/platforms/report/packet_trace_file.h"
#include "antares/platforms/report/result_files.h"
#include "antares/platforms/report/sinks.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms::cli {
namespace {

void print_header(const Platform& platform, const LoadedPlatform& loaded) {
  const PlatformConfig& config = platform.config();
  std::cout << "# antares " << version() << ", " << config.name
            << (config.description.empty() ? "" : ": " + config.description) << "\n";
  const SwitchFacts* before = nullptr;
  const std::vector<SwitchFacts> all = fabric_facts(platform);
  for (const SwitchFacts& facts : all) {
    if (before != nullptr && facts.same_part_as(*before)) {
      if (&facts == &all.back() || !(&facts)[1].same_part_as(*before))
        std::cout << "# ... up to " << facts.name << ": the same\n";
      continue;
    }
    before = &facts;
    std::cout << fmt::format(
        "# {}: {} ports{}, {:.4g} TB/s raw and {:.4g} TB/s usable a direction\n", facts.name,
        facts.ports.size(),
        facts.lanes_used == 0 ? "" : fmt::format(", {} lanes in use", facts.lanes_used),
        facts.raw_GBps / 1000, facts.usable_GBps / 1000);
    std::cout << "# trains of " << facts.name << ":";
    const char* separator = " ";
    for (const TrainFacts& train : facts.trains) {
      std::cout << separator << train.what << " " << readable_bytes(train.effective_bytes);
      separator = ", ";
    }
    const std::uint64_t asked = facts.trains.front().asked_bytes;
    std::cout << (asked == 0 ? " (run.train_bytes: one link packet)"
                             : " (run.train_bytes: " + readable_bytes(asked) + ")")
              << "\n";
  }
  std::cout << "# seed " << config.run.seed;
  for (const auto& [name, value] : loaded.parameters) std::cout << ", " << name << " = " << value;
  std::cout << "\n\n" << std::flush;
}

/// Runs with all sinks in place; what is thrown has been noted in the files.
void run_platform(const LoadedPlatform& loaded, const std::vector<ReadyWorkload>& workloads,
                  const RunInfo& info, ResultFiles* files, PacketTraceFile* trace) {
  Platform platform(loaded.config);
  if (trace != nullptr) trace->listen_to(platform);
  print_header(platform, loaded);
  Tables tables(std::cout);
  ProgressLine progress([&] {
    throw_if_interrupted();
    if (trace != nullptr) trace->check();
  });
  Sinks sinks;
  sinks.add(progress);
  sinks.add(tables);
  if (files != nullptr) sinks.add(*files);
  const auto end_trace = [&] {
    if (trace != nullptr) trace->finish(platform.scheduler().now_ps());
  };
  const auto print_trace = [&] {
    if (trace != nullptr && !trace->failed())
      std::cout << "# " << trace->summary() << "\n" << std::flush;
  };
  const auto give_up = [&](const char* outcome, const std::exception& error) {
    progress.wipe();
    tables.end_table();
    end_trace();
    print_trace();
    if (files != nullptr) files->abandon(outcome, error.what());
  };
  try {
    run_workloads(platform, workloads, sinks);
    end_trace();
    if (trace != nullptr) trace->check();
  } catch (const Interrupted& error) {
    give_up("interrupted", error);
    throw;
  } catch (const OutputError& error) {
    give_up("failed", error);
    throw RunFailure(error.what());
  } catch (const std::exception& error) {
    give_up("failed", error);
    throw;
  }
  progress.wipe();
  tables.totals(platform.totals(), info.wall_seconds());
  print_trace();
  if (files == nullptr) return;
  try {
    files->finish(platform.totals());
  } catch (const OutputError& error) {
    files->abandon("failed", error.what());
    throw RunFailure(error.what());
  }
}

}  // namespace

namespace {

LoadedPlatform load_and_warn(const DescriptionOptions& options,
                             const std::vector<std::string>& settings) {
  LoadedPlatform loaded = load_platform(locate_description(options.description), settings);
  for (const Diagnostic& each : loaded.warnings) {
    Diagnostic told = each;
    told.message = "warning: " + told.message;
    std::cerr << to_string(told) << "\n";
  }
  return loaded;
}

}  // namespace

LoadedPlatform load(const DescriptionOptions& options) {
  std::vector<std::string> settings = options.settings;
  if (options.seed.empty()) return load_and_warn(options, settings);
  settings.push_back("run.seed=" + options.seed);
  try {
    return load_and_warn(options, settings);
  } catch (const ConfigError& error) {
    std::vector<Diagnostic> told = error.diagnostics();
    for (Diagnostic& each : told)
      if (each.file == "--set " + settings.back()) each.file = "--seed " + options.seed;
    throw ConfigError(told);
  }
}

PreparedPlatform prepare(const DescriptionOptions& options, const WorkloadOptions& workload) {
  PreparedPlatform prepared{load(options), {}};
  apply(workload, prepared.loaded);
  prepared.workloads = prepare_workloads(prepared.loaded);
  return prepared;
}

int run(const RunOptions& options) {
  const auto [loaded, workloads] = prepare(options.platform, options.workload);
  if (options.dump_config) {
    std::cout << dump(loaded);
    return kExitOk;
  }
  std::set<std::string> told;
  warn_of_rounded_sizes(loaded, told);
  if (loaded.config.workloads.empty())
    throw ConfigError({{loaded.file, 0, 0, "the description has no workloads: nothing to run",
                        "add some, or say --workload all_reduce"}});
  const RunInfo info(options.command_line);
  std::optional<ResultFiles> files;
  if (options.has_out) files.emplace(options.out, loaded.config, info);
  std::optional<PacketTraceFile> trace;
  if (options.has_trace && options.trace.empty())
    throw OutputError("--trace needs the name of a file");
  if (options.has_trace) trace.emplace(options.trace, loaded.config.observe.trace);
  catch_interrupts();
  run_platform(loaded, workloads, info, files ? &*files : nullptr, trace ? &*trace : nullptr);
  return kExitOk;
}

}  // namespace antares::platforms::cli
