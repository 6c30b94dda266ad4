// SPDX-License-Identifier: Apache-2.0
// Carries collective programs over a platform: remote stores through the endpoints' requesters,
// arrivals through their memories. Any number of collectives may run at once on any subsets of
// endpoints; the collective workload runs one at a time, a trace many. With data, slices carry real
// bytes and arriving ones are stored or reduced in the receiver's memory. How long steps take and
// what is stored beside the data is the endpoints' library. Picoseconds, bytes.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "antares/models/accelerator/program_runner.h"
#include "antares/models/observe/latency_histogram.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/build/retry_queue.h"
#include "antares/platforms/config/workload_config.h"

namespace antares::platforms {

class CollectiveEngine;

/// One collective in progress.
struct CollectiveJob {
  models::Program program;
  std::vector<std::size_t> endpoints;  ///< of rank r: index into Platform::endpoints()
  bool with_data = false;
  DataType type = DataType::float32;
  ReductionOperator op = ReductionOperator::sum;
  models::Picoseconds delay_ps = 0;  ///< from start() until it begins
  /// Called in the instant the last message has been received. Must not call start(): the job's
  /// runner is still on the stack; post an event instead.
  std::function<void(models::Picoseconds now_ps)> done;
};

class CollectiveEngine : private models::EventTarget {
 public:
  explicit CollectiveEngine(Platform& platform);
  ~CollectiveEngine();

  /// Starts in the next picosecond, as calls from outside the wheel must, or later. Throws
  /// std::invalid_argument if the buffers do not fit into the endpoints' memories or an endpoint
  /// can't issue requests. Returns a number for the job.
  std::uint32_t start(CollectiveJob job);
  bool finished(std::uint32_t job) const { return jobs_[job] == nullptr; }
  /// Where all that the job needs of a rank's memory ends. The job is in progress.
  std::uint64_t end_of_memory(std::uint32_t job) const;
  /// 0..1 of the slices of all jobs in progress; 1 when there is none.
  double fraction_done() const;
  /// What jobs in progress wait for, for a diagnosis.
  std::vector<std::string> unfinished() const;
  /// First byte of a buffer in the endpoint's memory, as the engine lays buffers out.
  static std::uint64_t buffer_offset(const models::Program& program, models::Buffer buffer);
  /// Throws std::invalid_argument where an endpoint's memory ends before `needed` bytes do.
  static void require_room(const Platform& platform, const models::Program& program,
                           const std::vector<std::size_t>& endpoints, std::uint64_t needed);
  /// How many requests were answered with an error, whose was the first, and why where its port
  /// says so; empty: none was.
  std::string failed_requests() const;
  /// Of each slice's store, from the instant its endpoint issued it until it was answered. Empty
  /// with observe.statistics off.
  const models::LatencyHistogram& latencies() const { return latencies_; }

 private:
  struct Job;
  struct Endpoint;
  /// A slice's store under way.
  struct Store {
    models::Picoseconds issued_ps = 0;
    std::vector<unsigned char> data;  ///< empty: timing only
  };

  bool store_slice(Job& job, std::uint16_t from_rank, std::uint32_t message, std::uint64_t slice);
  /// Of a request of an in-switch job: its rank may have room for more.
  bool answered(std::size_t endpoint, const models::Request& request);
  void wait_for(const Job& job, std::uint16_t rank);
  void local_slice(Job& job, std::uint32_t message, std::uint64_t slice);
  void call_at(Job& job, models::Picoseconds at_ps, std::uint64_t what);
  void job_done(Job& job, models::Picoseconds now_ps);
  void fire(std::uint64_t what, models::Picoseconds now_ps) override;

  void apply(Job& job, const models::Message& message, std::uint64_t offset_bytes,
             const unsigned char* data, std::uint64_t bytes);
  /// Lays out where messages with flags land, behind the buffers; returns the end of all that a
  /// rank needs.
  std::uint64_t lay_out_landings(Job& job);
  static std::uint64_t stored_slice_bytes(const Job& job);
  /// Offset in the receiver's memory of what is stored for a slice.
  std::uint64_t stored_at(const Job& job, std::uint32_t message, std::uint64_t slice) const;
  /// Data of a message, behind `offset_bytes` to `offset_bytes + bytes` of what is stored for it.
  struct SlicePart {
    std::uint64_t offset_bytes = 0;
    std::uint64_t bytes = 0;
  };
  SlicePart part_stored(const Job& job, std::uint32_t message, std::uint64_t offset_bytes,
                        std::uint64_t bytes) const;
  unsigned char* memory_of(Job& job, std::uint16_t rank, models::Region region,
                           std::uint64_t offset_bytes);

  Platform& platform_;
  models::Origin origin_;
  std::vector<std::unique_ptr<Job>> jobs_;  ///< nullptr: finished
  std::vector<std::unique_ptr<Job>>
      retired_;  ///< finished, freed when nothing runs in them; never start() from within done()
  std::vector<std::unique_ptr<Endpoint>> endpoints_;  ///< same order as the platform's
  std::vector<Store> stores_;                         ///< a request's cookie is its place + 1
  std::vector<std::uint32_t> free_stores_;
  models::LatencyHistogram latencies_;
  RetryQueue retries_;
  std::uint64_t requests_failed_ = 0;
  std::string first_failure_;
};

}  // namespace antares::platforms
