// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/collective_driver.h"

#include <stdexcept>

#include "antares/platforms/build/collective_case.h"
#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/workload/collective_data.h"
#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms {

std::vector<std::size_t> CollectiveDriver::ranks() const {
  const auto& endpoints = platform_.endpoints();
  const auto wanted = names_in(platform_.config(), workload_.collective.ranks);
  std::vector<std::size_t> ranks = endpoints_named(platform_, wanted);
  if (wanted.empty()) {
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
      if (endpoints[i].accelerator != nullptr) ranks.push_back(i);
    }
  }
  // As the ranks of a trace: the first accelerators of the description.
  if (plan_ != nullptr && wanted.empty() && ranks.size() > plan_->ranks) ranks.resize(plan_->ranks);
  if (ranks.empty()) throw std::invalid_argument("a collective needs an accelerator to run on");
  return ranks;
}

void CollectiveDriver::run() {
  const std::vector<std::size_t> participants = ranks();
  require_mutual_reach(platform_, participants, workload_.name);
  // Which switches are linked, and may reduce together, elaboration finds.
  if (!platform_.config().links.empty()) platform_.elaborate();
  const CollectiveWorkload& what = workload_.collective;
  // A barrier's message is a flag, an element.
  std::vector<std::uint64_t> sizes = what.bytes;
  if (what.collective == "barrier") sizes = {element_bytes(what.type)};
  for (const std::uint64_t bytes : sizes) {
    for (std::uint32_t i = 0; i < workload_.collective.iterations; ++i)
      run_size(bytes, participants);
  }
}

void CollectiveDriver::run_size(std::uint64_t bytes, const std::vector<std::size_t>& ranks) {
  const CollectiveWorkload& what = workload_.collective;
  const CollectiveCase one(platform_, workload_.name, what, ranks, bytes, plan_);
  one.fill();
  CollectiveEngine engine(platform_);
  CollectiveJob job = one.job();
  models::Picoseconds finished_ps = 0;
  bool done = false;
  job.done = [&](models::Picoseconds now_ps) {
    finished_ps = now_ps;
    done = true;
    sc_core::sc_pause();
  };
  const std::string label = what.collective + "[" + std::to_string(bytes) + "]";
  platform_.mark_links();
  const models::Picoseconds started_ps = platform_.scheduler().now_ps() + 1;
  engine.start(std::move(job));
  const auto unfinished = [&] {
    std::vector<std::string> lines = engine.unfinished();
    one.add_absent(lines);
    return lines;
  };
  platform_.run_until([&] { return done; }, unfinished, sink_, label,
                      [&] { return engine.fraction_done(); });
  const double time_ns = static_cast<double>(finished_ps - started_ps) * 1e-3;
  CollectiveRow row = one.row(time_ns);
  if (time_ns > 0)
    row.wirebw_GBps = static_cast<double>(platform_.busiest_payload_bytes()) / time_ns;
  const std::vector<LinkRow> links = platform_.link_rows(label);
  platform_.drain();
  if (engine.latencies().count() != 0) row.p99_latency_ns = engine.latencies().percentile_ns(0.99);
  if (const std::string failed = engine.failed_requests(); !failed.empty())
    throw RunFailure(label + ": " + failed);
  row.wrong = one.wrong();
  sink_.collective(row);
  sink_.links(links);
  if (row.wrong > 0) {
    throw RunFailure(label + ": " + std::to_string(row.wrong) +
                     " elements of the result are wrong");
  }
}

}  // namespace antares::platforms
