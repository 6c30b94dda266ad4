// SPDX-License-Identifier: Apache-2.0
#include "antares/models/memory/atomics.h"

#include <algorithm>
#include <cstring>

namespace antares::models {
namespace {

constexpr unsigned kLargestOperand = 16;

void add(unsigned char* memory, const unsigned char* operand, unsigned bytes) {
  unsigned carry = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    carry += unsigned{memory[i]} + operand[i];
    memory[i] = static_cast<unsigned char>(carry);
    carry >>= 8;
  }
}

}  // namespace

bool execute_atomic(protocols::AtomicOp op, unsigned operand_bytes, unsigned char* memory,
                    unsigned char* operands) {
  const bool swaps_two = op == protocols::AtomicOp::compare_and_swap;
  if (operand_bytes != 4 && operand_bytes != 8 && !(swaps_two && operand_bytes == 16)) return false;
  unsigned char old[kLargestOperand];
  std::memcpy(old, memory, operand_bytes);
  switch (op) {
    case protocols::AtomicOp::fetch_add:
      add(memory, operands, operand_bytes);
      break;
    case protocols::AtomicOp::swap:
      std::memcpy(memory, operands, operand_bytes);
      break;
    case protocols::AtomicOp::compare_and_swap:
      if (std::equal(old, old + operand_bytes, operands))
        std::memcpy(memory, operands + operand_bytes, operand_bytes);
      break;
  }
  std::memcpy(operands, old, operand_bytes);
  return true;
}

}  // namespace antares::models
