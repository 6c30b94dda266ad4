// SPDX-License-Identifier: Apache-2.0
// The arithmetic against an oracle of exact integers: every legal (operator, type, accumulator,
// order); all pairs of fp8 codes. Tolerance 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <stdexcept>

#include "antares/models/reduction/reduce.h"
#include "tb/unit/models/reduction/oracle.h"

namespace antares::models {
namespace {

using u64 = std::uint64_t;

constexpr unsigned kOps = 6, kTypes = 12, kAccumulators = 3, kOrders = 3;

template <class Visit>
void for_each_kind(Visit&& visit) {
  for (unsigned i = 0; i < kOps * kTypes * kAccumulators * kOrders; ++i) {
    visit(ReductionKind{static_cast<ReductionOp>(i % kOps),
                        static_cast<ElementType>(i / kOps % kTypes),
                        static_cast<Accumulator>(i / kOps / kTypes % kAccumulators),
                        static_cast<ReductionOrder>(i / kOps / kTypes / kAccumulators)});
  }
}

void reduce(const ReductionKind& kind, const std::vector<const unsigned char*>& operands,
            const std::vector<std::uint32_t>& arrival, std::size_t bytes, unsigned char* result) {
  static ReduceScratch
      scratch;  // as an engine does: what it holds of earlier calls does not matter
  models::reduce(kind, operands, arrival, bytes, result, scratch);
}

u64 reduce_one(const ReductionKind& kind, const std::vector<u64>& elements,
               const std::vector<std::uint32_t>& arrival) {
  std::vector<const unsigned char*> operands;
  for (const u64& element : elements)
    operands.push_back(reinterpret_cast<const unsigned char*>(&element));
  u64 result = 0;
  reduce(kind, operands, arrival, element_bytes(kind.type),
         reinterpret_cast<unsigned char*>(&result));
  return result;
}

std::string text(const ReductionKind& kind) {
  return "op " + std::to_string(int(kind.op)) + " type " + std::to_string(int(kind.type)) +
         " accumulator " + std::to_string(int(kind.accumulator)) + " order " +
         std::to_string(int(kind.order));
}

TEST(Reduce, AllPairsOfFp8Codes) {
  unsigned kinds = 0;
  for_each_kind([&](const ReductionKind& kind) {
    if (element_bytes(kind.type) != 1 || kind.order != ReductionOrder::index) return;
    if (refusal(kind, ReductionPath::pull)) return;
    ++kinds;
    for (u64 a = 0; a < 256; ++a) {
      for (u64 b = 0; b < 256; ++b) {
        ASSERT_EQ(reduce_one(kind, {a, b}, {}), tb::oracle_reduce(kind, {a, b}, {}))
            << text(kind) << ": " << a << ", " << b;
      }
    }
  });
  EXPECT_EQ(kinds, 2u * (2 + 1 + 1));  // add with two accumulators, min, max
}

TEST(Reduce, EveryLegalKindAgreesWithTheOracle) {
  std::mt19937_64 random(1);
  unsigned kinds = 0;
  for_each_kind([&](const ReductionKind& kind) {
    if (refusal(kind, ReductionPath::pull)) return;
    ++kinds;
    const unsigned bits = 8 * element_bytes(kind.type);
    const u64 mask = ~u64{0} >> (64 - bits);
    for (unsigned round = 0; round < 300; ++round) {
      std::vector<u64> elements(1 + random() % 17);
      std::vector<std::uint32_t> arrival(elements.size());
      std::iota(arrival.begin(), arrival.end(), 0u);
      std::shuffle(arrival.begin(), arrival.end(), random);
      // Codes near each other have exponents near each other: rounding and cancelling happen there;
      // codes from anywhere bring NaN, infinity and subnormals.
      const u64 base = random();
      const unsigned spread = 1 + static_cast<unsigned>(random() % bits);
      for (u64& element : elements)
        element = (base ^ (random() & (~u64{0} >> (64 - spread))) ^ random() << (bits - 1)) & mask;
      ASSERT_EQ(reduce_one(kind, elements, arrival), tb::oracle_reduce(kind, elements, arrival))
          << text(kind) << " round " << round;
    }
  });
  // By order: 3 sums of integers, 8 comparisons of them, 6 of bits; 6 sums of floats, 4 more with a
  // wider accumulator, 8 comparisons of them.
  EXPECT_EQ(kinds, kOrders * (3u + 8 + 6 + 6 + 4 + 8));
}

TEST(Reduce, EdgesOfRoundingAndSaturation) {
  const ReductionKind f16{ReductionOp::add, ElementType::f16};
  EXPECT_EQ(reduce_one(f16, {0x7bff, 0x4bff}, {}), 0x7bffu);  // 65504 + 15.99 stays
  EXPECT_EQ(reduce_one(f16, {0x7bff, 0x4c00}, {}), 0x7c00u);  // 65504 + 16: tie, to infinity
  EXPECT_EQ(reduce_one(f16, {0x7c00, 0xfc00}, {}), 0x7fffu);
  const ReductionKind e4m3{ReductionOp::add, ElementType::e4m3};
  EXPECT_EQ(reduce_one(e4m3, {0x7e, 0x7e}, {}), 0x7eu);  // 448 + 448
  EXPECT_EQ(reduce_one(e4m3, {0xfe, 0xfe}, {}), 0xfeu);
  const ReductionKind minimum{ReductionOp::min, ElementType::f16};
  EXPECT_EQ(reduce_one(minimum, {0x0000, 0x8000}, {}), 0x8000u);
  EXPECT_EQ(reduce_one(minimum, {0x7e00, 0x3c00}, {}), 0x3c00u);
}

TEST(Reduce, ReducesEachElementAndMayOverwriteAnOperand) {
  std::uint32_t a[] = {1, 2, 0xffffffff}, b[] = {10, 20, 2};
  reduce({ReductionOp::add, ElementType::u32},
         {reinterpret_cast<unsigned char*>(a), reinterpret_cast<unsigned char*>(b)}, {}, sizeof a,
         reinterpret_cast<unsigned char*>(a));
  EXPECT_EQ(a[0], 11u);
  EXPECT_EQ(a[1], 22u);
  EXPECT_EQ(a[2], 1u);
}

TEST(ReductionTypes, WhatTheTableForbidsIsNamed) {
  const auto why = [](ReductionOp op, ElementType type, Accumulator acc, ReductionPath path) {
    const auto refused = refusal({op, type, acc}, path);
    return std::string(refused ? name(*refused) : "");
  };
  const auto same = Accumulator::element_type;
  const auto pull = ReductionPath::pull, push = ReductionPath::push;
  EXPECT_EQ(why(ReductionOp::max, ElementType::f64, same, pull), "operator_forbids_type");
  EXPECT_EQ(why(ReductionOp::add, ElementType::s64, same, pull), "operator_forbids_type");
  EXPECT_EQ(why(ReductionOp::bit_xor, ElementType::u32, same, pull), "operator_forbids_type");
  EXPECT_EQ(why(ReductionOp::add, ElementType::f32, Accumulator::f32, pull),
            "accumulator_forbids_type");
  EXPECT_EQ(why(ReductionOp::min, ElementType::f16, Accumulator::f32, pull),
            "accumulator_forbids_type");
  EXPECT_EQ(why(ReductionOp::add, ElementType::e4m3, same, push), "push_forbids_type");
  EXPECT_EQ(why(ReductionOp::min, ElementType::bf16, same, push), "push_forbids_type");
  EXPECT_EQ(why(ReductionOp::add, ElementType::bf16, Accumulator::f32, push), "");
  EXPECT_STREQ(name(*operand_refusal(ElementType::f32, 0, 0)), "empty_operand");
  EXPECT_STREQ(name(*operand_refusal(ElementType::f32, 0, 6)), "odd_operand_size");
  EXPECT_STREQ(name(*operand_refusal(ElementType::f64, 4, 8)), "misaligned_operand");
  EXPECT_FALSE(operand_refusal(ElementType::f64, 8, 16));
}

TEST(Reduce, RefusesWhatItCannotCompute) {
  unsigned char byte[8] = {};
  const ReductionKind sum{ReductionOp::add, ElementType::f32};
  const ReductionKind arrival{sum.op, sum.type, sum.accumulator, ReductionOrder::arrival};
  EXPECT_THROW(reduce({ReductionOp::min, ElementType::f32}, {byte}, {}, 4, byte),
               std::invalid_argument);
  EXPECT_THROW(reduce(sum, {byte}, {}, 6, byte), std::invalid_argument);
  EXPECT_THROW(reduce(sum, {}, {}, 4, byte), std::invalid_argument);
  EXPECT_THROW(reduce(arrival, {byte, byte}, {0, 0}, 4, byte), std::invalid_argument);
  EXPECT_THROW(reduce(arrival, {byte, byte}, {0}, 4, byte), std::invalid_argument);
}

}  // namespace
}  // namespace antares::models
