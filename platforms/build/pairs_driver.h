// SPDX-License-Identifier: Apache-2.0
// The pairs workload: for each pair of port kinds, operation and size, the zero-load latency three
// ways (closed form, one blocking call, one simulated request) and what a saturating closed loop
// carries one way and both ways, beside its closed form. What a protocol refuses is a row, too.
// Each measurement starts on a fabric at rest.
#pragma once
#include <memory>

#include "antares/platforms/build/pair_flow.h"
#include "antares/platforms/build/pair_formula.h"

namespace antares::platforms {

class PairsDriver {
 public:
  PairsDriver(Platform& platform, const WorkloadDescription& workload, ResultSink& sink)
      : platform_(platform), workload_(workload), sink_(sink) {}

  /// Throws RunFailure when LT or AT of a pair differ from the closed form, after all rows.
  void run();

 private:
  PairRow row_of(const PlannedPair& pair, const PairRequest& request);
  void measure_latency(const PlannedPair& pair, const PairRequest& request, PairRow& row);
  void measure_throughput(const PlannedPair& pair, const PairRequest& request, PairRow& row);
  PairRequest asked_by(std::size_t endpoint, const PairRequest& request) const;
  /// One request through the simulated fabric; 0: it was refused.
  models::Picoseconds probe(const PlannedPair& pair, const PairRequest& request,
                            const std::string& label);
  double saturate(const std::vector<PlannedPair>& pairs, const PairRequest& request,
                  const std::string& label);
  void run_flows(std::vector<std::unique_ptr<PairFlow>>& flows, const PairMeter& meter,
                 const std::string& label);

  Platform& platform_;
  const WorkloadDescription& workload_;
  ResultSink& sink_;
  std::vector<std::string> differences_;
  std::uint64_t probes_ = 0;
  std::uint64_t answered_ = 0;  ///< rows whose request was carried out
  double done_ = 0;
};

}  // namespace antares::platforms
