// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/workload_options.h"

#include <algorithm>

#include "antares/platforms/cli/borrowed_workloads.h"
#include "antares/platforms/cli/option_nodes.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/presets.h"
#include "antares/platforms/config/settings.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms::cli {
namespace {

/// A trace of a given format, as a pattern is traffic of a given pattern.
const std::vector<std::string> kFormats = {"chakra", "simai", "param"};
const std::vector<std::string> kPatterns = {"uniform", "permutation", "transpose", "hot_spot",
                                            "incast"};

const char* name_of(WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::collective:
      return "collective";
    case WorkloadKind::concurrent:
      return "concurrent";
    case WorkloadKind::traffic:
      return "traffic";
    case WorkloadKind::pairs:
      return "pairs";
    case WorkloadKind::goodput:
      return "goodput";
    case WorkloadKind::moe:
      return "moe";
    case WorkloadKind::trace:
      break;
  }
  return "trace";
}

bool fits(const WorkloadOption& option, WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::collective:
      return option.collective;
    case WorkloadKind::traffic:
      return option.traffic;
    case WorkloadKind::pairs:
      return option.pairs;
    case WorkloadKind::concurrent:
    case WorkloadKind::goodput:
    case WorkloadKind::moe:
      return false;
    case WorkloadKind::trace:
      break;
  }
  return option.trace;
}

std::vector<std::string> collectives() {
  std::vector<std::string> names;
  for (const AlgorithmInfo& info : algorithms())
    if (names.empty() || names.back() != info.collective) names.push_back(info.collective);
  return names;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Node value_of(const WorkloadOption& option, const std::string& text) {
  const Place place{option.name, 0, 0};
  const std::string key = option.key;
  if (key == "packets") {
    Node mix = list_node(text, place);
    for (Node& item : mix.items) {
      Node packet;
      packet.place = place;
      put_node(packet, "bytes", std::move(item));
      item = std::move(packet);
    }
    return mix;
  }
  if (key == "sweep") {
    Node sweep;
    sweep.place = place;
    put_node(sweep, "from", scalar_node("0.02", place));
    put_node(sweep, "step", scalar_node(text, place));
    put_node(sweep, "find_saturation", scalar_node("true", place));
    return sweep;
  }
  // Lists are spelled "X,..." in the help.
  if (std::string(option.value).find("...") != std::string::npos) return list_node(text, place);
  return scalar_node(text, place);
}

class Replacer {
 public:
  Replacer(const WorkloadOptions& options, LoadedPlatform& platform)
      : options_(options), platform_(platform) {}

  void run() {
    WorkloadDescription workload = choose();
    Node section = section_of(workload.kind);
    if (workload.kind == WorkloadKind::trace) {
      move_job_ranks(workload, section);
      require_input(workload, section);
    }
    diagnostics_.throw_if_any();
    Binder binder(diagnostics_);
    const std::string path = std::string("workloads[0].") + name_of(workload.kind);
    if (section.is_map()) {
      switch (workload.kind) {
        case WorkloadKind::collective:
          binder.bind(section, workload.collective, path);
          break;
        case WorkloadKind::concurrent:
          binder.bind(section, workload.concurrent, path);
          break;
        case WorkloadKind::traffic:
          binder.bind(section, workload.traffic, path);
          break;
        case WorkloadKind::trace:
          binder.bind(section, workload.trace, path);
          break;
        case WorkloadKind::pairs:
          binder.bind(section, workload.pairs, path);
          break;
        case WorkloadKind::goodput:
          binder.bind(section, workload.goodput, path);
          break;
        case WorkloadKind::moe:
          binder.bind(section, workload.moe, path);
          break;
      }
    }
    if (workload.kind == WorkloadKind::collective) refuse_unused(workload.collective.collective);
    diagnostics_.throw_if_any();
    platform_.config.workloads = {workload};
    move_origins(binder.origins());
    check_workload_names(platform_);
  }

 private:
  void error(const std::string& option, std::string message, std::string hint = {}) {
    diagnostics_.error({option, 0, 0}, std::move(message), std::move(hint));
  }

  /// A description may state what its collective does not use, as a resolved one does; whoever
  /// types an option wants something of it.
  void refuse_unused(const std::string& collective) {
    if (options_.given.count("--redop") != 0 && !reduces(collective))
      error("--redop", collective + " reduces nothing", "leave it out");
    if (options_.given.count("--root") != 0 && !has_root(collective))
      error("--root", collective + " has no root", "leave it out");
  }

  /// One of the description's, or a new one of the kind that was asked for.
  WorkloadDescription choose() {
    const std::string& word = options_.workload;
    const auto& described = platform_.config.workloads;
    const auto named = options_.none_of_its_own
                           ? described.end()
                           : std::find_if(described.begin(), described.end(),
                                          [&](const auto& each) { return each.name == word; });
    WorkloadDescription fresh;
    fresh.name = word;
    const bool is_collective = contains(collectives(), word);
    const bool is_pattern = contains(kPatterns, word);
    const bool is_kind = is_collective || is_pattern || contains(kFormats, word) ||
                         word == "traffic" || word == "trace" || word == "pairs" ||
                         word == "goodput" || word == "moe";
    // A kind with options is built from these alone: the same command gives the same workload on
    // every description.
    if (named != described.end() && (!is_kind || options_.given.empty())) {
      selected_ = static_cast<std::size_t>(named - described.begin());
      return *named;
    }
    if (is_collective) {
      fresh.collective.collective = word;
    } else if (is_pattern || word == "traffic") {
      fresh.kind = WorkloadKind::traffic;
      pattern_ = is_pattern ? word : std::string();
    } else if (word == "trace" || contains(kFormats, word)) {
      fresh.kind = WorkloadKind::trace;
      if (word != "trace") format_ = word;
    } else if (word == "pairs") {
      fresh.kind = WorkloadKind::pairs;
    } else if (word == "goodput") {
      fresh.kind = WorkloadKind::goodput;
    } else if (word == "moe") {
      fresh.kind = WorkloadKind::moe;
    } else {
      std::vector<std::string> words = collectives();
      words.insert(words.end(), kPatterns.begin(), kPatterns.end());
      words.insert(words.end(), kFormats.begin(), kFormats.end());
      words.insert(words.end(), {"traffic", "trace", "pairs", "goodput", "moe"});
      if (options_.none_of_its_own) {
        error("--workload", "\"" + word + "\" is no collective, pattern or trace",
              suggestion(word, words) +
                  "; a description's own workload is taken by --workloads-from FILE");
      } else {
        for (const auto& each : described) words.push_back(each.name);
        error("--workload", "there is no workload, collective or pattern \"" + word + "\"",
              suggestion(word, words));
      }
      diagnostics_.throw_if_any();
    }
    return fresh;
  }

  /// `--ranks 8`: the first so many accelerators.
  Node first_ranks(const std::string& text) {
    const Place place{"--ranks", 0, 0};
    std::string names;
    std::size_t count = 0;
    const std::size_t wanted = text.size() > 6 ? kMaxEndpoints + 1 : std::stoul(text);
    for (const ExpandedEndpoint& endpoint : expand_endpoints(platform_.config)) {
      if (platform_.config.endpoints[endpoint.description].kind != EndpointKind::accelerator)
        continue;
      if (count++ < wanted) names += (names.empty() ? "" : ",") + endpoint.name;
    }
    if (wanted == 0)
      error("--ranks", "a collective of 0 ranks", "one accelerator at least takes part");
    if (wanted > count)
      error("--ranks",
            platform_.file + " has " + std::to_string(count) + " accelerators, not " + text,
            "take at most so many, or another platform");
    return list_node(names, place);
  }

  Node value_for(const WorkloadOption& option, const std::string& text) {
    const std::string key = option.key;
    if (key == "ranks" && text.find_first_not_of("0123456789") == std::string::npos)
      return first_ranks(text);
    if (key != "model") return value_of(option, text);
    Node model = typed_value(text, {option.name, 0, 0}, diagnostics_);
    apply_model_preset(model, diagnostics_);
    return model;
  }

  /// A model says itself how many ranks it has.
  void move_job_ranks(const WorkloadDescription& workload, Node& section) {
    auto& entries = section.entries;
    const auto ranks = std::find_if(entries.begin(), entries.end(), [](const NodeEntry& entry) {
      return entry.key == "job_ranks";
    });
    if (ranks == entries.end() || (section.find("model") == nullptr && !workload.trace.model))
      return;
    Node value = std::move(ranks->value);
    entries.erase(ranks);
    Node* model = section.find("model");
    if (model == nullptr) {
      put_node(section, "model", Node());
      model = &section.entries.back().value;
      model->place = value.place;
    }
    if (model->find("ranks") != nullptr)
      error("--job-ranks", "--model says that already", "leave one of the two out");
    else
      put_node(*model, "ranks", std::move(value));
  }

  Node section_of(WorkloadKind kind) {
    // In a description a sweep takes the place of loads, whoever types both wants something of
    // both.
    if (options_.given.count("--load") != 0 && options_.given.count("--find-saturation") != 0)
      error("--load", "would not be used: --find-saturation says which loads are tried",
            "leave one of the two out");
    Node section;
    section.place = {"--workload", 0, 0};
    if (!pattern_.empty()) put_node(section, "pattern", scalar_node(pattern_, section.place));
    if (!format_.empty()) put_node(section, "format", scalar_node(format_, section.place));
    for (const WorkloadOption& option : workload_option_list()) {
      const auto given = options_.given.find(option.name);
      if (given == options_.given.end()) continue;
      if (!fits(option, kind)) {
        error(option.name,
              "does not go with --workload " + options_.workload + ", which is a " + name_of(kind),
              kind == WorkloadKind::trace && option.name == std::string("--ranks")
                  ? "--job-ranks N is for models and SimAI files"
                  : "");
        continue;
      }
      if (section.find(option.key) != nullptr) {
        error(option.name, "--workload " + options_.workload + " says that already");
        continue;
      }
      put_node(section, option.key, value_for(option, given->second));
    }
    return section;
  }

  void require_input(const WorkloadDescription& workload, Node& section) {
    if (section.find("input") != nullptr || section.find("model") != nullptr) return;
    if (workload.trace.input.empty()) {
      if (!workload.trace.model)
        error("--workload", options_.workload + " needs --input",
              "the trace's file, folder or archive; or --model, a step of a model");
      return;
    }
    if (section.is_map())
      put_node(section, "input", scalar_node(workload.trace.input, section.place));
  }

  void move_origins(const std::map<std::string, Origin>& more) {
    std::map<std::string, Origin> kept;
    const std::string from = selected_ ? index_path("workloads", *selected_) : std::string();
    for (const auto& [path, origin] : platform_.origins) {
      if (path.rfind("workloads", 0) != 0)
        kept.emplace(path, origin);
      else if (!from.empty() && path.rfind(from, 0) == 0)
        kept["workloads[0]" + path.substr(from.size())] = origin;
    }
    kept["workloads"].place = {"--workload", 0, 0};
    for (const auto& [path, origin] : more) {
      // The input that was kept keeps its place: it is relative to the description.
      if (origin.place.file == "--workload" && kept.count(path) != 0) continue;
      kept[path] = origin;
    }
    platform_.origins = std::move(kept);
  }

  const WorkloadOptions& options_;
  LoadedPlatform& platform_;
  Diagnostics diagnostics_;
  std::string pattern_;
  std::string format_;
  std::optional<std::size_t> selected_;
};

}  // namespace

void apply(const WorkloadOptions& options, LoadedPlatform& platform) {
  if (!options.from.empty()) {
    borrow_workloads(options.from, platform);
  }
  if (!options.workload.empty()) return Replacer(options, platform).run();
  if (options.given.empty()) return;
  Diagnostics diagnostics;
  for (const auto& [option, value] : options.given)
    diagnostics.error({option, 0, 0}, "says how a workload is run, but not which",
                      "add --workload NAME");
  diagnostics.throw_if_any();
}

}  // namespace antares::platforms::cli
