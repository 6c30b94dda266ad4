// SPDX-License-Identifier: Apache-2.0
// Random choice among the candidates. Slot mode: parallel iterative matching (PIM), n iterations;
// with one iteration saturated VOQs reach 1-(1-1/N)^N (facts/product_and_collectives.md 3.7 (e)).
// The stream is the switch's own: other switches and traffic do not disturb it. No time.
#pragma once
#include "antares/models/crossbar/grant_accept.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {

class RandomArbiter final : public Arbiter {
 public:
  RandomArbiter(unsigned inputs, unsigned outputs, unsigned iterations,
                protocols::RandomStream stream)
      : rounds_(inputs, outputs),
        stream_(stream),
        input_words_(words_for(inputs)),
        output_words_(words_for(outputs)),
        iterations_(iterations) {}
  int pick_input(unsigned output, const std::uint64_t* requests,
                 const std::uint64_t* free_inputs) override;
  int pick_output(unsigned input, const std::uint64_t* requests,
                  const std::uint64_t* free_outputs) override;
  void granted(unsigned, unsigned) override {}
  void match(const BitMatrix& requests_by_output, const BitMatrix& requests_by_input,
             const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
             std::vector<Grant>& out) override;

 private:
  int pick(const std::uint64_t* row, const std::uint64_t* mask, unsigned words);

  GrantAccept rounds_;
  protocols::RandomStream stream_;
  unsigned input_words_;
  unsigned output_words_;
  unsigned iterations_;
};

}  // namespace antares::models
