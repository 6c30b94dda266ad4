// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/collective_case.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "antares/platforms/build/switch_requests.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/workload/absent_ranks.h"
#include "antares/platforms/workload/channels.h"
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

CollectiveCase::CollectiveCase(const Platform& platform, std::string who,
                               const CollectiveWorkload& what, std::vector<std::size_t> endpoints,
                               std::uint64_t bytes, const CollectivePlan* plan)
    : platform_(platform),
      who_(std::move(who)),
      what_(what),
      endpoints_(std::move(endpoints)),
      asked_bytes_(bytes),
      in_place_(what.buffers == BufferUse::in_place) {
  request_.collective = what.collective;
  request_.algorithm = what.algorithm;
  request_.ranks = static_cast<std::uint32_t>(endpoints_.size());
  request_.element_bytes = element_bytes(what.type);
  request_.bytes = bytes / request_.element_bytes * request_.element_bytes;
  request_.root = has_root(what.collective) ? what.root : 0;
  // What the switch does is not cut into channels.
  if (what.channels == 1 &&
      (what.algorithm != "auto" || request_.bytes > low_latency_bytes(platform, endpoints_)))
    request_.in_switch = in_switch_of(platform, endpoints_, what.type, what.redop);
  request_.group_ranks = ranks_of_a_switch(platform, endpoints_);
  if (request_.bytes == 0) {
    throw std::invalid_argument(who_ + ": " + std::to_string(bytes) +
                                " bytes hold no element of type " + to_string(what.type));
  }
  program_ = plan == nullptr ? make_program_in_channels(request_, what.channels)
                             : compile_plan(*plan, bytes, request_.element_bytes);
  if (in_place_) program_ = in_place(std::move(program_), request_);
  if (what_.absent.empty()) return;
  std::vector<std::uint16_t> absent;
  for (const std::size_t endpoint :
       endpoints_named(platform, names_in(platform.config(), what_.absent))) {
    const auto found = std::find(endpoints_.begin(), endpoints_.end(), endpoint);
    if (found != endpoints_.end())
      absent.push_back(static_cast<std::uint16_t>(found - endpoints_.begin()));
  }
  program_ = without_ranks(std::move(program_), absent);
}

void CollectiveCase::add_absent(std::vector<std::string>& lines) const {
  for (const std::string& name : names_in(platform_.config(), what_.absent))
    lines.insert(lines.begin(), name + " is absent: it never begins");
}

CollectiveJob CollectiveCase::job() const {
  CollectiveJob job;
  job.program = program_;
  job.endpoints = endpoints_;
  job.with_data = what_.data == DataMode::check;
  job.type = what_.type;
  job.op = what_.redop;
  return job;
}

unsigned char* CollectiveCase::memory(std::size_t rank, models::Buffer buffer) const {
  return platform_.endpoints()[endpoints_[rank]].memory->store().data() +
         CollectiveEngine::buffer_offset(program_, buffer);
}

void CollectiveCase::fill() const {
  if (what_.data != DataMode::check) return;
  // Before anything is written there.
  CollectiveEngine::require_room(
      platform_, program_, endpoints_,
      CollectiveEngine::buffer_offset(program_, models::Buffer::scratch) + program_.scratch_bytes);
  for (std::size_t rank = 0; rank < endpoints_.size(); ++rank) {
    const auto number = static_cast<std::uint32_t>(rank);
    unsigned char* const output = memory(rank, models::Buffer::output);
    // What an earlier run left must not pass for this one's result.
    std::memset(output, 0xff, program_.output_bytes);
    if (in_place_) {
      fill_contribution(what_.type, what_.redop, number, output + input_in_place(request_, number),
                        input_bytes_in_place(request_, number));
    } else {
      fill_contribution(what_.type, what_.redop, number, memory(rank, models::Buffer::input),
                        program_.input_bytes);
    }
  }
}

std::int64_t CollectiveCase::wrong() const {
  if (what_.data != DataMode::check) return -1;
  std::int64_t wrong = 0;
  for (std::size_t rank = 0; rank < endpoints_.size(); ++rank) {
    const auto number = static_cast<std::uint32_t>(rank);
    const unsigned char* const result =
        memory(rank, models::Buffer::output) + (in_place_ ? result_in_place(request_, number) : 0);
    wrong += static_cast<std::int64_t>(
        wrong_elements(request_, what_.type, what_.redop, number, result));
  }
  return wrong;
}

CollectiveRow CollectiveCase::row(double time_ns) const {
  CollectiveRow row;
  row.workload = who_;
  row.collective = what_.collective;
  row.algorithm = program_.algorithm;
  row.ranks = request_.ranks;
  row.asked_bytes = asked_bytes_;
  row.size_bytes = request_.bytes;
  row.count = request_.bytes / request_.element_bytes;
  if (counts_one_rank(what_.collective)) row.count /= request_.ranks;
  row.type = to_string(what_.type);
  row.redop = reduces(what_.collective) ? to_string(what_.redop) : "none";
  if (has_root(what_.collective)) row.root = request_.root;
  row.in_place = in_place_;
  row.channels = what_.channels;
  row.time_us = time_ns * 1e-3;
  if (time_ns > 0) {
    row.algbw_GBps = static_cast<double>(request_.bytes) / time_ns;
    row.busbw_GBps = row.algbw_GBps * busbw_factor(what_.collective, request_.ranks);
  }
  return row;
}

std::vector<std::size_t> endpoints_named(const Platform& platform,
                                         const std::vector<std::string>& names) {
  std::vector<std::size_t> endpoints;
  for (const std::string& name : names)
    endpoints.push_back(
        static_cast<std::size_t>(&platform.endpoint(name) - platform.endpoints().data()));
  return endpoints;
}

}  // namespace antares::platforms
