// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/concurrent_driver.h"

#include <algorithm>

#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kDriverPort = 0xFFD;  // before the engine, behind all endpoints
constexpr std::uint64_t kBufferUnitBytes = 4096;

double microseconds(Picoseconds ps) { return static_cast<double>(ps) * 1e-6; }

std::uint64_t bytes_of(const CollectiveWorkload& what) {
  return what.collective == "barrier" ? element_bytes(what.type) : what.bytes.front();
}

}  // namespace

ConcurrentDriver::ConcurrentDriver(Platform& platform, const WorkloadDescription& workload,
                                   ResultSink& sink, Plans plans)
    : platform_(platform),
      workload_(workload),
      sink_(sink),
      plans_(std::move(plans)),
      origin_(models::Origin::kEndpoints, kDriverPort),
      memory_ends_(platform.endpoints().size(), 0) {}

const ConcurrentJob& ConcurrentDriver::job_of(const Entry& entry) const {
  return workload_.concurrent.jobs[entry.group.job];
}

double ConcurrentDriver::mean_us(const Entry& entry) const {
  return microseconds(entry.end_ps - entry.begin_ps) / job_of(entry).collective.iterations;
}

void ConcurrentDriver::run() {
  plans_.resize(workload_.concurrent.jobs.size());
  // Which switches are linked, and may reduce together, elaboration finds.
  if (!platform_.config().links.empty()) platform_.elaborate();
  for (ConcurrentGroup& group : concurrent_groups(platform_.config(), workload_.concurrent)) {
    const ConcurrentJob& job = workload_.concurrent.jobs[group.job];
    const auto endpoints = endpoints_named(platform_, group.ranks);
    require_mutual_reach(platform_, endpoints, workload_.name);
    CollectiveCase what(platform_, workload_.name, job.collective, endpoints,
                        bytes_of(job.collective), plans_[group.job].get());
    entries_.push_back({std::move(group), std::move(what), 0, 0, 0, {}, false});
  }
  const auto& jobs = workload_.concurrent.jobs;
  for (std::size_t j = 0; workload_.concurrent.alone && j < jobs.size(); ++j) {
    std::vector<Entry*> own;
    for (Entry& entry : entries_)
      if (entry.group.job == j) own.push_back(&entry);
    run_together(own, workload_.name + ", " + jobs[j].name + " alone", true);
    for (Entry* entry : own) entry->alone_us = mean_us(*entry);
  }
  std::vector<Entry*> all;
  for (Entry& entry : entries_) all.push_back(&entry);
  run_together(all, workload_.name, false);
}

void ConcurrentDriver::run_together(const std::vector<Entry*>& entries, const std::string& label,
                                    bool alone) {
  engine_ = std::make_unique<CollectiveEngine>(platform_);
  running_ = entries.size();
  platform_.mark_links();
  for (Entry* entry : entries) {
    const double start_us = alone ? 0 : job_of(*entry).start_us;
    entry->runs_left = job_of(*entry).collective.iterations;
    start(*entry, static_cast<Picoseconds>(start_us * 1e6));
  }
  const auto unfinished = [&] {
    std::vector<std::string> lines = engine_->unfinished();
    for (const Entry* entry : entries) entry->what.add_absent(lines);
    return lines;
  };
  platform_.run_until([&] { return running_ == 0; }, unfinished, sink_, label,
                      [&] { return engine_->fraction_done(); });
  if (!alone) tell(label);
  const std::vector<LinkRow> links = platform_.link_rows(label);
  platform_.drain();
  if (const std::string failed = engine_->failed_requests(); !failed.empty())
    throw RunFailure(label + ": " + failed);
  if (!alone) sink_.links(links);
  std::int64_t wrong = 0;
  for (const Entry* entry : entries) wrong += std::max<std::int64_t>(0, entry->what.wrong());
  if (wrong > 0)
    throw RunFailure(label + ": " + std::to_string(wrong) + " elements of the results are wrong");
  engine_.reset();
}

void ConcurrentDriver::start(Entry& entry, Picoseconds delay_ps) {
  const auto& endpoints = entry.what.endpoints();
  if (!entry.placed) {
    // One place for all ranks: a program has its buffers where they are in any of them.
    std::uint64_t base = 0;
    for (const std::size_t endpoint : endpoints) base = std::max(base, memory_ends_[endpoint]);
    entry.what.place_at((base + kBufferUnitBytes - 1) / kBufferUnitBytes * kBufferUnitBytes);
  }
  if (entry.runs_left == job_of(entry).collective.iterations) {
    entry.what.fill();
    entry.begin_ps = platform_.scheduler().now_ps() + 1 + delay_ps;
  }
  CollectiveJob job = entry.what.job();
  job.delay_ps = delay_ps;
  job.done = [this, &entry](Picoseconds now_ps) { finished(entry, now_ps); };
  const std::uint32_t number = engine_->start(std::move(job));
  if (entry.placed) return;
  entry.placed = true;
  for (const std::size_t endpoint : endpoints)
    memory_ends_[endpoint] = engine_->end_of_memory(number);
}

void ConcurrentDriver::finished(Entry& entry, Picoseconds now_ps) {
  entry.end_ps = now_ps;
  if (--entry.runs_left != 0) {
    // The engine may not be asked from within: in the next instant it may.
    platform_.scheduler().post(now_ps + 1, models::Phase::arrival, origin_, *this,
                               static_cast<std::uint64_t>(&entry - entries_.data()));
  } else if (--running_ == 0) {
    sc_core::sc_pause();
  }
}

void ConcurrentDriver::fire(std::uint64_t what, Picoseconds) { start(entries_[what], 0); }

void ConcurrentDriver::tell(const std::string& label) {
  ConcurrentTotal total;
  total.workload = label;
  total.collectives = entries_.size();
  Picoseconds begin_ps = protocols::kNever;
  Picoseconds end_ps = 0;
  for (const Entry& entry : entries_) {
    begin_ps = std::min(begin_ps, entry.begin_ps);
    end_ps = std::max(end_ps, entry.end_ps);
  }
  std::vector<double> alone_us(workload_.concurrent.jobs.size(), 0);
  for (const Entry& entry : entries_) {
    ConcurrentRow row;
    row.job = job_of(entry).name;
    row.group = entry.group.number;
    row.first_rank = entry.group.ranks.front();
    row.iterations = job_of(entry).collective.iterations;
    row.start_us = microseconds(entry.begin_ps - begin_ps);
    row.end_us = microseconds(entry.end_ps - begin_ps);
    row.collective = entry.what.row(mean_us(entry) * 1e3);
    row.collective.wrong = entry.what.wrong();
    row.alone_us = entry.alone_us;
    sink_.concurrent(row);
    if (entry.alone_us)
      alone_us[entry.group.job] =
          std::max(alone_us[entry.group.job], *entry.alone_us * row.iterations);
  }
  total.time_us = microseconds(end_ps - begin_ps);
  if (total.time_us > 0)
    total.wirebw_GBps =
        static_cast<double>(platform_.busiest_payload_bytes()) / (total.time_us * 1e3);
  if (workload_.concurrent.alone) {
    total.alone_longest_us = *std::max_element(alone_us.begin(), alone_us.end());
    total.alone_sum_us = 0;
    for (const double us : alone_us) *total.alone_sum_us += us;
  }
  sink_.concurrent_total(total);
}

}  // namespace antares::platforms
