// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/random_arbiter.h"

namespace antares::models {

int RandomArbiter::pick(const std::uint64_t* row, const std::uint64_t* mask, unsigned words) {
  const unsigned candidates = count(row, mask, words);
  if (candidates == 0) return -1;
  const auto rank = candidates == 1 ? 0u : static_cast<unsigned>(stream_.uniform_below(candidates));
  return select_bit(row, mask, words, rank);
}

int RandomArbiter::pick_input(unsigned, const std::uint64_t* requests,
                              const std::uint64_t* free_inputs) {
  return pick(requests, free_inputs, input_words_);
}

int RandomArbiter::pick_output(unsigned, const std::uint64_t* requests,
                               const std::uint64_t* free_outputs) {
  return pick(requests, free_outputs, output_words_);
}

void RandomArbiter::match(const BitMatrix& requests_by_output, const BitMatrix&,
                          const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                          std::vector<Grant>& out) {
  rounds_.run(
      requests_by_output, free_inputs, free_outputs, iterations_, out,
      [this](unsigned, const std::uint64_t* requests, const std::uint64_t* free) {
        return pick(requests, free, input_words_);
      },
      [this](unsigned, const std::uint64_t* grants, const std::uint64_t* mask) {
        return pick(grants, mask, output_words_);
      },
      [](unsigned, unsigned, unsigned) {});
}

}  // namespace antares::models
