// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/collective_engine.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "antares/models/sockets/packet_hint.h"
#include "antares/platforms/build/blocking_call.h"
#include "antares/platforms/build/collective_job.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kEnginePort = 0xFFE;  // its place in the order of events: after endpoints
constexpr std::uint64_t kStartTimer = (std::uint64_t{1} << 40) - 1;
constexpr std::uint64_t kLandingUnitBytes = 256;  // a whole number of flagged lines

std::uint64_t page_aligned(std::uint64_t bytes) { return (bytes + 4095) / 4096 * 4096; }

}  // namespace

/// The engine's ears at one endpoint.
struct CollectiveEngine::Endpoint : models::RequesterClient, models::WriteListener {
  CollectiveEngine* engine = nullptr;
  std::size_t index = 0;
  /// Jobs and ranks that were told no by this endpoint's requester.
  std::vector<std::pair<std::uint32_t, std::uint16_t>> waiting;

  void request_done(const models::Request& request, bool ok, Picoseconds now_ps) override {
    if (!ok && engine->retries_.again(index, request, now_ps)) return;
    const auto store = static_cast<std::uint32_t>(RetryQueue::owner_part(request.cookie) - 1);
    const bool more = engine->answered(index, request);
    if (ok && request.read) loaded(request, now_ps);
    if (ok && engine->platform_.config().observe.statistics)
      engine->latencies_.record(now_ps - engine->stores_[store].issued_ps);
    engine->free_stores_.push_back(store);
    if (!ok && engine->requests_failed_++ == 0) describe(request);
    if (more && !waiting.empty()) may_issue(now_ps);  // the requester may not have been asked
  }
  void describe(const models::Request& request) {
    const PlatformEndpoint& endpoint = engine->platform_.endpoints()[index];
    engine->first_failure_ =
        std::to_string(request.bytes) + " B of '" + endpoint.name + "'" +
        (request.reduction_status != models::ReductionStatus::ok
             ? std::string(": the reduction ended with ") + name(request.reduction_status)
             : refusal_of(engine->platform_, endpoint, request));
  }
  /// A load-reduce has brought its slice.
  void loaded(const models::Request& request, Picoseconds now_ps) {
    const auto message = static_cast<std::uint32_t>(request.user);
    Job& job = *engine->jobs_[static_cast<std::uint32_t>(request.user >> 32) - 1];
    const models::Message& what = job.spec.program.messages[message];
    const std::uint64_t offset = request.address -
                                 buffer_offset(job.spec.program, what.from.buffer) -
                                 what.from.offset_bytes;
    if (job.spec.with_data) engine->apply(job, what, offset, request.data, request.bytes);
    arrived(job, message, {offset, request.bytes}, now_ps);
  }
  void arrived(Job& job, std::uint32_t message, const SlicePart& part, Picoseconds at_ps) {
    std::uint64_t slices = job.arrivals->add(message, part.offset_bytes, part.bytes);
    // The last slice of all ends the job.
    for (; slices != 0; --slices) job.runner->slice_arrived(message, at_ps);
  }
  void may_issue(Picoseconds now_ps) override {
    if (!engine->retries_.send_waiting(index)) return;
    auto again = std::move(waiting);
    waiting.clear();
    for (const auto& [job, rank] : again) {
      if (engine->jobs_[job] != nullptr) engine->jobs_[job]->runner->endpoint_ready(rank, now_ps);
    }
  }
  bool written(tlm::tlm_generic_payload& payload, Picoseconds at_ps) override {
    const auto* hint = payload.get_extension<models::PacketHint>();
    if (hint == nullptr || hint->user == 0) return false;
    const auto number = static_cast<std::uint32_t>(hint->user >> 32) - 1;
    auto message = static_cast<std::uint32_t>(hint->user);
    Job& job = *engine->jobs_[number];
    if (job.in_switch != nullptr)
      message = job.in_switch->arrived(job.spec.program, message, index);
    const models::Message& what = job.spec.program.messages[message];
    // Over several planes pieces of slices come in any order: only the address says which it is.
    const SlicePart part = engine->part_stored(
        job, message, payload.get_address() - engine->stored_at(job, message, 0),
        payload.get_data_length());
    if (job.spec.with_data) {
      const unsigned char* data = payload.get_data_ptr();
      if (!job.landings.empty()) {
        models::unpack(job.flags, data, part.bytes, job.unpacked);
        data = job.unpacked.data();
      }
      engine->apply(job, what, part.offset_bytes, data, part.bytes);
    }
    arrived(job, message, part, at_ps);
    return true;
  }
};

CollectiveEngine::CollectiveEngine(Platform& platform)
    : platform_(platform), origin_(models::Origin::kEndpoints, kEnginePort), retries_(platform) {
  for (std::size_t i = 0; i < platform_.endpoints().size(); ++i) {
    endpoints_.push_back(std::make_unique<Endpoint>());
    endpoints_.back()->engine = this;
    endpoints_.back()->index = i;
    const PlatformEndpoint& endpoint = platform_.endpoints()[i];
    if (endpoint.requester != nullptr) endpoint.requester->set_client(endpoints_.back().get());
    endpoint.memory->set_write_listener(endpoints_.back().get());
  }
}

CollectiveEngine::~CollectiveEngine() {
  for (const PlatformEndpoint& endpoint : platform_.endpoints()) {
    if (endpoint.requester != nullptr) endpoint.requester->set_client(nullptr);
    endpoint.memory->set_write_listener(nullptr);
  }
}

std::uint64_t CollectiveEngine::buffer_offset(const models::Program& program,
                                              models::Buffer buffer) {
  switch (buffer) {
    case models::Buffer::input:
      break;
    case models::Buffer::output:
      return program.base_bytes + page_aligned(program.input_bytes);
    case models::Buffer::scratch:
      return program.base_bytes + page_aligned(program.input_bytes) +
             page_aligned(program.output_bytes);
  }
  return program.base_bytes;
}

std::uint32_t CollectiveEngine::start(CollectiveJob spec) {
  std::vector<const models::LibraryProtocol*> protocols;
  double reduce_ps_per_byte = 0;
  const bool by_switch = SwitchRequests::needed_by(spec.program);
  for (const std::size_t index : spec.endpoints) {
    const PlatformEndpoint& endpoint = platform_.endpoints()[index];
    if (endpoint.accelerator == nullptr)
      throw std::invalid_argument("'" + endpoint.name +
                                  "' is no accelerator: it cannot take part in a collective");
    const models::EndpointLibrary& library = endpoint.accelerator->library;
    protocols.push_back(by_switch ? &library.in_switch
                                  : &library.protocol_for(models::collective_bytes(spec.program)));
    reduce_ps_per_byte =
        std::max(reduce_ps_per_byte, 1000.0 / endpoint.accelerator->reduce_rate_GBps);
  }
  models::LibraryTiming timing = models::shared_timing(protocols);
  timing.runner.reduce_ps_per_byte = reduce_ps_per_byte;
  std::unique_ptr<SwitchRequests> in_switch;
  if (by_switch) {
    in_switch = std::make_unique<SwitchRequests>(platform_, spec.program, spec.endpoints, spec.type,
                                                 spec.op);
    const std::uint64_t step_bytes = timing.runner.slice_bytes;
    timing.runner.slice_bytes = in_switch->slice_bytes(step_bytes);
    timing.runner.step_slices = std::max<std::uint64_t>(1, step_bytes / timing.runner.slice_bytes);
    std::uint64_t window_bytes = in_switch->contributions_window_bytes();
    for (const std::size_t index : spec.endpoints)
      window_bytes =
          std::min(window_bytes, platform_.endpoints()[index].accelerator->outstanding_write_bytes);
    timing.runner.stagger_slices = std::clamp<std::uint64_t>(
        spec.program.ranks / in_switch->engines_each(), 1,
        std::max<std::uint64_t>(1, window_bytes / timing.runner.slice_bytes / 2));
    timing.flags = models::StoreFlags::none;  // what is reduced has no room for flags
  }
  retired_.clear();
  auto job = std::make_unique<Job>();
  job->engine = this;
  job->number = static_cast<std::uint32_t>(jobs_.size());
  job->spec = std::move(spec);
  job->flags = timing.flags;
  job->in_switch = std::move(in_switch);
  job->runner = std::make_unique<models::ProgramRunner>(job->spec.program, timing.runner, *job);
  for (std::uint32_t m = 0; m < job->spec.program.messages.size(); ++m)
    job->slices += job->runner->slices(m);
  job->arrivals =
      std::make_unique<models::SliceArrivals>(job->spec.program, timing.runner.slice_bytes);
  job->end_of_memory = lay_out_landings(*job);
  require_room(platform_, job->spec.program, job->spec.endpoints, job->end_of_memory);
  if (job->spec.with_data) {
    for (const models::LocalCopy& copy : job->spec.program.initial_copies) {
      std::memcpy(memory_of(*job, copy.rank, copy.to, 0), memory_of(*job, copy.rank, copy.from, 0),
                  copy.bytes);
    }
  }
  jobs_.push_back(std::move(job));
  Job& started = *jobs_.back();
  call_at(started, platform_.scheduler().now_ps() + 1 + started.spec.delay_ps + timing.launch_ps,
          kStartTimer);
  return started.number;
}

std::uint64_t CollectiveEngine::end_of_memory(std::uint32_t job) const {
  return jobs_[job]->end_of_memory;
}

std::uint64_t CollectiveEngine::lay_out_landings(Job& job) {
  const models::Program& program = job.spec.program;
  const std::uint64_t begin =
      buffer_offset(program, models::Buffer::scratch) + page_aligned(program.scratch_bytes);
  if (job.flags == models::StoreFlags::none) return begin;
  std::vector<std::uint64_t> next(program.ranks, begin);
  for (std::uint32_t m = 0; m < program.messages.size(); ++m) {
    std::uint64_t& landing = next[program.messages[m].to_rank];
    job.landings.push_back(landing);
    const std::uint64_t slices = job.runner->slices(m);
    landing += (slices - 1) * stored_slice_bytes(job) +
               models::stored_bytes(job.flags, job.runner->slice_size(m, slices - 1));
    landing = (landing + kLandingUnitBytes - 1) / kLandingUnitBytes * kLandingUnitBytes;
  }
  return *std::max_element(next.begin(), next.end());
}

void CollectiveEngine::require_room(const Platform& platform, const models::Program& program,
                                    const std::vector<std::size_t>& endpoints,
                                    std::uint64_t needed) {
  for (const std::size_t index : endpoints) {
    const PlatformEndpoint& endpoint = platform.endpoints()[index];
    if (needed <= endpoint.window_bytes) continue;
    throw std::invalid_argument(program.collective + " needs " + std::to_string(needed) +
                                " bytes of buffers a rank, but '" + endpoint.name + "' has " +
                                std::to_string(endpoint.window_bytes) +
                                " (accelerator.memory_bytes); take a smaller size or more memory");
  }
}

std::uint64_t CollectiveEngine::stored_slice_bytes(const Job& job) {
  return models::stored_bytes(job.flags, job.runner->slice_offset(1));
}

std::uint64_t CollectiveEngine::stored_at(const Job& job, std::uint32_t message,
                                          std::uint64_t slice) const {
  if (!job.landings.empty()) return job.landings[message] + slice * stored_slice_bytes(job);
  const models::Region& to = job.spec.program.messages[message].to;
  return buffer_offset(job.spec.program, to.buffer) + to.offset_bytes +
         job.runner->slice_offset(slice);
}

CollectiveEngine::SlicePart CollectiveEngine::part_stored(const Job& job, std::uint32_t message,
                                                          std::uint64_t offset_bytes,
                                                          std::uint64_t bytes) const {
  if (job.landings.empty()) return {offset_bytes, bytes};
  const std::uint64_t slice = offset_bytes / stored_slice_bytes(job);
  const std::uint64_t within =
      models::data_bytes(job.flags, offset_bytes % stored_slice_bytes(job));
  return {job.runner->slice_offset(slice) + within,
          std::min(models::data_bytes(job.flags, bytes),
                   job.runner->slice_size(message, slice) - within)};
}

unsigned char* CollectiveEngine::memory_of(Job& job, std::uint16_t rank, models::Region region,
                                           std::uint64_t offset_bytes) {
  return platform_.endpoints()[job.spec.endpoints[rank]].memory->store().data() +
         buffer_offset(job.spec.program, region.buffer) + region.offset_bytes + offset_bytes;
}

void CollectiveEngine::apply(Job& job, const models::Message& message, std::uint64_t offset_bytes,
                             const unsigned char* data, std::uint64_t bytes) {
  unsigned char* to = memory_of(job, message.to_rank, message.to, offset_bytes);
  if (message.on_arrival == models::OnArrival::reduce) {
    reduce_elements(job.spec.type, job.spec.op, to, data, bytes);
  } else {
    std::memmove(to, data, bytes);
  }
}

bool CollectiveEngine::answered(std::size_t endpoint, const models::Request& request) {
  if (request.group == nullptr) return false;
  Job* const job = jobs_[static_cast<std::uint32_t>(request.user >> 32) - 1].get();
  if (job == nullptr || job->in_switch == nullptr) return false;
  if (request.reduction != nullptr && !request.read)
    job->in_switch->contribution_answered(endpoint, request.bytes);
  else
    job->in_switch->answered(job->spec.program.messages[static_cast<std::uint32_t>(request.user)],
                             request.bytes);
  return true;
}

void CollectiveEngine::wait_for(const Job& job, std::uint16_t rank) {
  auto& waiting = endpoints_[job.spec.endpoints[rank]]->waiting;
  const auto who = std::make_pair(job.number, rank);
  if (waiting.empty() || waiting.back() != who)
    waiting.push_back(who);  // loads and stores ask each
}

bool CollectiveEngine::store_slice(Job& job, std::uint16_t from_rank, std::uint32_t message,
                                   std::uint64_t slice) {
  const models::Message& what = job.spec.program.messages[message];
  const PlatformEndpoint& from = platform_.endpoints()[job.spec.endpoints[from_rank]];
  const PlatformEndpoint& to = platform_.endpoints()[job.spec.endpoints[what.to_rank]];
  models::Request request;
  const std::uint64_t offset = job.runner->slice_offset(slice);
  const std::uint64_t bytes = job.runner->slice_size(message, slice);
  const std::vector<std::uint32_t>* parts = nullptr;  ///< of a scatter: whose bytes it carries
  if (what.kind == models::MessageKind::store) {
    request.address = to.window_base + stored_at(job, message, slice);
  } else {
    // What is for several has an offset into each one's window for an address.
    const bool load = what.kind == models::MessageKind::load_reduce;
    const models::Region& there = load ? what.from : what.to;
    request.address = buffer_offset(job.spec.program, there.buffer) + there.offset_bytes + offset;
    if (!job.in_switch->may_issue(what, bytes)) {
      wait_for(job, from_rank);
      return false;
    }
    if (what.kind == models::MessageKind::scatter)
      parts = &job.in_switch->name_scatter(job.spec.program, message, bytes, request);
    else
      job.in_switch->name(job.spec.program, what, request);
  }
  request.bytes = static_cast<std::uint32_t>(models::stored_bytes(job.flags, bytes));
  if (parts != nullptr) request.bytes *= static_cast<std::uint32_t>(parts->size());
  request.request_bytes = static_cast<std::uint16_t>(from.request_bytes);
  request.user = (std::uint64_t{job.number} + 1) << 32 |
                 (what.kind == models::MessageKind::contribution ? what.first : message);
  if (free_stores_.empty()) {
    free_stores_.push_back(static_cast<std::uint32_t>(stores_.size()));
    stores_.emplace_back();
  }
  const std::uint32_t store = free_stores_.back();
  free_stores_.pop_back();
  stores_[store].issued_ps = platform_.scheduler().now_ps();
  request.cookie = std::uint64_t{store} + 1;
  if (job.spec.with_data) {
    // A copy, as a copy engine reads its source when it sends: the buffer may change afterwards.
    std::vector<unsigned char>& data = stores_[store].data;
    if (parts == nullptr)
      models::pack(job.flags, memory_of(job, from_rank, what.from, offset), bytes, data);
    else
      job.gather(*parts, offset, bytes, data);
    request.data = stores_[store].data.data();
  }
  // Counted before it goes: it may be answered within the call.
  const std::uint64_t counted_bytes =
      what.kind == models::MessageKind::contribution ? request.bytes : bytes;
  if (job.in_switch != nullptr && what.kind != models::MessageKind::store)
    job.in_switch->issued(what, counted_bytes);
  if (from.requester->try_issue(request)) return true;
  if (job.in_switch != nullptr && what.kind != models::MessageKind::store)
    job.in_switch->answered(what, counted_bytes);
  free_stores_.push_back(store);
  wait_for(job, from_rank);
  return false;
}

void CollectiveEngine::local_slice(Job& job, std::uint32_t message, std::uint64_t slice) {
  if (!job.spec.with_data) return;
  const models::Message& what = job.spec.program.messages[message];
  const std::uint64_t offset = job.runner->slice_offset(slice);
  apply(job, what, offset, memory_of(job, what.from_rank, what.from, offset),
        job.runner->slice_size(message, slice));
}

void CollectiveEngine::call_at(Job& job, Picoseconds at_ps, std::uint64_t what) {
  platform_.scheduler().post(at_ps, models::Phase::arrival, origin_, *this,
                             std::uint64_t{job.number} << 40 | what);
}

void CollectiveEngine::fire(std::uint64_t what, Picoseconds now_ps) {
  Job& job = *jobs_[what >> 40];
  const std::uint64_t timer = what & kStartTimer;
  if (timer == kStartTimer)
    job.runner->start(now_ps);
  else
    job.runner->timer(timer, now_ps);
}

void CollectiveEngine::job_done(Job& job, Picoseconds now_ps) {
  auto done = std::move(job.spec.done);
  // The job's runner is on the call stack: retired now, freed with a later start.
  const std::uint32_t number = job.number;
  retired_.push_back(std::move(jobs_[number]));
  if (done) done(now_ps);
}

}  // namespace antares::platforms
