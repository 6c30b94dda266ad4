// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/workload/interpreter.h"

#include "antares/platforms/workload/chunking.h"
#include "antares/platforms/workload/in_place.h"

namespace antares::platforms::testing {

namespace {

// What each rank's output must hold: pairs of element index and value. Written from the definitions
// of the collectives alone.
template <class Element>
std::map<std::uint64_t, Element> defined_output(const CollectiveRequest& request,
                                                std::uint32_t rank) {
  const std::uint32_t n = request.ranks;
  const std::uint64_t count = request.bytes / request.element_bytes;
  const auto begin_of = [&](std::uint64_t k) { return k * count / n; };
  const auto length_of = [&](std::uint64_t k) { return begin_of(k + 1) - begin_of(k); };
  const auto sum = [&](std::uint64_t element) {
    std::int64_t total = 0;
    for (std::uint32_t r = 0; r < n; ++r) total += input_value(r, element);
    return static_cast<Element>(total);
  };
  const auto value = [&](std::uint32_t r, std::uint64_t element) {
    return static_cast<Element>(input_value(r, element));
  };
  const std::string& name = request.collective;
  std::map<std::uint64_t, Element> output;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (name == "all_reduce") output[i] = sum(i);
    if (name == "reduce" && rank == request.root) output[i] = sum(i);
    if (name == "broadcast") output[i] = value(request.root, i);
    if (name == "send_recv") {
      const bool pair = request.algorithm == "pair";
      if (!pair) output[i] = value((rank + n - 1) % n, i);
      if (pair && rank == request.peer) output[i] = value(request.root, i);
    }
  }
  for (std::uint32_t k = 0; k < n; ++k) {
    if (name == "all_gather" || (name == "gather" && rank == request.root)) {
      for (std::uint64_t i = 0; i < length_of(k); ++i) output[begin_of(k) + i] = value(k, i);
    }
    if (name == "all_to_all") {
      for (std::uint64_t i = 0; i < length_of(rank); ++i) {
        output[k * length_of(rank) + i] = value(k, begin_of(rank) + i);
      }
    }
  }
  for (std::uint64_t i = 0; i < length_of(rank); ++i) {
    if (name == "reduce_scatter") output[i] = sum(begin_of(rank) + i);
    if (name == "scatter") output[i] = value(request.root, begin_of(rank) + i);
  }
  return output;
}

}  // namespace

template <class Element>
std::uint64_t wrong_elements(const CollectiveRequest& request, const models::Program& program,
                             std::uint64_t slice_bytes, std::mt19937_64& random, bool shared) {
  std::vector<RankMemory<Element>> ranks(program.ranks);
  for (std::uint32_t rank = 0; rank < program.ranks; ++rank) {
    RankMemory<Element>& memory = ranks[rank];
    memory.input.resize(program.input_bytes / sizeof(Element));
    for (std::uint64_t i = 0; i < memory.input.size(); ++i) {
      memory.input[i] = static_cast<Element>(input_value(rank, i));
    }
    memory.output.assign(program.output_bytes / sizeof(Element), static_cast<Element>(-77));
    memory.scratch.assign(program.scratch_bytes / sizeof(Element), static_cast<Element>(-99));
    if (!shared) continue;
    const std::uint64_t first = input_in_place(request, rank) / sizeof(Element);
    for (std::uint64_t i = 0; i < input_bytes_in_place(request, rank) / sizeof(Element); ++i)
      memory.output[first + i] = static_cast<Element>(input_value(rank, i));
  }
  Interpreter<Element>(program, ranks, slice_bytes, random).run();
  std::uint64_t wrong = 0;
  for (std::uint32_t rank = 0; rank < program.ranks; ++rank) {
    const std::uint64_t first = shared ? result_in_place(request, rank) / sizeof(Element) : 0;
    const std::vector<Element>& output = ranks[rank].output;
    for (const auto& [element, expected] : defined_output<Element>(request, rank))
      if (first + element >= output.size() || output[first + element] != expected) ++wrong;
  }
  return wrong;
}

template std::uint64_t wrong_elements<std::int64_t>(const CollectiveRequest&,
                                                    const models::Program&, std::uint64_t,
                                                    std::mt19937_64&, bool);
template std::uint64_t wrong_elements<float>(const CollectiveRequest&, const models::Program&,
                                             std::uint64_t, std::mt19937_64&, bool);

}  // namespace antares::platforms::testing
