// SPDX-License-Identifier: Apache-2.0
// iSLIP with n iterations (McKeown 1999; facts/product_and_collectives.md 3.7 (c)): round-robin
// grant and accept, and pointers move only on a grant that was accepted in the first iteration.
// That is what spreads the pointers, hence 100 % under uniform traffic, and why a steady request
// between ports that are free each slot is served within inputs x outputs slots.
// Packet mode: rotating priority (a single port asks; there is no set of grants to refuse).
#pragma once
#include "antares/models/crossbar/grant_accept.h"
#include "antares/models/crossbar/rotating_arbiter.h"

namespace antares::models {

class IslipArbiter final : public RotatingArbiter {
 public:
  IslipArbiter(unsigned inputs, unsigned outputs, unsigned iterations)
      : RotatingArbiter(inputs, outputs), rounds_(inputs, outputs), iterations_(iterations) {}
  void match(const BitMatrix& requests_by_output, const BitMatrix& requests_by_input,
             const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
             std::vector<Grant>& out) override;

 private:
  GrantAccept rounds_;
  unsigned iterations_;
};

}  // namespace antares::models
