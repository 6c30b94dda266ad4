// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/program_runner.h"

#include <algorithm>
#include <cassert>
#include <map>

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
      group_of_(program.messages.size()),
      waiter_begin_(program.messages.size() + 1, 0),
      senders_(std::size_t{program.ranks} * kSenders),
      reduce_free_(program.ranks, 0),
      messages_left_(program.messages.size()) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> known;
  for (std::uint32_t m = 0; m < program.messages.size(); ++m) {
    const Message& message = program.messages[m];
    const auto first = message.dependency_count == 0 ? 0 : message.first_dependency;
    const auto [entry, is_new] = known.try_emplace({first, message.dependency_count},
                                                   static_cast<std::uint32_t>(groups_.size()));
    if (is_new) {
      groups_.emplace_back();
      groups_.back().first_dependency = first;
      groups_.back().count = message.dependency_count;
    }
    group_of_[m] = entry->second;
    groups_[entry->second].messages.push_back(m);
  }
  const auto for_each_dependency = [&](auto&& visit) {
    for (std::uint32_t g = 0; g < groups_.size(); ++g) {
      for (std::uint32_t d = 0; d < groups_[g].count; ++d)
        visit(program.dependencies[groups_[g].first_dependency + d].message, g);
    }
  };
  for_each_dependency([&](std::uint32_t message, std::uint32_t) { ++waiter_begin_[message + 1]; });
  for (std::size_t m = 0; m < program.messages.size(); ++m)
    waiter_begin_[m + 1] += waiter_begin_[m];
  waiters_.resize(waiter_begin_.back());
  std::vector<std::uint32_t> next(waiter_begin_.begin(), waiter_begin_.end() - 1);
  for_each_dependency(
      [&](std::uint32_t message, std::uint32_t g) { waiters_[next[message]++] = g; });
  for (Group& group : groups_) group.ready = allowed_by(group);
}

std::uint64_t ProgramRunner::slices(std::uint32_t message) const {
  const std::uint64_t bytes = program_.messages[message].bytes;
  return std::max<std::uint64_t>(1, (bytes + timing_.slice_bytes - 1) / timing_.slice_bytes);
}

std::uint64_t ProgramRunner::slice_at(std::uint32_t message, std::uint64_t place) const {
  const Message& what = program_.messages[message];
  if (what.kind != MessageKind::contribution) return place;
  std::uint64_t longest = program_.ranks;
  if (timing_.stagger_slices != 0) longest = std::min(longest, timing_.stagger_slices);
  const std::uint64_t run = place / longest * longest;
  const std::uint64_t length = std::min(longest, slices(message) - run);
  return run + (place - run + what.from_rank) % length;
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

std::uint64_t ProgramRunner::allowed_by(const Group& group) const {
  std::uint64_t allowed = protocols::kNever;
  for (std::uint32_t d = 0; d < group.count; ++d) {
    const Dependency& dependency = program_.dependencies[group.first_dependency + d];
    const State& state = states_[dependency.message];
    if (state.received == slices(dependency.message)) continue;
    const std::uint64_t steps = state.received / timing_.step_slices;
    allowed = std::min(allowed, dependency.aligned ? steps * timing_.step_slices : 0);
  }
  return allowed;
}

std::uint64_t ProgramRunner::slices_ready(std::uint32_t message) const {
  return std::min(slices(message), groups_[group_of_[message]].ready);
}

void ProgramRunner::consider(std::uint32_t message, Picoseconds now_ps) {
  State& state = states_[message];
  if (is_passive(program_.messages[message].kind)) return;
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
  const Message& what = program_.messages[message];
  states_[message].queued = true;
  const unsigned loads = what.kind == MessageKind::load_reduce ? 1 : 0;
  senders_[what.from_rank * kSenders + loads].ready.push(message);
}

// Stores first: what may be stored has been loaded before.
void ProgramRunner::send_what_is_ready(std::uint16_t rank, Picoseconds now_ps) {
  for (unsigned s = 0; s < kSenders; ++s) send_from(senders_[rank * kSenders + s], rank, now_ps);
}

void ProgramRunner::send_from(Sender& sender, std::uint16_t rank, Picoseconds now_ps) {
  if (sender.refused) return;
  while (!sender.ready.empty()) {
    const std::uint32_t message = sender.ready.top();
    State& state = states_[message];
    if (state.sent == slices_ready(message)) {
      sender.ready.pop();
      state.queued = false;
      continue;
    }
    const std::uint64_t slice = slice_at(message, state.sent++);
    const Message& what = program_.messages[message];
    if (what.kind == MessageKind::store && what.to_rank == rank) {
      port_.local_slice(*this, message, slice);
      ++state.arrived;
      received(message, now_ps);
      continue;
    }
    if (!port_.store_slice(*this, rank, message, slice)) {
      --state.sent;
      sender.refused = true;
      return;
    }
    if (what.kind == MessageKind::contribution) {  // nobody hears of it: its results arrive
      ++state.arrived;
      received(message, now_ps);
    }
  }
}

void ProgramRunner::endpoint_ready(std::uint16_t rank, Picoseconds now_ps) {
  for (unsigned s = 0; s < kSenders; ++s) senders_[rank * kSenders + s].refused = false;
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
  // Decided here: messages of no bytes end within the calls below, and only one of them is the
  // last.
  const bool last = complete && messages_left_ == 0;
  for (std::uint32_t w = waiter_begin_[message]; w < waiter_begin_[message + 1]; ++w) {
    Group& group = groups_[waiters_[w]];
    const std::uint64_t allowed = allowed_by(group);
    if (allowed == group.ready) continue;
    group.ready = allowed;
    for (const std::uint32_t waiting : group.messages) consider(waiting, now_ps);
  }
  if (last) port_.program_done(*this, now_ps);
}

std::vector<std::uint32_t> ProgramRunner::unfinished(std::size_t most) const {
  std::vector<std::uint32_t> messages;
  for (std::uint32_t m = 0; m < states_.size() && messages.size() < most; ++m) {
    if (states_[m].received != slices(m)) messages.push_back(m);
  }
  return messages;
}

}  // namespace antares::models
