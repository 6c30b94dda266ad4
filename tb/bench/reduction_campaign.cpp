// SPDX-License-Identifier: Apache-2.0
// Bit-exactness of in-switch reduction, as a count: for every legal operator, type, accumulator and
// order so many random reductions of 1 to 72 operands, each compared with an oracle of exact
// integers (tb/unit/models/reduction/oracle.h). Exit: 0 all equal, 1 not, 2 the command line is
// wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

#include "antares/models/reduction/reduce.h"
#include "tb/unit/models/reduction/oracle.h"

namespace {

using namespace antares::models;

constexpr const char* kOps[] = {"add", "min", "max", "and", "or", "xor"};
constexpr const char* kTypes[] = {"u32", "s32",  "u64", "s64", "b32",  "b64",
                                  "f16", "bf16", "f32", "f64", "e4m3", "e5m2"};
constexpr const char* kAccumulators[] = {"type", "f16", "f32"};
constexpr const char* kOrders[] = {"arrival", "index", "tree"};

struct Count {
  std::uint64_t reductions = 0;
  std::uint64_t operands = 0;
  std::uint64_t different = 0;
};

Count compare(const ReductionKind& kind, std::uint64_t reductions, std::mt19937_64& random,
              ReduceScratch& scratch) {
  const unsigned bits = 8 * element_bytes(kind.type);
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - bits);
  Count count;
  for (; count.reductions < reductions; ++count.reductions) {
    std::vector<std::uint64_t> elements(1 + random() % 72);
    std::vector<std::uint32_t> arrival(elements.size());
    std::iota(arrival.begin(), arrival.end(), 0u);
    std::shuffle(arrival.begin(), arrival.end(), random);
    // Codes near each other round and cancel; codes from anywhere bring NaN and infinity.
    const std::uint64_t base = random();
    const unsigned spread = 1 + static_cast<unsigned>(random() % bits);
    std::vector<const unsigned char*> operands;
    for (std::uint64_t& element : elements) {
      element = (base ^ (random() & (~std::uint64_t{0} >> (64 - spread)))) & mask;
      operands.push_back(reinterpret_cast<const unsigned char*>(&element));
    }
    std::uint64_t result = 0;
    reduce(kind, operands, arrival, element_bytes(kind.type),
           reinterpret_cast<unsigned char*>(&result), scratch);
    count.operands += elements.size();
    if (result != antares::tb::oracle_reduce(kind, elements, arrival)) ++count.different;
  }
  return count;
}

}  // namespace

int sc_main(int, char*[]) { return 1; }  // libsystemc asks for it; nothing is simulated here

int main(int argc, char* argv[]) {
  CLI::App app("Compares in-switch reductions with an oracle of exact integers");
  std::uint64_t reductions = 2000;
  std::uint64_t seed = 1;
  app.add_option("--reductions", reductions, "of each kind")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
  app.add_option("--seed", seed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::mt19937_64 random(seed);
  ReduceScratch scratch;
  Count all;
  unsigned kinds = 0;
  std::printf("op   type  accumulator  order    push  reductions    operands  different\n");
  for (unsigned op = 0; op < 6; ++op) {
    for (unsigned type = 0; type < 12; ++type) {
      for (unsigned accumulator = 0; accumulator < 3; ++accumulator) {
        for (unsigned order = 0; order < 3; ++order) {
          const ReductionKind kind{static_cast<ReductionOp>(op), static_cast<ElementType>(type),
                                   static_cast<Accumulator>(accumulator),
                                   static_cast<ReductionOrder>(order)};
          if (refusal(kind, ReductionPath::pull)) continue;
          const Count count = compare(kind, reductions, random, scratch);
          ++kinds;
          all.reductions += count.reductions;
          all.operands += count.operands;
          all.different += count.different;
          std::printf("%-4s %-5s %-12s %-8s %-4s %11llu %11llu %10llu\n", kOps[op], kTypes[type],
                      kAccumulators[accumulator], kOrders[order],
                      refusal(kind, ReductionPath::push) ? "no" : "yes",
                      static_cast<unsigned long long>(count.reductions),
                      static_cast<unsigned long long>(count.operands),
                      static_cast<unsigned long long>(count.different));
        }
      }
    }
  }
  std::printf("%u kinds, %llu reductions, %llu operands, %llu different\n", kinds,
              static_cast<unsigned long long>(all.reductions),
              static_cast<unsigned long long>(all.operands),
              static_cast<unsigned long long>(all.different));
  return all.different == 0 ? 0 : 1;
}
