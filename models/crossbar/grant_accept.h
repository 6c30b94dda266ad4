// SPDX-License-Identifier: Apache-2.0
// The loop that iSLIP, PIM and oldest-first share: every free output grants to one requesting free
// input, every input that got grants accepts one, and what is left over tries again. Each iteration
// that has a request between free ports adds at least one pair, so enough iterations make the
// matching maximal. No time.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/crossbar/arbiter.h"

namespace antares::models {

class GrantAccept {
 public:
  GrantAccept(unsigned inputs, unsigned outputs)
      : free_inputs_(inputs),
        free_outputs_(outputs),
        granted_inputs_(inputs),
        grants_(inputs, outputs) {}

  static constexpr unsigned kUntilMaximal = ~0u;

  /// pick_input(output, requests, free_inputs) and pick_output(input, grants, grants) choose as in
  /// Arbiter; accepted(iteration, input, output) hears of each pair.
  template <class PickInput, class PickOutput, class Accepted>
  void run(const BitMatrix& requests_by_output, const std::uint64_t* free_inputs,
           const std::uint64_t* free_outputs, unsigned iterations, std::vector<Grant>& out,
           PickInput&& pick_input, PickOutput&& pick_output, Accepted&& accepted) {
    free_inputs_.assign(free_inputs);
    free_outputs_.assign(free_outputs);
    for (unsigned iteration = 0; iteration < iterations; ++iteration) {
      granted_inputs_.clear_all();
      for_each(free_outputs_.data(), free_outputs_.data(), free_outputs_.words(), [&](unsigned j) {
        const int i = pick_input(j, requests_by_output.row(j), free_inputs_.data());
        if (i < 0) {
          free_outputs_.clear(j);  // inputs only get fewer: it would find none later either
          return;
        }
        grants_.set(static_cast<unsigned>(i), j);
        granted_inputs_.set(static_cast<unsigned>(i));
      });
      if (!granted_inputs_.any()) return;
      for_each(
          granted_inputs_.data(), granted_inputs_.data(), granted_inputs_.words(), [&](unsigned i) {
            const auto j = static_cast<unsigned>(pick_output(i, grants_.row(i), grants_.row(i)));
            accepted(iteration, i, j);
            grants_.clear_row(i);
            free_inputs_.clear(i);
            free_outputs_.clear(j);
            out.push_back({static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(j)});
          });
    }
  }

 private:
  // All scratch, kept to allocate once.
  BitRow free_inputs_;
  BitRow free_outputs_;
  BitRow granted_inputs_;
  BitMatrix grants_;  ///< [input][output]
};

}  // namespace antares::models
