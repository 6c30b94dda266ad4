// SPDX-License-Identifier: Apache-2.0
// A collective program on a fabric of pure latency: each dependency honoured, slices stream, and
// the end is the closed form of the overheads.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <vector>

#include "antares/models/accelerator/program_runner.h"

namespace antares::models {
namespace {

constexpr Picoseconds kFlight_ps = 1'000'000;

/// Delivers each slice kFlight_ps after it was stored.
class FakePort : public ProgramPort {
 public:
  bool store_slice(ProgramRunner& runner, std::uint16_t from, std::uint32_t message,
                   std::uint64_t slice) override {
    if (refuses && refuses(message)) return false;
    if (refuse > 0) {
      --refuse;
      events.emplace(now_ps + 10, [&runner, from, this] { runner.endpoint_ready(from, now_ps); });
      return false;
    }
    stored.push_back({message, slice, now_ps});
    if (!delivers) return true;
    events.emplace(now_ps + kFlight_ps,
                   [&runner, message, this] { runner.slice_arrived(message, now_ps); });
    return true;
  }
  void local_slice(ProgramRunner&, std::uint32_t, std::uint64_t) override { ++local; }
  void call_at(ProgramRunner& runner, Picoseconds at_ps, std::uint64_t what) override {
    events.emplace(at_ps, [&runner, what, this] { runner.timer(what, now_ps); });
  }
  void program_done(ProgramRunner&, Picoseconds at_ps) override {
    ++done;
    done_ps = at_ps;
  }
  void run() {
    while (!events.empty()) {
      const auto first = events.begin();
      now_ps = first->first;
      const auto act = first->second;
      events.erase(first);
      act();
    }
  }

  struct Stored {
    std::uint32_t message;
    std::uint64_t slice;
    Picoseconds at_ps;
  };
  std::size_t stored_of(std::uint32_t message) const {
    std::size_t count = 0;
    for (const Stored& each : stored) count += each.message == message ? 1 : 0;
    return count;
  }
  std::vector<Stored> stored;
  std::function<bool(std::uint32_t)> refuses;  ///< of a message, for good
  bool delivers = true;
  std::multimap<Picoseconds, std::function<void()>> events;
  Picoseconds now_ps = 0, done_ps = 0;
  unsigned done = 0, local = 0, refuse = 0;
};

/// A chain of ranks: message m goes from rank m to rank m + 1 and waits for message m - 1.
Program chain(std::uint16_t messages, std::uint64_t bytes, bool aligned,
              OnArrival on_arrival = OnArrival::copy) {
  Program program;
  program.ranks = static_cast<std::uint16_t>(messages + 1);
  for (std::uint16_t m = 0; m < messages; ++m) {
    Message message;
    message.from_rank = m;
    message.to_rank = static_cast<std::uint16_t>(m + 1);
    message.bytes = bytes;
    message.on_arrival = on_arrival;
    if (m != 0) {
      message.first_dependency = static_cast<std::uint32_t>(program.dependencies.size());
      message.dependency_count = 1;
      program.dependencies.push_back({static_cast<std::uint32_t>(m - 1), aligned});
    }
    program.messages.push_back(message);
  }
  return program;
}

TEST(ProgramRunner, OverheadsAddUpToTheClosedForm) {
  const Program program = chain(5, 1000, true, OnArrival::reduce);
  RunnerTiming timing;
  timing.message_overhead_ps = 700;
  timing.arrival_overhead_ps = 30;
  timing.reduce_ps_per_byte = 0.5;
  FakePort port;
  ProgramRunner runner(program, timing, port);
  runner.start(0);
  port.run();
  EXPECT_EQ(port.done, 1u);
  EXPECT_EQ(port.done_ps, 5 * (700 + kFlight_ps + 30 + 500));
  EXPECT_TRUE(runner.done());
}

TEST(ProgramRunner, AlignedSlicesStreamAndOthersWaitForAll) {
  // Slices leave at once here, so a slice costs no time of its own: only the order tells.
  for (const bool aligned : {true, false}) {
    const Program program = chain(2, 10'000, aligned);
    RunnerTiming timing;
    timing.slice_bytes = 1000;
    timing.reduce_ps_per_byte = 0;
    FakePort port;
    ProgramRunner runner(program, timing, port);
    EXPECT_EQ(runner.slices(0), 10u);
    runner.start(0);
    // The first nine slices arrive; the tenth is late.
    const auto last = std::prev(port.events.end());
    auto late = last->second;
    port.events.erase(last);
    port.events.emplace(9 * kFlight_ps, late);
    port.run();
    unsigned early = 0;
    for (const auto& each : port.stored) early += each.message == 1 && each.at_ps < 9 * kFlight_ps;
    EXPECT_EQ(early, aligned ? 9u : 0u);
    EXPECT_EQ(port.done, 1u);
    EXPECT_EQ(runner.slices_received(), 20u);
  }
}

TEST(ProgramRunner, AlignedSlicesWaitForWholeStepsAndTheLastForWhatIsLeft) {
  const Program program = chain(2, 10'000, true);
  RunnerTiming timing;
  timing.slice_bytes = 1000;
  timing.step_slices = 4;
  FakePort port;
  port.delivers = false;
  ProgramRunner runner(program, timing, port);
  runner.start(0);
  for (std::size_t arrived = 1; arrived <= 10; ++arrived) {
    runner.slice_arrived(0, arrived);
    EXPECT_EQ(port.stored_of(1), arrived == 10 ? 10 : arrived / 4 * 4);
  }
}

// An endpoint without a tag for a load takes stores all the same: sums leave while other chunks are
// still to be loaded.
TEST(ProgramRunner, StoresLeaveThoughTheEndpointRefusesLoads) {
  Program program = chain(2, 2000, true);
  program.messages[0].kind = MessageKind::load_reduce;
  program.messages[0].to_rank = program.messages[1].from_rank = 0;
  RunnerTiming timing;
  timing.slice_bytes = 1000;
  FakePort port;
  port.delivers = false;
  ProgramRunner runner(program, timing, port);
  port.refuses = [&](std::uint32_t message) { return message == 0 && port.stored_of(0) == 1; };
  runner.start(0);
  EXPECT_EQ(port.stored_of(0), 1u);
  runner.slice_arrived(0, 1);
  EXPECT_EQ(port.stored_of(1), 1u) << "it stands behind a load that has no tag";
  port.refuses = nullptr;
  runner.endpoint_ready(0, 2);
  EXPECT_EQ(port.stored_of(0), 2u);
}

TEST(ProgramRunner, MessagesOfARankLeaveInProgramOrderThoughTheEndpointRefuses) {
  Program program;
  program.ranks = 3;
  for (std::uint16_t m = 0; m < 4; ++m) {
    Message message;
    message.to_rank = static_cast<std::uint16_t>(1 + m % 2);
    message.bytes = 2500;
    program.messages.push_back(message);
  }
  RunnerTiming timing;
  timing.slice_bytes = 1000;
  FakePort port;
  port.refuse = 3;
  ProgramRunner runner(program, timing, port);
  runner.start(0);
  port.run();
  ASSERT_EQ(port.stored.size(), 12u);
  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_EQ(port.stored[i].message, i / 3);
    EXPECT_EQ(port.stored[i].slice, i % 3);
  }
  EXPECT_EQ(runner.slice_size(0, 2), 500u);
  EXPECT_EQ(port.done, 1u);
}

TEST(ProgramRunner, EmptyMessagesMessagesToOneselfAndEmptyProgramsEnd) {
  Program program = chain(3, 0, true);
  program.messages[1].bytes = 100;
  program.messages[1].to_rank = program.messages[1].from_rank;
  FakePort port;
  ProgramRunner runner(program, RunnerTiming{}, port);
  runner.start(5);
  port.run();
  EXPECT_EQ(port.done, 1u);
  EXPECT_EQ(port.local, 1u);
  EXPECT_TRUE(port.stored.empty());
  Program nothing;
  FakePort idle;
  ProgramRunner none(nothing, RunnerTiming{}, idle);
  none.start(9);
  EXPECT_EQ(idle.done_ps, 9u);
}

TEST(ProgramRunner, WhatIsMissingIsNamed) {
  const Program program = chain(3, 100, true);
  FakePort port;
  ProgramRunner runner(program, RunnerTiming{}, port);
  runner.start(0);
  EXPECT_EQ(runner.unfinished(2), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_FALSE(runner.done());
}

// Two ranks contribute five slices and wait for the results of both: each begins every run of two
// at its own place, the fifth is a run of its own; nothing passive is ever handed out.
TEST(ProgramRunner, ContributionsLeaveStaggeredAndResultsEndTheProgram) {
  Program program;
  program.ranks = 2;
  for (const MessageKind kind : {MessageKind::result, MessageKind::contribution}) {
    for (std::uint16_t rank = 0; rank < 2; ++rank) {
      Message message;
      message.kind = kind;
      message.from_rank = message.to_rank = rank;
      message.bytes = 500;
      program.messages.push_back(message);
    }
  }
  RunnerTiming timing;
  timing.slice_bytes = 100;
  FakePort port;
  ProgramRunner runner(program, timing, port);
  runner.start(0);
  std::vector<std::uint64_t> order[2];
  for (const auto& stored : port.stored) {
    ASSERT_GE(stored.message, 2u);
    order[stored.message - 2].push_back(stored.slice);
  }
  EXPECT_EQ(order[0], (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(order[1], (std::vector<std::uint64_t>{1, 0, 3, 2, 4}));
  EXPECT_FALSE(runner.done());
  for (unsigned slice = 0; slice < 5; ++slice) {
    runner.slice_arrived(0, 1000);
    runner.slice_arrived(1, 1000);
  }
  EXPECT_TRUE(runner.done());
  EXPECT_EQ(port.done, 1u);
}

}  // namespace
}  // namespace antares::models
