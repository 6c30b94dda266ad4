// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/collective_engine.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "antares/models/accelerator/slice_arrivals.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/platforms/build/blocking_call.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kEnginePort = 0xFFE;  // its place in the order of events: after endpoints
constexpr std::uint64_t kStartTimer = (std::uint64_t{1} << 40) - 1;
constexpr std::uint64_t kLargestSliceBytes = 1u << 30;  // a TLM payload counts bytes in 32 bits

std::uint64_t page_aligned(std::uint64_t bytes) { return (bytes + 4095) / 4096 * 4096; }

}  // namespace

struct CollectiveEngine::Job final : models::ProgramPort {
  CollectiveEngine* engine = nullptr;
  std::uint32_t number = 0;
  CollectiveJob spec;
  std::unique_ptr<models::ProgramRunner> runner;
  std::uint64_t slices = 0;
  std::unique_ptr<models::SliceArrivals> arrivals;

  bool store_slice(models::ProgramRunner&, std::uint16_t from_rank, std::uint32_t message,
                   std::uint64_t slice) override {
    return engine->store_slice(*this, from_rank, message, slice);
  }
  void local_slice(models::ProgramRunner&, std::uint32_t message, std::uint64_t slice) override {
    engine->local_slice(*this, message, slice);
  }
  void call_at(models::ProgramRunner&, Picoseconds at_ps, std::uint64_t what) override {
    engine->call_at(*this, at_ps, what);
  }
  void program_done(models::ProgramRunner&, Picoseconds now_ps) override {
    engine->job_done(*this, now_ps);
  }
};

/// The engine's ears at one endpoint.
struct CollectiveEngine::Endpoint : models::RequesterClient, models::WriteListener {
  CollectiveEngine* engine = nullptr;
  std::size_t index = 0;
  /// Jobs and ranks that were told no by this endpoint's requester.
  std::vector<std::pair<std::uint32_t, std::uint16_t>> waiting;

  void request_done(const models::Request& request, bool ok, Picoseconds) override {
    if (request.cookie != 0)
      engine->free_buffers_.push_back(static_cast<std::uint32_t>(request.cookie - 1));
    if (ok || engine->requests_failed_++ != 0) return;
    const PlatformEndpoint& endpoint = engine->platform_.endpoints()[index];
    engine->first_failure_ = std::to_string(request.bytes) + " B of '" + endpoint.name + "'" +
                             refusal_of(engine->platform_, endpoint, request);
  }
  void may_issue(Picoseconds now_ps) override {
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
    const auto message = static_cast<std::uint32_t>(hint->user);
    Job& job = *engine->jobs_[number];
    const models::Message& what = job.spec.program.messages[message];
    // Over several planes pieces of slices come in any order: only the address says which it is.
    const std::uint64_t offset = payload.get_address() -
                                 buffer_offset(job.spec.program, what.to.buffer) -
                                 what.to.offset_bytes;
    if (job.spec.with_data)
      engine->apply(job, what, offset, payload.get_data_ptr(), payload.get_data_length());
    std::uint64_t slices = job.arrivals->add(message, offset, payload.get_data_length());
    // The last slice of all ends the job.
    for (; slices != 0; --slices) job.runner->slice_arrived(message, at_ps);
    return true;
  }
};

CollectiveEngine::CollectiveEngine(Platform& platform)
    : platform_(platform), origin_(models::Origin::kEndpoints, kEnginePort) {
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
      return 0;
    case models::Buffer::output:
      return page_aligned(program.input_bytes);
    case models::Buffer::scratch:
      return page_aligned(program.input_bytes) + page_aligned(program.output_bytes);
  }
  return 0;
}

std::string CollectiveEngine::failed_requests() const {
  if (requests_failed_ == 0) return {};
  return std::to_string(requests_failed_) + " requests were answered with an error, first " +
         first_failure_;
}

std::uint32_t CollectiveEngine::start(CollectiveJob spec) {
  for (const models::Message& message : spec.program.messages) {
    if (message.kind != models::MessageKind::store)
      throw std::invalid_argument(spec.program.collective + " by " + spec.program.algorithm +
                                  " needs a switch that copies and reduces; none does yet");
  }
  const std::uint64_t needed = buffer_offset(spec.program, models::Buffer::scratch) +
                               page_aligned(spec.program.scratch_bytes);
  models::RunnerTiming timing;
  for (std::size_t rank = 0; rank < spec.endpoints.size(); ++rank) {
    const PlatformEndpoint& endpoint = platform_.endpoints()[spec.endpoints[rank]];
    if (endpoint.accelerator == nullptr)
      throw std::invalid_argument("'" + endpoint.name +
                                  "' is no accelerator: it cannot take part in a collective");
    if (needed > endpoint.window_bytes) {
      throw std::invalid_argument(
          spec.program.collective + " needs " + std::to_string(needed) +
          " bytes of buffers a rank, but '" + endpoint.name + "' has " +
          std::to_string(endpoint.window_bytes) +
          " (accelerator.memory_bytes); take a smaller size or more memory");
    }
    const auto& config = *endpoint.accelerator;
    // Ranks may differ: the slowest sets the pace that all share.
    timing.slice_bytes =
        rank == 0 ? config.slice_bytes : std::min(timing.slice_bytes, config.slice_bytes);
    timing.message_overhead_ps =
        std::max(timing.message_overhead_ps, models::to_picoseconds(config.message_overhead_ns));
    timing.arrival_overhead_ps =
        std::max(timing.arrival_overhead_ps, models::to_picoseconds(config.arrival_overhead_ns));
    timing.reduce_ps_per_byte =
        std::max(timing.reduce_ps_per_byte, 1000.0 / config.reduce_rate_GBps);
  }
  // Slices hold whole elements, so that each can be reduced as it arrives.
  timing.slice_bytes = std::min(timing.slice_bytes, kLargestSliceBytes) / 4096 * 4096;
  if (timing.slice_bytes == 0) timing.slice_bytes = 4096;
  retired_.clear();
  auto job = std::make_unique<Job>();
  job->engine = this;
  job->number = static_cast<std::uint32_t>(jobs_.size());
  job->spec = std::move(spec);
  job->runner = std::make_unique<models::ProgramRunner>(job->spec.program, timing, *job);
  for (std::uint32_t m = 0; m < job->spec.program.messages.size(); ++m)
    job->slices += job->runner->slices(m);
  job->arrivals = std::make_unique<models::SliceArrivals>(job->spec.program, timing.slice_bytes);
  if (job->spec.with_data) {
    for (const models::LocalCopy& copy : job->spec.program.initial_copies) {
      std::memcpy(memory_of(*job, copy.rank, copy.to, 0), memory_of(*job, copy.rank, copy.from, 0),
                  copy.bytes);
    }
  }
  jobs_.push_back(std::move(job));
  Job& started = *jobs_.back();
  call_at(started, platform_.scheduler().now_ps() + 1, kStartTimer);
  return started.number;
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

bool CollectiveEngine::store_slice(Job& job, std::uint16_t from_rank, std::uint32_t message,
                                   std::uint64_t slice) {
  const models::Message& what = job.spec.program.messages[message];
  const PlatformEndpoint& from = platform_.endpoints()[job.spec.endpoints[from_rank]];
  const PlatformEndpoint& to = platform_.endpoints()[job.spec.endpoints[what.to_rank]];
  models::Request request;
  const std::uint64_t offset = job.runner->slice_offset(slice);
  request.address = to.window_base + buffer_offset(job.spec.program, what.to.buffer) +
                    what.to.offset_bytes + offset;
  request.bytes = static_cast<std::uint32_t>(job.runner->slice_size(message, slice));
  request.request_bytes = static_cast<std::uint16_t>(from.request_bytes);
  request.user = (std::uint64_t{job.number} + 1) << 32 | message;
  std::uint32_t buffer = 0;
  if (job.spec.with_data) {
    // A copy, as a copy engine reads its source when it sends: the buffer may change afterwards.
    if (free_buffers_.empty()) {
      free_buffers_.push_back(static_cast<std::uint32_t>(buffers_.size()));
      buffers_.emplace_back();
    }
    buffer = free_buffers_.back();
    const unsigned char* data = memory_of(job, from_rank, what.from, offset);
    buffers_[buffer].assign(data, data + request.bytes);
    request.data = buffers_[buffer].data();
    request.cookie = std::uint64_t{buffer} + 1;
    free_buffers_.pop_back();
  }
  if (from.requester->try_issue(request)) return true;
  if (job.spec.with_data) free_buffers_.push_back(buffer);
  endpoints_[job.spec.endpoints[from_rank]]->waiting.emplace_back(job.number, from_rank);
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

double CollectiveEngine::fraction_done() const {
  std::uint64_t all = 0;
  std::uint64_t received = 0;
  for (const auto& job : jobs_) {
    if (job == nullptr) continue;
    all += job->slices;
    received += job->runner->slices_received();
  }
  return all == 0 ? 1.0 : static_cast<double>(received) / static_cast<double>(all);
}

std::vector<std::string> CollectiveEngine::unfinished() const {
  std::vector<std::string> lines;
  if (requests_failed_ != 0) lines.push_back(failed_requests());
  for (const auto& job : jobs_) {
    if (job == nullptr) continue;
    for (const std::uint32_t m : job->runner->unfinished(4)) {
      const models::Message& message = job->spec.program.messages[m];
      const auto name = [&](std::uint16_t rank) {
        return platform_.endpoints()[job->spec.endpoints[rank]].name;
      };
      lines.push_back(job->spec.program.collective + ": message " + std::to_string(m) + " from " +
                      name(message.from_rank) + " to " + name(message.to_rank) + " (" +
                      std::to_string(message.bytes) + " bytes) has not arrived");
    }
  }
  return lines;
}

}  // namespace antares::platforms
