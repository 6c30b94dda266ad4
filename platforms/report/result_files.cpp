// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/result_files.h"

#include <filesystem>

#include "antares/platforms/build/version.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/config_json.h"

namespace antares::platforms {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

}  // namespace

ResultFiles::ResultFiles(const std::string& folder, const PlatformConfig& config,
                         const RunInfo& info)
    : folder_(folder), info_(info) {
  make_output_folder(folder_);
  results_["schema_version"] = kResultsSchemaVersion;
  results_["antares_version"] = version();
  results_["complete"] = false;
  results_["seed"] = config.run.seed;
  results_["config"] = config_json(config);
  for (const char* table : {"collectives", "traffic", "links"}) results_[table] = Json::array();
  results_["totals"] = nullptr;
  // First of all the old results go: whatever fails now, they must not pass for this run's.
  write_results();
  std::error_code none;
  for (const char* some_have : {"/pairs.csv", "/partitions.csv"})
    fs::remove(folder_ + some_have, none);
  links_ = open_output(folder_ + "/links.csv");
  ports_ = open_output(folder_ + "/ports.csv");
  append(links_, "links.csv", csv_header(link_columns()));
  append(ports_, "ports.csv", csv_header(port_columns()));
  replace("run_info.json", info_.to_json("running"));
}

void ResultFiles::add(const char* table, Json row) {
  // Traces and pairs have a table only where there are any: the other keys are the same for all
  // runs.
  if (!results_.contains(table)) results_[table] = Json::array();
  results_[table].push_back(std::move(row));
  write_results_now_and_then();
}

void ResultFiles::collective(const CollectiveRow& row) {
  add("collectives", to_json(row, collective_columns()));
}
void ResultFiles::concurrent(const ConcurrentRow& row) {
  add("concurrent", to_json(row, concurrent_columns()));
}
void ResultFiles::concurrent_total(const ConcurrentTotal& row) {
  add("concurrent_totals", to_json(row, concurrent_total_columns()));
}
void ResultFiles::traffic(const TrafficRow& row) {
  add("traffic", to_json(row, traffic_columns()));
}
void ResultFiles::partition_traffic(const TrafficRow& row) {
  if (!partitions_.is_open()) {
    partitions_ = open_output(folder_ + "/partitions.csv");
    append(partitions_, "partitions.csv", csv_header(partition_traffic_columns()));
  }
  append(partitions_, "partitions.csv", csv_line(row, partition_traffic_columns()));
  add("partition_traffic", to_json(row, partition_traffic_columns()));
}
void ResultFiles::saturation(const SaturationRow& row) {
  add("saturation", to_json(row, saturation_columns()));
}
void ResultFiles::trace(const TraceRow& row) { add("traces", to_json(row, trace_columns())); }

void ResultFiles::pair(const PairRow& row) {
  if (!pairs_.is_open()) {
    pairs_ = open_output(folder_ + "/pairs.csv");
    append(pairs_, "pairs.csv", csv_header(pair_columns()));
  }
  append(pairs_, "pairs.csv", csv_line(row, pair_columns()));
  add("pairs", to_json(row, pair_columns()));
}

void ResultFiles::goodput(const GoodputRow& row) {
  add("goodput", to_json(row, goodput_columns()));
}

void ResultFiles::moe(const MoeRow& row) { add("moe", to_json(row, moe_columns())); }

void ResultFiles::faults(const std::vector<FaultRow>& rows) {
  for (const FaultRow& row : rows) add("faults", to_json(row, fault_columns()));
}

void ResultFiles::idle_faults(const std::vector<IdleFaultRow>& rows) {
  for (const IdleFaultRow& row : rows)
    add("faults_without_effect", to_json(row, idle_fault_columns()));
}

void ResultFiles::replays(const std::vector<ReplayRow>& rows) {
  for (const ReplayRow& row : rows) add("replays", to_json(row, replay_columns()));
}

void ResultFiles::errors(const std::vector<ErrorRow>& rows) {
  for (const ErrorRow& row : rows) add("errors", to_json(row, error_columns()));
}

void ResultFiles::multicast(const std::vector<MulticastRow>& rows) {
  for (const MulticastRow& row : rows) add("multicast", to_json(row, multicast_columns()));
}

void ResultFiles::group_updates(const std::vector<GroupUpdateRow>& rows) {
  for (const GroupUpdateRow& row : rows) add("group_updates", to_json(row, group_update_columns()));
}

void ResultFiles::moves(const std::vector<MoveRow>& rows) {
  for (const MoveRow& row : rows) add("moves", to_json(row, move_columns()));
}

void ResultFiles::links(const std::vector<LinkRow>& rows) {
  std::string text;
  for (const LinkRow& row : rows) {
    text += csv_line(row, link_columns());
    results_["links"].push_back(to_json(row, link_columns()));
  }
  append(links_, "links.csv", text);
  text.clear();
  for (const PortRow& row : port_rows(rows)) text += csv_line(row, port_columns());
  append(ports_, "ports.csv", text);
  write_results_now_and_then();
}

void ResultFiles::finish(const Totals& totals) {
  results_["totals"] = to_json(totals, totals_columns());
  results_.erase("complete");
  write_results();
  replace("run_info.json", info_.to_json("complete"));
}

void ResultFiles::abandon(const std::string& outcome, const std::string& reason) {
  // Where the disk is full, these may fail as well: what the run died of is told elsewhere, and a
  // results.json without "complete" never passes for a whole one. The small file may find room.
  results_["failure"] = reason;
  results_["complete"] = false;  // finish() may have taken it away
  try {
    write_results();
  } catch (const OutputError&) {
  }
  try {
    replace("run_info.json", info_.to_json(outcome));
  } catch (const OutputError&) {
  }
}

void ResultFiles::write_results() {
  const auto start = Clock::now();
  replace("results.json", results_);
  written_ = Clock::now();
  write_cost_ = written_ - start;
}

void ResultFiles::write_results_now_and_then() {
  // The file grows with the run: at most about a tenth of the time goes into writing it again.
  if (Clock::now() - written_ >= 10 * write_cost_) write_results();
}

void ResultFiles::replace(const std::string& name, const Json& content) const {
  replace_output(folder_ + "/" + name,
                 content.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void ResultFiles::append(std::ofstream& file, const std::string& name,
                         const std::string& text) const {
  append_output(file, folder_ + "/" + name, text);
}

}  // namespace antares::platforms
