// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <iostream>

#include "antares/platforms/cli/commands.h"
#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/field_values.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms::cli {
namespace {

void row(const std::string& name, const std::string& text) {
  std::cout << fmt::format("  {:<36} {}\n", name, text);
}

/// The legal names of a key, from the list that also reads it.
template <class Struct>
void choices(const std::string& key) {
  const auto* field = protocols::struct_fields<Struct>().find(key);
  if (field == nullptr) return;
  std::cout << "  " << field->doc << "\n";
  for (const auto& [name, value] : field->names) std::cout << "    " << name << "\n";
}

void descriptions() {
  for (const ShippedDescription& each : list_descriptions()) row(each.name, each.summary);
}

void presets(const char* section) {
  for (const ShippedDescription& each : list_presets(section)) row(each.name, each.summary);
}

void workloads() {
  for (const ShippedDescription& each : list_descriptions()) {
    const LoadedPlatform loaded = load_platform(each.path);
    for (const WorkloadDescription& workload : loaded.config.workloads) {
      const bool collective = workload.kind == WorkloadKind::collective;
      row(each.name + " " + workload.name,
          collective ? "collective, " + workload.collective.algorithm
          : workload.kind == WorkloadKind::concurrent ? "collectives at once"
          : workload.kind == WorkloadKind::traffic    ? "traffic"
          : workload.kind == WorkloadKind::pairs      ? "pairs of port kinds"
          : workload.kind == WorkloadKind::goodput    ? "goodput of links, each on its own"
          : workload.kind == WorkloadKind::moe        ? "experts, by copies and sums of the switch"
          : workload.trace.model                      ? "a step of a model"
                                                      : "trace " + workload.trace.input);
    }
  }
}

void algorithm_table() {
  for (const AlgorithmInfo& info : antares::platforms::algorithms())
    row(info.collective + " " + info.algorithm, info.description);
}

void columns() {
  for (const ColumnInfo& column : all_columns())
    row(column.table + " " + column.name,
        (column.unit.empty() ? "" : "[" + column.unit + "] ") + column.definition);
}

struct Topic {
  const char* name;
  const char* title;
  std::function<void()> print;
};

const std::vector<Topic>& topics() {
  static const std::vector<Topic> list = {
      {"descriptions", "Descriptions (antares run NAME)", descriptions},
      {"presets", "Accelerators (accelerator: {preset: NAME})", [] { presets("accelerator"); }},
      {"models", "Models (trace: {model: {preset: NAME}})", [] { presets("model"); }},
      {"workloads", "Workloads of these descriptions (--workload NAME)", workloads},
      {"algorithms", "Collectives and their algorithms (--workload COLLECTIVE --algorithm NAME)",
       algorithm_table},
      {"patterns", "Traffic patterns and arrivals (--workload PATTERN --arrivals KIND)",
       [] {
         choices<TrafficWorkload>("pattern");
         choices<TrafficWorkload>("arrivals");
       }},
      {"arbiters", "Crossbars",
       [] {
         choices<models::CrossbarConfig>("arbiter");
         choices<models::CrossbarConfig>("queueing");
       }},
      {"endpoints", "Endpoints", [] { choices<EndpointDescription>("kind"); }},
      {"columns", "Columns of tables, CSV files and results.json", columns},
  };
  return list;
}

}  // namespace

std::vector<std::string> list_topics() {
  std::vector<std::string> names;
  for (const Topic& topic : topics()) names.emplace_back(topic.name);
  return names;
}

int list(const std::string& wanted) {
  bool found = false;
  for (const Topic& topic : topics()) {
    // The columns fill two screens: only for those who ask.
    if (wanted.empty() ? std::string(topic.name) == "columns" : wanted != topic.name) continue;
    std::cout << (found ? "\n" : "") << topic.title << "\n";
    topic.print();
    found = true;
  }
  if (!found)
    throw ConfigError({{"list", 0, 0, "there is no topic \"" + wanted + "\"",
                        suggestion(wanted, list_topics())}});
  if (wanted.empty()) std::cout << "\nAlso: antares list columns\n";
  return kExitOk;
}

}  // namespace antares::platforms::cli
