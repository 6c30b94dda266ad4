// SPDX-License-Identifier: Apache-2.0
// Rotating priority at both sides: each output remembers which input comes first next time, each
// input which output. This is the packet mode of the round-robin and iSLIP arbiters, whose slot
// modes use the same pointers. No time.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/crossbar/arbiter.h"

namespace antares::models {

class RotatingArbiter : public Arbiter {
 public:
  RotatingArbiter(unsigned inputs, unsigned outputs)
      : next_input_(outputs, 0),
        next_output_(inputs, 0),
        input_words_(words_for(inputs)),
        output_words_(words_for(outputs)) {}

  int pick_input(unsigned output, const std::uint64_t* requests,
                 const std::uint64_t* free_inputs) final {
    return first_from(requests, free_inputs, input_words_, next_input_[output]);
  }
  int pick_output(unsigned input, const std::uint64_t* requests,
                  const std::uint64_t* free_outputs) final {
    return first_from(requests, free_outputs, output_words_, next_output_[input]);
  }
  void granted(unsigned input, unsigned output) final {
    advance_input_pointer(output, input);
    advance_output_pointer(input, output);
  }

 protected:
  unsigned inputs() const { return static_cast<unsigned>(next_output_.size()); }
  unsigned outputs() const { return static_cast<unsigned>(next_input_.size()); }
  unsigned input_words() const { return input_words_; }
  unsigned output_words() const { return output_words_; }
  void advance_input_pointer(unsigned output, unsigned past_input) {
    next_input_[output] =
        static_cast<std::uint16_t>(past_input + 1 == inputs() ? 0 : past_input + 1);
  }
  void advance_output_pointer(unsigned input, unsigned past_output) {
    next_output_[input] =
        static_cast<std::uint16_t>(past_output + 1 == outputs() ? 0 : past_output + 1);
  }

 private:
  std::vector<std::uint16_t> next_input_;   ///< by output
  std::vector<std::uint16_t> next_output_;  ///< by input
  unsigned input_words_;
  unsigned output_words_;
};

}  // namespace antares::models
