// SPDX-License-Identifier: Apache-2.0
// Runs a collective program: keeps, for every rank, which slices of which messages may leave, and
// sends them in program order as its endpoint takes them. Pure: time and the fabric are behind
// ProgramPort. One runner serves all ranks of one collective. Picoseconds, bytes.
//
// Model of a rank: the first slice of a message costs message_overhead after it became ready (a
// kernel or descriptor has to start), a slice counts as received arrival_overhead after its last
// byte (the receiver polls a flag), reducing it takes its turn at reduce_rate. Overheads are
// latencies: slices behind each other overlap.
#pragma once
#include <cstdint>
#include <queue>
#include <vector>

#include "antares/models/accelerator/program.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::Picoseconds;

class ProgramRunner;

/// What a runner asks of its surroundings.
class ProgramPort {
 public:
  /// Remote store of a slice by `from_rank`, or what else its message's kind says; false when that
  /// endpoint takes nothing now (the runner goes on when endpoint_ready() is called).
  virtual bool store_slice(ProgramRunner& runner, std::uint16_t from_rank, std::uint32_t message,
                           std::uint64_t slice) = 0;
  /// A message from a rank to itself: moves (and reduces) the slice's data, no link involved.
  virtual void local_slice(ProgramRunner& runner, std::uint32_t message, std::uint64_t slice) = 0;
  /// Calls runner.timer(what) at at_ps.
  virtual void call_at(ProgramRunner& runner, Picoseconds at_ps, std::uint64_t what) = 0;
  /// Every message of the program has been received.
  virtual void program_done(ProgramRunner& runner, Picoseconds now_ps) = 0;

 protected:
  virtual ~ProgramPort() = default;
};

struct RunnerTiming {
  std::uint64_t slice_bytes = 512 * 1024;
  /// Slices that a rank receives before it acts on them, where others wait for aligned ones: the
  /// step of a library whose requests are smaller.
  std::uint64_t step_slices = 1;
  Picoseconds message_overhead_ps = 0;
  Picoseconds arrival_overhead_ps = 0;
  double reduce_ps_per_byte = 0;
  /// Longest run in which ranks begin at different slices; 0: as many as there are ranks. A rank
  /// must have room for more than a run in flight: its contributions are answered when all have
  /// come, so a longer run would have each rank wait for what another one has no room to send.
  std::uint64_t stagger_slices = 0;
};

class ProgramRunner {
 public:
  ProgramRunner(const Program& program, const RunnerTiming& timing, ProgramPort& port);

  void start(Picoseconds now_ps);
  /// A slice of `message` has been written into its receiver's memory. Slices of a message arrive
  /// in order.
  void slice_arrived(std::uint32_t message, Picoseconds now_ps);
  /// The endpoint of `rank` takes stores again.
  void endpoint_ready(std::uint16_t rank, Picoseconds now_ps);
  void timer(std::uint64_t what, Picoseconds now_ps);

  bool done() const { return messages_left_ == 0; }
  const Program& program() const { return program_; }
  /// Slices of contributions leave in this order, the others as they are numbered: within each run
  /// of as many slices as there are ranks every rank begins at a place of its own. The engines that
  /// wait for consecutive slices are then busy all at once, and a slice is complete after one run.
  std::uint64_t slice_at(std::uint32_t message, std::uint64_t place) const;
  std::uint64_t slices(std::uint32_t message) const;
  std::uint64_t slice_offset(std::uint64_t slice) const { return slice * timing_.slice_bytes; }
  std::uint64_t slice_size(std::uint32_t message, std::uint64_t slice) const;
  std::uint64_t slices_received() const { return slices_received_; }
  /// Messages not received yet, the first few by name, for a diagnosis.
  std::vector<std::uint32_t> unfinished(std::size_t most) const;

 private:
  struct State {
    std::uint64_t sent = 0;      ///< slices handed to the endpoint
    std::uint64_t arrived = 0;   ///< slices in the receiver's memory
    std::uint64_t received = 0;  ///< slices the receiver has acted on
    bool queued = false;         ///< stands in its sender's ready queue
    bool started = false;        ///< its overhead is paid or being paid
  };
  /// Messages that share one dependency list (n-1 messages of a two-shot all-reduce do) wait as a
  /// group: it is looked at once an arrival, not once a message.
  struct Group {
    std::uint32_t first_dependency = 0;
    std::uint32_t count = 0;
    std::uint64_t ready = 0;  ///< slices that its dependencies allow; kNever when all are in
    std::vector<std::uint32_t> messages;
  };
  using ReadyQueue =
      std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<std::uint32_t>>;
  struct Sender {
    ReadyQueue ready;      ///< lowest message first
    bool refused = false;  ///< its endpoint said no, endpoint_ready() will follow
  };
  std::uint64_t slices_ready(std::uint32_t message) const;
  std::uint64_t allowed_by(const Group& group) const;
  void consider(std::uint32_t message, Picoseconds now_ps);
  void make_ready(std::uint32_t message);
  void send_what_is_ready(std::uint16_t rank, Picoseconds now_ps);
  void send_from(Sender& sender, std::uint16_t rank, Picoseconds now_ps);
  void received(std::uint32_t message, Picoseconds now_ps);

  const Program& program_;
  RunnerTiming timing_;
  ProgramPort& port_;
  std::vector<State> states_;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> group_of_;  ///< by message
  /// Groups that wait for each message: CSR form of the dependencies, reversed.
  std::vector<std::uint32_t> waiter_begin_;
  std::vector<std::uint32_t> waiters_;
  /// Of each rank one for what it stores and one for what it loads: an endpoint that has no tag
  /// left for a load still takes stores, so that sums leave while other chunks are being reduced.
  static constexpr unsigned kSenders = 2;
  std::vector<Sender> senders_;
  std::vector<Picoseconds> reduce_free_;  ///< by rank: its reduction unit is busy until then
  std::uint64_t messages_left_ = 0;
  std::uint64_t slices_received_ = 0;
};

}  // namespace antares::models
