// SPDX-License-Identifier: Apache-2.0
// Keeps what a run of collectives reports.
#pragma once
#include "antares/platforms/report/results.h"

namespace antares::platforms {

class Rows : public ResultSink {
 public:
  std::vector<CollectiveRow> rows;
  std::vector<LinkRow> link_rows;
  void collective(const CollectiveRow& row) override { rows.push_back(row); }
  void traffic(const TrafficRow&) override {}
  void trace(const TraceRow&) override {}
  void links(const std::vector<LinkRow>& rows_in) override { link_rows = rows_in; }
  void progress(const std::string&, double) override {}
};

}  // namespace antares::platforms
