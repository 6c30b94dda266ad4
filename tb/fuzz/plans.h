// SPDX-License-Identifier: Apache-2.0
// What the fuzzers of the two formats of collective algorithms share: read, then compiled for a
// size that fits, or refused with a reason.
#pragma once
#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/plan_compiler.h"
#include "tb/fuzz/expect.h"

namespace antares::tb {

template <class Read>
void compile_or_refuse(std::string_view text, const Read& read) {
  using platforms::CollectivePlan;
  using platforms::TraceError;
  constexpr std::uint32_t kElementBytes = 4;
  constexpr std::uint32_t kMostChunks = 1u << 12;  // what is larger is read, but not compiled
  try {
    const CollectivePlan plan = read(text, std::string("f"));
    expect(plan.ranks != 0 && plan.chunks != 0, "a plan of nothing was accepted", plan.name);
    if (plan.chunks > kMostChunks) return;
    const models::Program program = platforms::compile_plan(
        plan, std::uint64_t{plan.chunks} * plan.ranks * kElementBytes, kElementBytes);
    for (const models::Message& message : program.messages)
      expect(message.from_rank < plan.ranks && message.to_rank < plan.ranks,
             "a message of a rank that is not there", plan.name);
  } catch (const TraceError& error) {
    expect_for_a_person(error.what(), text);
  } catch (const std::invalid_argument& error) {
    expect_for_a_person(error.what(), text);
  }
}

}  // namespace antares::tb
