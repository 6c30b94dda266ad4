// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>

#include "antares/platforms/build/version.h"
#include "antares/platforms/cli/claim_options.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/config/diagnostics.h"

namespace antares::platforms::cli {
namespace {

constexpr auto kExamples = R"(
Examples:
  antares list                                  what comes with Antares
  antares describe scorpio_x_20x16              its ports, bandwidth and latency, in tables
  antares run first                             the workloads of the first description
  antares run scorpio_x_20x16 --workload all_reduce --algorithm ring --bytes 1MiB,1GiB --out out
  antares run first --workload uniform --trace first.pftrace --set observe.trace.packets=1000
  antares run crossbar_theory --set queueing=fifo --set load=1
  antares compare hgx_h100 scorpio_x_40x8 --workload all_reduce --bytes 1MiB,64MiB
  antares compare nvl72 ualink_pod_72 --workload uniform --load 0.5,0.9
  antares compare nvl72 ualink_pod_72 --workloads-from model_steps
  antares claim scorpio_x_pod_40 --quick        what copies and sums in the switch gain, and where
  antares run my.yaml --workload trace --input traces/
  antares trace info traces/                    what of a trace was understood, what ignored
  antares import nccl-topology topo.xml --out server.yaml
  antares check my.yaml                         all mistakes of a description at once

FILE is a description in YAML, or the name of one that comes with Antares.
Exit status: 0 fine; 1 the run failed a check; 2 bad input.)";

void add_settings(CLI::App& command, std::vector<std::string>& settings, std::string& seed) {
  command
      .add_option("-p,--set", settings,
                  "Parameter or key: load=0.9, switches[0].ports[0].pcie.lanes=8 (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("--seed", seed, "Seed of all random streams")->type_name("N");
}

void add_description(CLI::App& command, DescriptionOptions& options) {
  command.add_option("FILE", options.description, "Description, or name of a shipped one")
      ->required();
  add_settings(command, options.settings, options.seed);
}

void add_workload_option(CLI::App& command, WorkloadOptions& options,
                         const WorkloadOption& option) {
  const std::string name = option.name;
  command
      .add_option_function<std::string>(
          name, [&options, name](const std::string& value) { options.given[name] = value; },
          option.help)
      ->type_name(option.value)
      ->group(option.group);
}

void add_workload_options(CLI::App& command, WorkloadOptions& options) {
  command
      .add_option(
          "-w,--workload", options.workload,
          "Run this in place of the description's workloads: the name of one of them, a "
          "collective, a traffic pattern, traffic, trace (chakra, simai, param) or pairs; the "
          "options below say how, and with any of them a kind is built from these alone, "
          "also where the description has a workload of that name")
      ->group("Workload");
  command
      .add_option("--workloads-from", options.from,
                  "The workloads of this description in place of the platform's own")
      ->type_name("FILE")
      ->group("Workload");
  for (const WorkloadOption& option : workload_option_list())
    add_workload_option(command, options, option);
}

void add_claim_options(CLI::App& command, ClaimOptions& options) {
  add_description(command, options.platform);
  for (const ClaimOption& option : claim_option_list()) {
    const std::string name = option.name;
    command
        .add_option_function<std::string>(
            name, [&options, name](const std::string& value) { options.given[name] = value; },
            option.help)
        ->type_name(option.value);
  }
  command
      .add_option("--models-from", options.models_from,
                  "Description whose workloads the models are (default: claim_models)")
      ->type_name("FILE");
  command.add_flag("--quick", options.quick, "Three sizes, all ranks, one software of each model");
  command
      .add_option("-o,--out", options.out,
                  "Folder for claim.json, claim.csv and claim_models.csv, which grow as rows come")
      ->type_name("DIR");
  command.footer(
      "\nEach point runs in a process of its own. Settings are for FILE, not for the baselines.");
}

std::string message_of(const CLI::ParseError& error, const std::vector<std::string>& words,
                       CLI::App& app) {
  std::string message = error.what();
  // CLI11 says only that a command is missing when it doesn't know the one it got.
  const auto unknown = [](CLI::App& of, const std::string& word) {
    std::vector<std::string> commands;
    for (const CLI::App* command : of.get_subcommands({})) commands.push_back(command->get_name());
    return "there is no command \"" + word + "\"; " + suggestion(word, commands);
  };
  const auto named = app.get_subcommands();
  if (named.empty() && !words.empty() && words.front()[0] != '-')
    return unknown(app, words.front());
  if (!named.empty() && words.size() > 1 && words[1][0] != '-' &&
      !named.front()->get_subcommands({}).empty() && named.front()->get_subcommands().empty())
    return named.front()->get_name() + ": " + unknown(*named.front(), words[1]);
  const auto* extra = dynamic_cast<const CLI::ExtrasError*>(&error);
  if (extra == nullptr) return message;
  std::vector<std::string> known;
  std::vector<CLI::App*> apps = app.get_subcommands();
  if (apps.empty()) {
    for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  }
  apps.push_back(&app);
  for (const CLI::App* one : apps)
    for (const CLI::Option* option : one->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string guess = nearest(name, known);
    if (!guess.empty()) return message + "; did you mean " + guess + "?";
  }
  return message;
}

/// The option or place that an empty word is meant for; empty if there is none. Many a script's
/// unset variable ends here: to an option, "" is not the same as nothing.
std::string empty_value(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() > 3 && word.rfind("--", 0) == 0 && word.back() == '=')
      return word.substr(0, word.size() - 1);
    if (!word.empty() || i == 0) continue;
    if (words[i - 1].rfind("-", 0) == 0) return words[i - 1];
    return words[0] == "list"                            ? "TOPIC"
           : words[0] == "trace" || words[0] == "import" ? "PATH"
                                                         : "FILE";
  }
  return {};
}

}  // namespace

int command_line(int argc, char** argv) {
  CLI::App app("Antares: a SystemC/TLM-2.0 model of an AI fabric switch");
  app.name("antares");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("antares ") + version());
  app.require_subcommand(1);
  std::function<int()> command;

  RunOptions run_options;
  auto* run_app = app.add_subcommand("run", "Run the workloads of a description, print tables");
  add_description(*run_app, run_options.platform);
  run_app
      ->add_option("-o,--out", run_options.out,
                   "Folder for results.json, links.csv, ports.csv and run_info.json")
      ->type_name("DIR");
  run_app
      ->add_option("-t,--trace", run_options.trace,
                   "Packet trace for ui.perfetto.dev: the way of each packet, port by port, while "
                   "the run goes on. What part of the run: --set observe.trace.from_us=N, to_us, "
                   "packets")
      ->type_name("FILE");
  run_app->add_flag("--dump-config", run_options.dump_config,
                    "Print the description with everything filled in, and where each value comes "
                    "from; runs nothing");
  add_workload_options(*run_app, run_options.workload);
  run_app->footer("\nColumns: antares list columns. Sizes and times take units: 64KiB, \"20 us\".");
  run_app->callback([&] {
    run_options.has_out = run_app->count("--out") > 0;
    run_options.has_trace = run_app->count("--trace") > 0;
    run_options.command_line.assign(argv, argv + argc);
    command = [&] { return run(run_options); };
  });

  CompareOptions compare_options;
  auto* compare_app = app.add_subcommand(
      "compare",
      "The same collectives, traffic or traces on several platforms, side by side in one table");
  compare_app
      ->add_option("FILE", compare_options.descriptions, "Descriptions, or names of shipped ones")
      ->required();
  add_settings(*compare_app, compare_options.settings, compare_options.seed);
  add_workload_options(*compare_app, compare_options.workload);
  compare_app
      ->add_option("-o,--out", compare_options.out,
                   "Folder for compare.json and a compare_KIND.csv, which grow as rows come")
      ->type_name("DIR");
  compare_app->footer(
      "\nA kind of workload is built from the options alone; --workloads-from FILE takes "
      "described ones. Each platform runs in a\nprocess of its own: what goes wrong with one does "
      "not end the others. Settings are for all of them.");
  compare_app->callback([&] {
    compare_options.has_out = compare_app->count("--out") > 0;
    command = [&] { return compare(compare_options); };
  });

  ClaimOptions claim_options;
  auto* claim_app = app.add_subcommand(
      "claim", "What copies and sums in the switch gain over the best software, and where");
  add_claim_options(*claim_app, claim_options);
  claim_app->callback([&] {
    claim_options.has_out = claim_app->count("--out") > 0;
    command = [&] { return claim(claim_options); };
  });

  DescriptionOptions check_options;
  auto* check_app = app.add_subcommand("check", "Find all mistakes of a description at once");
  add_description(*check_app, check_options);
  check_app->callback([&] { command = [&] { return check(check_options); }; });

  DescribeOptions describe_options;
  auto* describe_app = app.add_subcommand(
      "describe", "Ports, bandwidth, bisection, zero-load latency and its parts");
  add_description(*describe_app, describe_options.platform);
  describe_app->add_flag(
      "--assumptions", describe_options.assumptions,
      "List the values that nobody has published, and why they are what they are");
  describe_app->add_flag("--json", describe_options.json, "As JSON");
  describe_app->callback([&] { command = [&] { return describe(describe_options); }; });

  bool markdown = false;
  auto* schema_app = app.add_subcommand("schema", "JSON Schema of descriptions, for editors");
  schema_app->add_flag("--markdown", markdown, "All keys as tables in Markdown instead");
  schema_app->callback([&] { command = [&] { return schema(markdown); }; });

  std::string trace_path;
  auto* trace_app = app.add_subcommand("trace", "Traces and programs written by others");
  trace_app->require_subcommand(1);
  auto* info_app = trace_app->add_subcommand(
      "info", "What of it was understood and what ignored, with units; runs nothing");
  info_app
      ->add_option("PATH", trace_path,
                   "A file, a folder or an archive: Chakra traces, a SimAI layer file, an MSCCL "
                   "program, an MSCCL++ plan")
      ->required();
  info_app->callback([&] { command = [&] { return trace_info(trace_path); }; });

  ImportOptions import_options;
  auto* import_app = app.add_subcommand("import", "Platforms written by others as descriptions");
  import_app->require_subcommand(1);
  auto* topology_app = import_app->add_subcommand(
      "nccl-topology", "A topology dump of NCCL or RCCL (NCCL_TOPO_DUMP_FILE): the PCIe tree");
  topology_app->add_option("PATH", import_options.input, "The XML file")->required();
  topology_app
      ->add_option("-o,--out", import_options.out,
                   "Description to write; without it standard output")
      ->type_name("FILE");
  topology_app->callback([&] {
    import_options.has_out = topology_app->count("--out") > 0;
    command = [&] { return import_topology(import_options); };
  });

  std::string topic;
  auto* list_app = app.add_subcommand("list", "What comes with Antares");
  list_app->add_option("TOPIC", topic, "One of: " + join(list_topics()));
  list_app->callback([&] { command = [&] { return list(topic); }; });

  if (argc <= 1) {
    std::cerr << app.help();
    return kExitBadInput;
  }
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (const std::string empty = empty_value(words); !empty.empty()) {
    std::cerr << "antares: " << empty << ": is empty; say something, or leave it out\n";
    return kExitBadInput;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with status 0.
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
    std::cerr << "antares: " << message_of(error, words, app) << "\n"
              << "antares --help says more.\n";
    return kExitBadInput;
  }
  return command();
}

}  // namespace antares::platforms::cli
