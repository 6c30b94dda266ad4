// SPDX-License-Identifier: Apache-2.0
// Oldest head first. Packet mode: the longest-waiting candidate. Slot mode: the greedy matching by
// age, found by rounds in which outputs grant to and inputs accept their oldest; always maximal.
// Heads of equal age are served in rotating order. An age arbiter in hardware compares a few age
// bits only; here ages are exact. Times in picoseconds.
#pragma once
#include <vector>

#include "antares/models/crossbar/grant_accept.h"

namespace antares::models {

class AgeArbiter final : public Arbiter {
 public:
  AgeArbiter(unsigned inputs, unsigned outputs, const HeadAge& ages)
      : ages_(ages), rounds_(inputs, outputs), next_input_(outputs, 0), next_output_(inputs, 0) {}
  int pick_input(unsigned output, const std::uint64_t* requests,
                 const std::uint64_t* free_inputs) override;
  int pick_output(unsigned input, const std::uint64_t* requests,
                  const std::uint64_t* free_outputs) override;
  void granted(unsigned input, unsigned output) override;
  void match(const BitMatrix& requests_by_output, const BitMatrix& requests_by_input,
             const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
             std::vector<Grant>& out) override;

 private:
  unsigned inputs() const { return static_cast<unsigned>(next_output_.size()); }
  unsigned outputs() const { return static_cast<unsigned>(next_input_.size()); }

  const HeadAge& ages_;
  GrantAccept rounds_;
  std::vector<std::uint16_t> next_input_;   ///< by output, decides between equal ages
  std::vector<std::uint16_t> next_output_;  ///< by input
};

}  // namespace antares::models
