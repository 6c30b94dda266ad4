// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/age_arbiter.h"

namespace antares::models {
namespace {

/// The bit of row & mask with the largest age; of equal ones the first at or cyclically after from.
template <class Age>
int oldest(const std::uint64_t* row, const std::uint64_t* mask, unsigned ports, unsigned from,
           Age&& age_of) {
  int best = -1;
  std::uint64_t best_age = 0;
  unsigned best_distance = 0;
  for_each(row, mask, words_for(ports), [&](unsigned port) {
    const std::uint64_t age = age_of(port);
    const unsigned distance = port >= from ? port - from : port + ports - from;
    if (best < 0 || age > best_age || (age == best_age && distance < best_distance)) {
      best = static_cast<int>(port);
      best_age = age;
      best_distance = distance;
    }
  });
  return best;
}

}  // namespace

int AgeArbiter::pick_input(unsigned output, const std::uint64_t* requests,
                           const std::uint64_t* free_inputs) {
  return oldest(requests, free_inputs, inputs(), next_input_[output],
                [&](unsigned input) { return ages_.head_age_ps(input, output); });
}

int AgeArbiter::pick_output(unsigned input, const std::uint64_t* requests,
                            const std::uint64_t* free_outputs) {
  return oldest(requests, free_outputs, outputs(), next_output_[input],
                [&](unsigned output) { return ages_.head_age_ps(input, output); });
}

void AgeArbiter::granted(unsigned input, unsigned output) {
  next_input_[output] = static_cast<std::uint16_t>((input + 1) % inputs());
  next_output_[input] = static_cast<std::uint16_t>((output + 1) % outputs());
}

void AgeArbiter::match(const BitMatrix& requests_by_output, const BitMatrix&,
                       const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                       std::vector<Grant>& out) {
  rounds_.run(
      requests_by_output, free_inputs, free_outputs, GrantAccept::kUntilMaximal, out,
      [this](unsigned output, const std::uint64_t* requests, const std::uint64_t* free) {
        return pick_input(output, requests, free);
      },
      [this](unsigned input, const std::uint64_t* grants, const std::uint64_t* mask) {
        return pick_output(input, grants, mask);
      },
      [this](unsigned, unsigned input, unsigned output) { granted(input, output); });
}

}  // namespace antares::models
