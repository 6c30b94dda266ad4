// SPDX-License-Identifier: Apache-2.0
// A collective over a list of message sizes. Names of collectives and algorithms are text here: who
// implements them checks them. No unit of time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace antares::platforms {

enum class DataMode : std::uint8_t {
  timing,  ///< sizes and times only: no bytes are moved
  check,   ///< real data, every element of the result compared
};

enum class BufferUse : std::uint8_t { out_of_place, in_place };

enum class DataType : std::uint8_t { float32, float16, bfloat16, int32, int64, float64, uint8 };
enum class ReductionOperator : std::uint8_t { sum, prod, max, min };

struct CollectiveWorkload {
  std::string collective = "all_reduce";
  std::string algorithm = "auto";
  std::string program;  ///< empty: a built-in algorithm
  std::vector<std::uint64_t> bytes = {1 << 20};
  DataMode data = DataMode::timing;
  BufferUse buffers = BufferUse::out_of_place;
  DataType type = DataType::float32;
  ReductionOperator redop = ReductionOperator::sum;
  std::uint32_t root = 0;
  std::uint32_t iterations = 1;
  std::uint32_t channels = 1;
  std::vector<std::string> absent;  ///< of the ranks: these never begin
  std::vector<std::string> ranks;   ///< empty: every accelerator, in the order of the description

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = CollectiveWorkload;
    visit("collective", &C::collective,
          "all_reduce, all_gather, reduce_scatter, all_to_all, broadcast or send_recv");
    visit("algorithm", &C::algorithm,
          "How it is done: auto, or one that the collective offers (ring, recursive_doubling, "
          "two_shot, tree, direct, ...)");
    visit(
        "program", &C::program,
        "File with the steps of each rank, in place of an algorithm: MSCCL XML or an MSCCL++ plan "
        "(JSON); relative to the description's file");
    visit("bytes", &C::bytes, "Message sizes, one run each, as nccl-tests counts them")
        .range(1, 1ull << 40)
        .items(1, 1000);
    visit("data", &C::data,
          "timing: sizes only; check: real data, every element of the result compared")
        .names({{"timing", DataMode::timing}, {"check", DataMode::check}});
    visit("buffers", &C::buffers,
          "out_of_place: the input stays; in_place: input and result share a buffer, as nccl-tests "
          "has it (not all_to_all and send_recv)")
        .names({{"out_of_place", BufferUse::out_of_place}, {"in_place", BufferUse::in_place}});
    visit("type", &C::type, "Type of an element")
        .names({{"float32", DataType::float32},
                {"float16", DataType::float16},
                {"bfloat16", DataType::bfloat16},
                {"int32", DataType::int32},
                {"int64", DataType::int64},
                {"float64", DataType::float64},
                {"uint8", DataType::uint8}});
    visit("redop", &C::redop, "Operator of the reducing collectives")
        .names({{"sum", ReductionOperator::sum},
                {"prod", ReductionOperator::prod},
                {"max", ReductionOperator::max},
                {"min", ReductionOperator::min}});
    visit("root", &C::root, "Rank that has or gets the data (broadcast, scatter, reduce, gather)")
        .range(0, 1023);
    visit("iterations", &C::iterations, "Runs of each size, one after the other").range(1, 1000000);
    visit(
        "channels", &C::channels,
        "The message is cut into so many parts, each done by itself beside the others, as channels "
        "of a library do: while one waits for a step another has the link. Of all_reduce also each "
        "with the ranks of a switch in another order, so that rings leave it by another rank each")
        .range(1, 64);
    visit("absent", &C::absent,
          "Ranks that never begin, named as in ranks: they store, load and contribute nothing, as "
          "where a process has died; their memory is there, and others' loads read it. Such a "
          "collective does not finish; the run tells what the "
          "others' requests ended with, and who waits")
        .items(0, 1024);
    visit("ranks", &C::ranks,
          "Endpoints that take part, rank 0 first: gpu3, gpu[0..3], or an entry's name for all of "
          "it; empty: every accelerator in the order of the description")
        .items(0, 1024);
  }
};

}  // namespace antares::platforms
