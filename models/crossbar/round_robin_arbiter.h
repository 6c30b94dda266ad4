// SPDX-License-Identifier: Apache-2.0
// Round robin. Packet mode: rotating priority at both sides. Slot mode: one pass over the outputs,
// each takes the first free requesting input from its pointer on. The matching is maximal, as in
// packet mode, where no free output is left idle beside a free requester; the classic RRM (all
// outputs grant at once, about 63 % at saturation) would make the two modes disagree.
//
// The pass starts one output further each slot, and only the first output served moves its pointer:
// it saw every free input, so none is ever passed over, and a steady request between ports that are
// free each slot is served within inputs x outputs slots.
#pragma once
#include "antares/models/crossbar/rotating_arbiter.h"

namespace antares::models {

class RoundRobinArbiter final : public RotatingArbiter {
 public:
  RoundRobinArbiter(unsigned inputs, unsigned outputs)
      : RotatingArbiter(inputs, outputs), free_inputs_(inputs) {}
  void match(const BitMatrix& requests_by_output, const BitMatrix& requests_by_input,
             const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
             std::vector<Grant>& out) override;

 private:
  BitRow free_inputs_;  ///< scratch
  unsigned first_output_ = 0;
};

}  // namespace antares::models
