// SPDX-License-Identifier: Apache-2.0
// A collective written by others, step by step: for each rank, thread blocks that do one thing
// after the other. Filled by msccl_reader and mscclpp_reader (facts/ecosystem.md 1.2), turned into
// a models::Program by plan_compiler. Regions are counted in chunks, whose size follows from that
// of the message. No time here.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

enum class PlanBuffer : std::uint8_t {
  input,
  output,
  scratch,
  landing  ///< of one step: where what it receives or reads stands until it is used
};

struct PlanRegion {
  PlanBuffer buffer = PlanBuffer::input;
  std::uint32_t chunk = 0;
  std::uint32_t count = 0;
};

enum class PlanKind : std::uint8_t {
  copy,     ///< `from` to `to`, both local
  reduce,   ///< `from` into `to`, both local
  send,     ///< `from`, into the landing of the peer's matching receive
  receive,  ///< `to` is a landing
  put,      ///< `from`, stored at `to` of the peer
  get,      ///< `from` of the peer, read into `to`
  signal,   ///< the peer's matching wait may go on; what was put before is there
  wait,
  release,      ///< raises a semaphore of the rank, which its thread blocks share
  acquire,      ///< waits until it is above 0, and lowers it
  load_reduce,  ///< `from` of all ranks, summed by the switch, into `to`
  multicast     ///< `from`, which the switch stores at `to` of all ranks
};
const char* to_string(PlanKind kind);

struct PlanAction {
  PlanKind kind = PlanKind::copy;
  PlanRegion from, to;
  std::uint32_t peer = 0;  ///< rank
  /// Of sends and signals: the k-th belongs to the k-th at the peer. Of semaphores: which one.
  std::uint32_t channel = 0;
};

/// What a step of a thread block waits for besides the step before it.
struct PlanDependency {
  std::uint32_t block = 0;  ///< id of a thread block of the same rank
  std::uint32_t step = 0;
};

struct PlanStep {
  std::string name;   ///< as the file has it: "rrc", "put"
  std::string place;  ///< "file.xml:12:7", or the path within a JSON file
  std::vector<PlanAction> actions;
  std::vector<PlanDependency> after;
  std::uint32_t landing_chunks = 0;
  /// A pass of a pipeline: of each region only so many bytes from there on.
  std::uint64_t begin_bytes = 0, most_bytes = ~std::uint64_t{0};
  /// ... whose first pass is so many steps before it in the block; 0: it is the first.
  std::uint32_t passed_steps = 0;
};

/// Steps of a block that are done over and over, each time for the next `unit_bytes` of a chunk,
/// until `chunks` of them are through.
struct PlanLoop {
  std::uint32_t first_step = 0, steps = 0;
  std::uint64_t unit_bytes = 0;
  std::uint32_t chunks = 0;
};

struct PlanBlock {
  std::uint32_t rank = 0;
  std::uint32_t id = 0;
  std::vector<PlanStep> steps;
  std::vector<PlanLoop> loops;  ///< by rising step; none within another
};

struct CollectivePlan {
  std::string file;
  std::string format;      ///< "MSCCL", "MSCCL++"
  std::string name;        ///< of the algorithm
  std::string collective;  ///< as ours are named: "all_reduce"
  std::string protocol;
  std::uint32_t ranks = 0;
  bool in_place = false;
  std::uint32_t chunks = 0;  ///< that the message is cut into
  std::uint32_t scratch_chunks = 0;
  std::uint64_t least_bytes = 0, most_bytes = 0;  ///< meant for; not enforced. most 0: no limit
  std::vector<PlanBlock> blocks;
  /// What semaphores begin with, by rank and number.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> semaphores;
  std::string redop;  ///< that the file says the switch is to use ("sum"); empty: none said
  std::map<std::string, std::uint64_t> ignored;  ///< reason -> count
};

/// Chunks of a rank's buffer, given the collective and whether input and output are one.
std::uint32_t buffer_chunks(const CollectivePlan& plan, PlanBuffer buffer);

/// What the steps ask of the switch.
InSwitch switch_use(const CollectivePlan& plan);

/// Our name of "allreduce", "all_reduce", ...; throws TraceError naming what can be checked.
std::string plan_collective(const std::string& name, const std::string& place);

/// Finds what no reader of single steps sees: regions beyond their buffers, peers and blocks that
/// are not there, sends and signals without a match, steps that wait for each other in a circle.
/// Throws TraceError. Readers call it last.
void check_plan(const CollectivePlan& plan);

/// Reads an MSCCL XML algorithm or an MSCCL++ plan, told apart by content. Throws TraceError.
CollectivePlan load_plan(const std::string& path);

/// What is in it, for a person; several lines.
std::string to_text(const CollectivePlan& plan);

}  // namespace antares::platforms
