// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/islip_arbiter.h"

namespace antares::models {

void IslipArbiter::match(const BitMatrix& requests_by_output, const BitMatrix&,
                         const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                         std::vector<Grant>& out) {
  rounds_.run(
      requests_by_output, free_inputs, free_outputs, iterations_, out,
      [this](unsigned output, const std::uint64_t* requests, const std::uint64_t* free) {
        return pick_input(output, requests, free);
      },
      [this](unsigned input, const std::uint64_t* grants, const std::uint64_t* mask) {
        return pick_output(input, grants, mask);
      },
      [this](unsigned iteration, unsigned input, unsigned output) {
        // Moving them in later iterations could pass over an input for ever.
        if (iteration == 0) granted(input, output);
      });
}

}  // namespace antares::models
