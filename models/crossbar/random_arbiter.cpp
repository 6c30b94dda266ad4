// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/random_arbiter.h"

namespace antares::models {

RandomArbiter::Streams RandomArbiter::streams(unsigned ports, std::uint64_t seed,
                                              const std::string& name) {
  Streams streams;
  for (unsigned port = 0; port < ports; ++port)
    streams.emplace_back(seed, name + std::to_string(port));
  return streams;
}

int RandomArbiter::pick(protocols::RandomStream& stream, const std::uint64_t* row,
                        const std::uint64_t* mask, unsigned words) {
  const unsigned candidates = count(row, mask, words);
  if (candidates == 0) return -1;
  const auto rank = candidates == 1 ? 0u : static_cast<unsigned>(stream.uniform_below(candidates));
  return select_bit(row, mask, words, rank);
}

int RandomArbiter::pick_input(unsigned output, const std::uint64_t* requests,
                              const std::uint64_t* free_inputs) {
  return pick(of_outputs_[output], requests, free_inputs, input_words_);
}

int RandomArbiter::pick_output(unsigned input, const std::uint64_t* requests,
                               const std::uint64_t* free_outputs) {
  return pick(of_inputs_[input], requests, free_outputs, output_words_);
}

void RandomArbiter::match(const BitMatrix& requests_by_output, const BitMatrix&,
                          const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                          std::vector<Grant>& out) {
  rounds_.run(
      requests_by_output, free_inputs, free_outputs, iterations_, out,
      [this](unsigned output, const std::uint64_t* requests, const std::uint64_t* free) {
        return pick(of_outputs_[output], requests, free, input_words_);
      },
      [this](unsigned input, const std::uint64_t* grants, const std::uint64_t* mask) {
        return pick(of_inputs_[input], grants, mask, output_words_);
      },
      [](unsigned, unsigned, unsigned) {});
}

}  // namespace antares::models
