// SPDX-License-Identifier: Apache-2.0
// Atomics on memory, by values worked out by hand: little endian, old value comes back in front.
#include <gtest/gtest.h>

#include <cstring>

#include "antares/models/memory/atomics.h"

namespace antares::models {
namespace {

using protocols::AtomicOp;

template <class Int>
struct Result {
  bool executed;
  Int memory, old;
};

template <class Int>
Result<Int> execute(AtomicOp op, Int memory, Int first, Int second = 0) {
  unsigned char cell[sizeof(Int)];
  unsigned char operands[2 * sizeof(Int)];
  std::memcpy(cell, &memory, sizeof memory);
  std::memcpy(operands, &first, sizeof first);
  std::memcpy(operands + sizeof first, &second, sizeof second);
  Result<Int> result{execute_atomic(op, sizeof(Int), cell, operands), 0, 0};
  std::memcpy(&result.memory, cell, sizeof(Int));
  std::memcpy(&result.old, operands, sizeof(Int));
  return result;
}

TEST(Atomics, FetchAddCarriesAcrossBytesAndWrapsAtItsWidth) {
  const auto carried = execute<std::uint32_t>(AtomicOp::fetch_add, 0x00FFFFFF, 1);
  EXPECT_EQ(carried.memory, 0x01000000u);
  EXPECT_EQ(carried.old, 0x00FFFFFFu);
  EXPECT_EQ(execute<std::uint32_t>(AtomicOp::fetch_add, 0xFFFFFFFF, 2).memory, 1u);
  EXPECT_EQ(execute<std::uint64_t>(AtomicOp::fetch_add, 0xFFFFFFFF, 2).memory, 0x100000001u);
}

TEST(Atomics, SwapPutsTheOperandAndReturnsTheOldValue) {
  const auto swapped = execute<std::uint64_t>(AtomicOp::swap, 7, 9);
  EXPECT_EQ(swapped.memory, 9u);
  EXPECT_EQ(swapped.old, 7u);
}

TEST(Atomics, CompareAndSwapWritesOnlyWhereTheValueIsTheOneComparedWith) {
  const auto equal = execute<std::uint32_t>(AtomicOp::compare_and_swap, 5, 5, 8);
  EXPECT_EQ(equal.memory, 8u);
  EXPECT_EQ(equal.old, 5u);
  const auto other = execute<std::uint32_t>(AtomicOp::compare_and_swap, 5, 6, 8);
  EXPECT_EQ(other.memory, 5u);
  EXPECT_EQ(other.old, 5u);
}

TEST(Atomics, SizesThatDoNotExistChangeNothing) {
  const auto odd = execute<std::uint16_t>(AtomicOp::fetch_add, 5, 6);
  EXPECT_FALSE(odd.executed);
  EXPECT_EQ(odd.memory, 5u);
}

}  // namespace
}  // namespace antares::models
