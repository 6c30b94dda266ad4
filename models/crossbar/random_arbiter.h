// SPDX-License-Identifier: Apache-2.0
// Random choice among the candidates. Slot mode: parallel iterative matching (PIM), n iterations;
// with one iteration saturated VOQs reach 1-(1-1/N)^N (facts/product_and_collectives.md 3.7 (e)).
// Each port has a stream of its own, so that what one partition does leaves another's choices as
// they were. No time.
#pragma once
#include "antares/models/crossbar/grant_accept.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {

class RandomArbiter final : public Arbiter {
 public:
  RandomArbiter(unsigned inputs, unsigned outputs, unsigned iterations, std::uint64_t seed,
                const std::string& name)
      : rounds_(inputs, outputs),
        of_outputs_(streams(outputs, seed, name + ".output")),
        of_inputs_(streams(inputs, seed, name + ".input")),
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
  using Streams = std::vector<protocols::RandomStream>;
  static Streams streams(unsigned ports, std::uint64_t seed, const std::string& name);
  static int pick(protocols::RandomStream& stream, const std::uint64_t* row,
                  const std::uint64_t* mask, unsigned words);

  GrantAccept rounds_;
  Streams of_outputs_;  ///< choose an input for an output
  Streams of_inputs_;
  unsigned input_words_;
  unsigned output_words_;
  unsigned iterations_;
};

}  // namespace antares::models
