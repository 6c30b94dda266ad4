// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/collective_driver.h"

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/switch_requests.h"
#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/collective_data.h"
#include "antares/platforms/workload/in_place.h"
#include "antares/platforms/workload/plan_compiler.h"

namespace antares::platforms {
namespace {

/// Up to this size the ranks' library has a protocol that is faster than the engines: with them it
/// pays for a launch that the others do without (facts/product_and_collectives.md 3.4: NCCL takes
/// its own from 2 MiB on).
std::uint64_t low_latency_bytes(const Platform& platform, const std::vector<std::size_t>& ranks) {
  std::uint64_t bytes = protocols::kNever;
  for (const std::size_t rank : ranks) {
    const models::AcceleratorConfig* config = platform.endpoints()[rank].accelerator;
    bytes = std::min(bytes, config == nullptr ? 0 : config->library.low_latency_up_to_bytes);
  }
  return bytes;
}

/// nccl-tests counts the elements of one rank where the buffer is shared out among the ranks.
bool counts_one_rank(const std::string& collective) {
  return collective == "all_gather" || collective == "reduce_scatter" ||
         collective == "all_to_all" || collective == "gather" || collective == "scatter";
}

}  // namespace

std::vector<std::size_t> CollectiveDriver::ranks() const {
  std::vector<std::size_t> ranks;
  const auto& endpoints = platform_.endpoints();
  const auto& wanted = workload_.collective.ranks;
  for (const std::string& name : wanted) {
    const PlatformEndpoint& endpoint = platform_.endpoint(name);
    ranks.push_back(static_cast<std::size_t>(&endpoint - endpoints.data()));
  }
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

namespace {

/// Consecutive ranks that sit on one switch, if each switch has as many; 0: they are not equal.
std::uint32_t ranks_of_a_switch(const Platform& platform, const std::vector<std::size_t>& ranks) {
  const auto home = [&](std::size_t rank) {
    return &platform.endpoints()[ranks[rank]].port->fabric();
  };
  std::size_t group = 1;
  while (group < ranks.size() && home(group) == home(0)) ++group;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const std::size_t first = rank / group * group;
    if (home(rank) != home(first)) return 0;
    if (rank == first && rank != 0 && home(rank) == home(rank - 1)) return 0;
  }
  return ranks.size() % group == 0 ? static_cast<std::uint32_t>(group) : 0;
}

}  // namespace

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
  CollectiveRequest request;
  request.collective = what.collective;
  request.algorithm = what.algorithm;
  request.ranks = static_cast<std::uint32_t>(ranks.size());
  request.element_bytes = element_bytes(what.type);
  request.bytes = bytes / request.element_bytes * request.element_bytes;
  request.root = has_root(what.collective) ? what.root : 0;
  if (what.algorithm != "auto" || request.bytes > low_latency_bytes(platform_, ranks))
    request.in_switch = in_switch_of(platform_, ranks, what.type, what.redop);
  request.group_ranks = ranks_of_a_switch(platform_, ranks);
  if (request.bytes == 0) {
    throw std::invalid_argument(workload_.name + ": " + std::to_string(bytes) +
                                " bytes hold no element of type " + to_string(what.type));
  }
  CollectiveJob job;
  job.program =
      plan_ == nullptr ? make_program(request) : compile_plan(*plan_, bytes, request.element_bytes);
  const bool shared = what.buffers == BufferUse::in_place;
  if (shared) job.program = in_place(std::move(job.program), request);
  job.endpoints = ranks;
  job.with_data = what.data == DataMode::check;
  job.type = what.type;
  job.op = what.redop;
  const models::Program program = job.with_data ? job.program : models::Program{};
  CollectiveEngine engine(platform_);
  if (job.with_data) {
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      const auto number = static_cast<std::uint32_t>(rank);
      unsigned char* memory = platform_.endpoints()[ranks[rank]].memory->store().data();
      if (shared) memory += input_in_place(request, number);
      fill_contribution(what.type, what.redop, number, memory,
                        shared ? input_bytes_in_place(request, number) : program.input_bytes);
    }
  }
  models::Picoseconds finished_ps = 0;
  bool done = false;
  job.done = [&](models::Picoseconds now_ps) {
    finished_ps = now_ps;
    done = true;
    sc_core::sc_pause();
  };
  const std::string algorithm = job.program.algorithm;
  const std::string label = what.collective + "[" + std::to_string(bytes) + "]";
  platform_.mark_links();
  const models::Picoseconds started_ps = platform_.scheduler().now_ps() + 1;
  engine.start(std::move(job));
  platform_.run_until([&] { return done; }, [&] { return engine.unfinished(); }, sink_, label,
                      [&] { return engine.fraction_done(); });
  CollectiveRow row;
  row.workload = workload_.name;
  row.collective = what.collective;
  row.algorithm = algorithm;
  row.ranks = request.ranks;
  row.size_bytes = request.bytes;
  row.count = request.bytes / request.element_bytes;
  if (counts_one_rank(what.collective)) row.count /= request.ranks;
  row.type = to_string(what.type);
  row.redop = reduces(what.collective) ? to_string(what.redop) : "none";
  if (has_root(what.collective)) row.root = request.root;
  row.in_place = shared;
  const double time_ns = static_cast<double>(finished_ps - started_ps) * 1e-3;
  row.time_us = time_ns * 1e-3;
  if (time_ns > 0) {
    row.algbw_GBps = static_cast<double>(request.bytes) / time_ns;
    row.busbw_GBps = row.algbw_GBps * busbw_factor(what.collective, request.ranks);
    row.wirebw_GBps = static_cast<double>(platform_.busiest_payload_bytes()) / time_ns;
  }
  const std::vector<LinkRow> links = platform_.link_rows(label);
  platform_.drain();
  if (engine.latencies().count() != 0) row.p99_latency_ns = engine.latencies().percentile_ns(0.99);
  if (const std::string failed = engine.failed_requests(); !failed.empty())
    throw RunFailure(label + ": " + failed);
  if (what.data == DataMode::check) {
    row.wrong = 0;
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      const auto number = static_cast<std::uint32_t>(rank);
      const unsigned char* output =
          platform_.endpoints()[ranks[rank]].memory->store().data() +
          CollectiveEngine::buffer_offset(program, models::Buffer::output) +
          (shared ? result_in_place(request, number) : 0);
      row.wrong +=
          static_cast<std::int64_t>(wrong_elements(request, what.type, what.redop, number, output));
    }
  }
  sink_.collective(row);
  sink_.links(links);
  if (row.wrong > 0) {
    throw RunFailure(label + ": " + std::to_string(row.wrong) +
                     " elements of the result are wrong");
  }
}

}  // namespace antares::platforms
