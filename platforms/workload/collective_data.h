// SPDX-License-Identifier: Apache-2.0
// Data of a checked collective: what each rank contributes, how elements are combined, and what
// each rank must hold in the end by the definition of the collective (not by any algorithm). Values
// are small integers, so that sums and products are exact in every type and order of up to 1,024
// ranks (bfloat16: 256, float16: 2,048); a wrong byte is a wrong element. Half floats are Eigen's.
#pragma once
#include <cstdint>
#include <string>

#include "antares/platforms/config/workload_config.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

std::uint32_t element_bytes(DataType type);
const char* to_string(DataType type);
const char* to_string(ReductionOperator op);

/// Writes rank's contribution: `bytes` (whole elements) of the pattern for (rank, element index).
void fill_contribution(DataType type, ReductionOperator op, std::uint32_t rank, unsigned char* data,
                       std::uint64_t bytes);

/// to[i] = to[i] op from[i], element by element; bytes is a multiple of the element size.
void reduce_elements(DataType type, ReductionOperator op, unsigned char* to,
                     const unsigned char* from, std::uint64_t bytes);

/// Elements of rank's output that differ from the definition of the collective. Elements that the
/// definition leaves open (other ranks than the root of a reduce) are not looked at.
std::uint64_t wrong_elements(const CollectiveRequest& request, DataType type, ReductionOperator op,
                             std::uint32_t rank, const unsigned char* output);

}  // namespace antares::platforms
