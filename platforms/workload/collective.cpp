// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/collective.h"

#include <stdexcept>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

namespace {

constexpr std::uint64_t kMebibyte = 1ull << 20;

struct Entry {
  AlgorithmInfo info;
  void (*build)(ProgramBuilder&);
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      {{"all_reduce", "ring", "2(n-1) steps to the right neighbour, 2(n-1)/n of the size a rank"},
       build_ring_all_reduce},
      {{"all_reduce", "direct", "two-shot: every chunk to its home rank, the sums to all"},
       build_direct_all_reduce},
      {{"all_reduce", "recursive_doubling", "log2(n) exchanges of the full size, any n"},
       build_recursive_doubling},
      {{"all_reduce", "tree", "binary tree: reduce to the root, broadcast from it"},
       build_tree_all_reduce},
      {{"all_reduce", "hierarchical",
        "within the ranks of each switch, then between switches, and back"},
       build_hierarchical_all_reduce},
      {{"all_reduce", "in_switch_pull",
        "the switch sums what a rank loads, the rank multicasts it"},
       build_pull_all_reduce},
      {{"all_reduce", "in_switch_push", "every rank stores its input, the switch stores the sums"},
       build_push_all_reduce},
      {{"all_gather", "ring", "n-1 steps to the right neighbour"}, build_ring_all_gather},
      {{"all_gather", "direct", "every rank stores its chunk into all others"},
       build_direct_all_gather},
      {{"all_gather", "hypercast", "every rank stores its chunk once, the switch copies it"},
       build_hypercast_all_gather},
      {{"reduce_scatter", "ring", "n-1 steps to the right neighbour"}, build_ring_reduce_scatter},
      {{"reduce_scatter", "direct", "every chunk straight to its home rank"},
       build_direct_reduce_scatter},
      {{"reduce_scatter", "in_switch_pull", "every rank loads the sum of its chunk"},
       build_pull_reduce_scatter},
      {{"reduce_scatter", "in_switch_push", "every chunk is summed on its way to its rank"},
       build_push_reduce_scatter},
      {{"all_to_all", "direct", "step k sends to rank+k"}, build_direct_all_to_all},
      {{"all_to_all", "hypercast",
        "every rank stores once, the switch hands each other one its chunk"},
       build_hypercast_all_to_all},
      {{"broadcast", "tree", "binary tree from the root"}, build_tree_broadcast},
      {{"broadcast", "ring", "pipelined chain from the root"}, build_ring_broadcast},
      {{"broadcast", "direct", "two-shot: a chunk to every rank, which hands it to all others"},
       build_direct_broadcast},
      {{"broadcast", "hypercast", "the root stores once, the switch copies it"},
       build_hypercast_broadcast},
      {{"reduce", "tree", "binary tree to the root"}, build_tree_reduce},
      {{"reduce", "ring", "pipelined chain to the root"}, build_ring_reduce},
      {{"reduce", "direct", "two-shot: every chunk to its home rank, the sums to the root"},
       build_direct_reduce},
      {{"reduce", "in_switch_pull", "the root loads the sums"}, build_pull_reduce},
      {{"reduce", "in_switch_push", "every rank stores its input, the root gets the sums"},
       build_push_reduce},
      {{"gather", "direct", "every rank stores its chunk into the root"}, build_direct_gather},
      {{"scatter", "direct", "the root stores a chunk into every rank"}, build_direct_scatter},
      {{"scatter", "hypercast", "the root stores once, the switch hands each rank its chunk"},
       build_hypercast_scatter},
      {{"send_recv", "ring", "every rank sends to the next, as nccl-tests does"}, build_ring_shift},
      {{"send_recv", "pair", "the root sends to the peer, nobody else does"}, build_pair},
      {{"barrier", "dissemination", "ceil(log2(n)) rounds of flags"}, build_dissemination_barrier},
      {{"barrier", "in_switch_push", "the sum of all flags comes when the last one has"},
       build_push_barrier},
  };
  return table;
}

[[noreturn]] void refuse(const std::string& message) { throw std::invalid_argument(message); }

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> collective_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    if (names.empty() || names.back() != entry.info.collective) {
      names.push_back(entry.info.collective);
    }
  }
  return names;
}

const Entry& find(const std::string& collective, const std::string& algorithm) {
  std::vector<std::string> known;
  for (const Entry& entry : entries()) {
    if (entry.info.collective != collective) continue;
    if (entry.info.algorithm == algorithm) return entry;
    known.push_back(entry.info.algorithm);
  }
  if (known.empty()) {
    refuse("unknown collective '" + collective + "'; there are " + join(collective_names()));
  }
  refuse("unknown algorithm '" + algorithm + "' for " + collective + "; there are auto, " +
         join(known));
}

void check(const CollectiveRequest& request) {
  if (request.ranks == 0 || request.ranks > 65535) {
    refuse(request.collective + " on " + std::to_string(request.ranks) +
           " ranks: the number of ranks must be 1 to 65535");
  }
  if (request.element_bytes == 0) {
    refuse(request.collective + ": element_bytes is 0; it must be at least 1");
  }
  if (request.bytes % request.element_bytes != 0) {
    refuse(request.collective + " of " + std::to_string(request.bytes) +
           " bytes: not a whole number of elements of " + std::to_string(request.element_bytes) +
           " bytes");
  }
  // Offsets into scratch and output are sums of at most a few dozen buffers: this bound keeps them
  // within 64 bits.
  if (request.bytes > 1ull << 50) {
    refuse(request.collective + " of " + std::to_string(request.bytes) +
           " bytes: the largest size is 2^50 bytes (1 PiB)");
  }
  for (const auto& [name, rank] : {std::pair{"root", request.root}, {"peer", request.peer}}) {
    const bool used = name[0] == 'r' || request.algorithm == "pair";
    if (used && rank >= request.ranks) {
      refuse(request.collective + ": " + name + " " + std::to_string(rank) +
             " is no rank; there are ranks 0 to " + std::to_string(request.ranks - 1));
    }
  }
}

}  // namespace

const std::vector<AlgorithmInfo>& algorithms() {
  static const std::vector<AlgorithmInfo> list = [] {
    std::vector<AlgorithmInfo> infos;
    for (const Entry& entry : entries()) infos.push_back(entry.info);
    return infos;
  }();
  return list;
}

bool reduces(const std::string& collective) {
  return collective == "all_reduce" || collective == "reduce_scatter" || collective == "reduce";
}

bool has_root(const std::string& collective) {
  return collective == "broadcast" || collective == "reduce" || collective == "gather" ||
         collective == "scatter";
}

bool uses_switch(const std::string& algorithm) {
  return algorithm == "hypercast" || algorithm == "in_switch_pull" || algorithm == "in_switch_push";
}

std::string default_algorithm(const CollectiveRequest& request) {
  constexpr std::uint32_t kWorthIt = 3;  // of two ranks each has what the other needs
  const std::string& collective = request.collective;
  const std::uint64_t bytes = request.bytes;
  if (request.ranks >= kWorthIt) {
    // Of a reduce_scatter each rank's link carries the same without the switch, which only waits.
    const bool reduced =
        (reduces(collective) && collective != "reduce_scatter") || collective == "barrier";
    if (request.in_switch.reduces && reduced) return "in_switch_push";
    if (request.in_switch.copies && (collective == "all_gather" || collective == "broadcast"))
      return "hypercast";
  }
  if (collective == "all_reduce" || collective == "all_gather" || collective == "reduce_scatter") {
    return bytes < kMebibyte ? "direct" : "ring";
  }
  if (collective == "broadcast") return bytes < kMebibyte ? "tree" : "ring";
  for (const Entry& entry : entries()) {
    if (entry.info.collective == collective) return entry.info.algorithm;
  }
  refuse("unknown collective '" + collective + "'; there are " + join(collective_names()));
}

models::Program make_program(const CollectiveRequest& request) {
  const std::string algorithm = request.algorithm == "auto" || request.algorithm.empty()
                                    ? default_algorithm(request)
                                    : request.algorithm;
  const Entry& entry = find(request.collective, algorithm);
  check(request);
  ProgramBuilder builder(request, algorithm);
  entry.build(builder);
  return builder.take();
}

}  // namespace antares::platforms
