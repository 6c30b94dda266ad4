// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/round_robin_arbiter.h"

namespace antares::models {

void RoundRobinArbiter::match(const BitMatrix& requests_by_output, const BitMatrix&,
                              const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                              std::vector<Grant>& out) {
  free_inputs_.assign(free_inputs);
  const std::size_t before = out.size();
  const auto serve = [&](unsigned output) {
    const int input = pick_input(output, requests_by_output.row(output), free_inputs_.data());
    if (input < 0) return;
    const auto taken = static_cast<unsigned>(input);
    if (out.size() == before) advance_input_pointer(output, taken);
    free_inputs_.clear(taken);
    out.push_back({static_cast<std::uint16_t>(taken), static_cast<std::uint16_t>(output)});
  };
  // Two halves of one cycle; outputs that are not free cost nothing.
  const auto serve_if = [&](auto&& in_half) {
    for_each(free_outputs, free_outputs, output_words(), [&](unsigned output) {
      if (in_half(output)) serve(output);
    });
  };
  serve_if([&](unsigned output) { return output >= first_output_; });
  serve_if([&](unsigned output) { return output < first_output_; });
  first_output_ = first_output_ + 1 == outputs() ? 0 : first_output_ + 1;
}

}  // namespace antares::models
