// SPDX-License-Identifier: Apache-2.0
// The folder of --out. links.csv, ports.csv and, where there are pairs,
// pairs.csv grow by flushed lines as rows come; results.json is
// replaced as a whole (temporary file, then rename), and says "complete": false and has no totals
// until finish(): whatever ends the run, nothing half-written looks whole. run_info.json takes what
// may differ between two equal runs. Units: columns.h.
#pragma once
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/output_file.h"
#include "antares/platforms/report/results.h"
#include "antares/platforms/report/run_info.h"

namespace antares::platforms {

inline constexpr int kResultsSchemaVersion = 1;

class ResultFiles : public ResultSink {
 public:
  /// Makes the folder and puts an unfinished results.json into it; an earlier run's files are
  /// replaced. `config` is stated in the results as it stands here. Throws OutputError.
  ResultFiles(const std::string& folder, const PlatformConfig& config, const RunInfo& info);

  void collective(const CollectiveRow& row) override;
  void concurrent(const ConcurrentRow& row) override;
  void concurrent_total(const ConcurrentTotal& row) override;
  void traffic(const TrafficRow& row) override;
  void partition_traffic(const TrafficRow& row) override;
  void saturation(const SaturationRow& row) override;
  void trace(const TraceRow& row) override;
  void pair(const PairRow& row) override;
  void goodput(const GoodputRow& row) override;
  void moe(const MoeRow& row) override;
  void faults(const std::vector<FaultRow>& rows) override;
  void idle_faults(const std::vector<IdleFaultRow>& rows) override;
  void replays(const std::vector<ReplayRow>& rows) override;
  void errors(const std::vector<ErrorRow>& rows) override;
  void moves(const std::vector<MoveRow>& rows) override;
  void multicast(const std::vector<MulticastRow>& rows) override;
  void group_updates(const std::vector<GroupUpdateRow>& rows) override;
  void links(const std::vector<LinkRow>& rows) override;
  void progress(const std::string&, double) override {}

  /// The run is over and all is well: what stands in the folder is whole.
  void finish(const Totals& totals);
  /// The run ends early; what is there stays, marked incomplete, with the reason.
  void abandon(const std::string& outcome, const std::string& reason);

 private:
  void add(const char* table, nlohmann::ordered_json row);
  void write_results();
  void write_results_now_and_then();
  void replace(const std::string& name, const nlohmann::ordered_json& content) const;
  void append(std::ofstream& file, const std::string& name, const std::string& text) const;

  std::string folder_;
  const RunInfo& info_;
  nlohmann::ordered_json results_;
  std::ofstream links_;
  std::ofstream ports_;
  std::ofstream pairs_;       ///< opened by the first row
  std::ofstream partitions_;  ///< likewise
  std::chrono::steady_clock::time_point written_;
  std::chrono::steady_clock::duration write_cost_{};
};

}  // namespace antares::platforms
