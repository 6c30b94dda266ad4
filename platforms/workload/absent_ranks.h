// SPDX-License-Identifier: Apache-2.0
// A program of which some ranks never begin, as where their process has died. No time here.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/accelerator/program.h"

namespace antares::platforms {

/// The same messages, but those that leave these ranks wait for what never comes.
models::Program without_ranks(models::Program program, const std::vector<std::uint16_t>& absent);

}  // namespace antares::platforms
