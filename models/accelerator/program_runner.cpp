// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/program_runner.h"

#include <algorithm>
#include <cassert>

namespace antares::models {
namespace {
// Timer kinds, in the low bit; the message number above it.
constexpr std::uint64_t kMayStart = 0;
constexpr std::uint64_t kReceived = 1;
}  // namespace

ProgramRunner::ProgramRunner(const Program& program, const RunnerTiming& timing, ProgramPort& port)
    : program_(program),
      timing_(timing),
      port_(port),
      states_(program.messages.size()),
      waiter_begin_(program.messages.size() + 1, 0),
      waiters_(program.dependencies.size()),
      ready_(program.ranks),
      reduce_free_(program.ranks, 0),
      messages_left_(program.messages.size()) {
  for (const Dependency& dependency : program.dependencies) ++waiter_begin_[dependency.message + 1];
  for (std::size_t m = 0; m < program.messages.size(); ++m)
    waiter_begin_[m + 1] += waiter_begin_[m];
  std::vector<std::uint32_t> next(waiter_begin_.begin(), waiter_begin_.end() - 1);
  for (std::uint32_t m = 0; m < program.messages.size(); ++m) {
    const Message& message = program.messages[m];
    for (std::uint32_t d = 0; d < message.dependency_count; ++d)
      waiters_[next[program.dependencies[message.first_dependency + d].message]++] = m;
  }
}

std::uint64_t ProgramRunner::slices(std::uint32_t message) const {
  const std::uint64_t bytes = program_.messages[message].bytes;
  return std::max<std::uint64_t>(1, (bytes + timing_.slice_bytes - 1) / timing_.slice_bytes);
}

std::uint64_t ProgramRunner::slice_size(std::uint32_t message, std::uint64_t slice) const {
  return std::min(timing_.slice_bytes, program_.messages[message].bytes - slice_offset(slice));
}

void ProgramRunner::start(Picoseconds now_ps) {
  if (messages_left_ == 0) {
    port_.program_done(*this, now_ps);
    return;
  }
  // Messages of no bytes are received where they stand: nothing travels, waiters go on.
  for (std::uint32_t m = 0; m < program_.messages.size(); ++m) consider(m, now_ps);
}

std::uint64_t ProgramRunner::slices_ready(std::uint32_t message) const {
  const Message& wanted = program_.messages[message];
  std::uint64_t ready = slices(message);
  for (std::uint32_t d = 0; d < wanted.dependency_count; ++d) {
    const Dependency& dependency = program_.dependencies[wanted.first_dependency + d];
    const State& state = states_[dependency.message];
    const bool complete = state.received == slices(dependency.message);
    if (!complete) ready = std::min(ready, dependency.aligned ? state.received : 0);
  }
  return ready;
}

void ProgramRunner::consider(std::uint32_t message, Picoseconds now_ps) {
  State& state = states_[message];
  if (state.queued || state.sent >= slices_ready(message)) return;
  if (!state.started) {
    state.started = true;
    if (program_.messages[message].bytes == 0) {
      state.sent = state.arrived = 1;
      received(message, now_ps);
      return;
    }
    if (timing_.message_overhead_ps != 0) {
      state.queued = true;  // not yet in the queue, but nobody else may put it there
      port_.call_at(*this, now_ps + timing_.message_overhead_ps,
                    std::uint64_t{message} << 1 | kMayStart);
      return;
    }
  }
  make_ready(message);
  send_what_is_ready(program_.messages[message].from_rank, now_ps);
}

void ProgramRunner::make_ready(std::uint32_t message) {
  states_[message].queued = true;
  ready_[program_.messages[message].from_rank].push(message);
}

void ProgramRunner::send_what_is_ready(std::uint16_t rank, Picoseconds now_ps) {
  ReadyQueue& queue = ready_[rank];
  while (!queue.empty()) {
    const std::uint32_t message = queue.top();
    State& state = states_[message];
    if (state.sent == slices_ready(message)) {
      queue.pop();
      state.queued = false;
      continue;
    }
    const std::uint64_t slice = state.sent++;
    if (program_.messages[message].to_rank == rank) {
      port_.local_slice(*this, message, slice);
      ++state.arrived;
      received(message, now_ps);
      continue;
    }
    if (!port_.store_slice(*this, rank, message, slice)) {
      --state.sent;
      return;
    }
  }
}

void ProgramRunner::endpoint_ready(std::uint16_t rank, Picoseconds now_ps) {
  send_what_is_ready(rank, now_ps);
}

void ProgramRunner::slice_arrived(std::uint32_t message, Picoseconds now_ps) {
  State& state = states_[message];
  const std::uint64_t slice = state.arrived++;
  assert(slice < slices(message));
  const Message& arrived = program_.messages[message];
  Picoseconds at = now_ps + timing_.arrival_overhead_ps;
  if (arrived.on_arrival == OnArrival::reduce && timing_.reduce_ps_per_byte > 0) {
    Picoseconds& free = reduce_free_[arrived.to_rank];
    free = std::max(free, at) +
           static_cast<Picoseconds>(timing_.reduce_ps_per_byte *
                                    static_cast<double>(slice_size(message, slice)));
    at = free;
  }
  if (at == now_ps)
    received(message, now_ps);
  else
    port_.call_at(*this, at, std::uint64_t{message} << 1 | kReceived);
}

void ProgramRunner::timer(std::uint64_t what, Picoseconds now_ps) {
  const auto message = static_cast<std::uint32_t>(what >> 1);
  if ((what & 1) == kReceived) {
    received(message, now_ps);
    return;
  }
  make_ready(message);
  send_what_is_ready(program_.messages[message].from_rank, now_ps);
}

void ProgramRunner::received(std::uint32_t message, Picoseconds now_ps) {
  State& state = states_[message];
  ++state.received;
  ++slices_received_;
  const bool complete = state.received == slices(message);
  if (complete) --messages_left_;
  for (std::uint32_t w = waiter_begin_[message]; w < waiter_begin_[message + 1]; ++w)
    consider(waiters_[w], now_ps);
  if (complete && messages_left_ == 0) port_.program_done(*this, now_ps);
}

std::vector<std::uint32_t> ProgramRunner::unfinished(std::size_t most) const {
  std::vector<std::uint32_t> messages;
  for (std::uint32_t m = 0; m < states_.size() && messages.size() < most; ++m) {
    if (states_[m].received != slices(m)) messages.push_back(m);
  }
  return messages;
}

}  // namespace antares::models
