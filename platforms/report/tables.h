// SPDX-License-Identifier: Apache-2.0
// Rows as tables for a person, written as they come. Collectives in the form of nccl-tests, so that
// eyes and scripts that know that form can read them, with wirebw added; lines that begin with #
// are not rows. Units: in the second line of each heading.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>

#include "antares/platforms/report/results.h"

namespace antares::platforms {

class Tables : public ResultSink {
 public:
  explicit Tables(std::ostream& out) : out_(out) {}

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

  /// Closes the last table: what its rows have in common, as nccl-tests does.
  void end_table();
  void totals(const Totals& totals, double wall_seconds);

 private:
  /// Starts a table unless rows of it came last.
  bool begin_table(const std::string& which);
  void print_traffic(char mark, const std::string& what, const TrafficRow& row);

  std::ostream& out_;
  std::string table_;
  std::uint64_t rows_ = 0;
  double busbw_sum_GBps_ = 0;
  std::int64_t wrong_ = 0;
  bool checked_ = false;
  LinkRow busiest_;
};

/// "1.5 GiB", "64 KiB", "100 B".
std::string readable_bytes(std::uint64_t bytes);

}  // namespace antares::platforms
