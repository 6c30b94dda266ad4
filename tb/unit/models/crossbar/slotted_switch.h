// SPDX-License-Identifier: Apache-2.0
// A tiny slotted N x N switch around an arbiter, for theory: fixed cells, one cell an input and an
// output a slot. Not the product's crossbar: what it proves, it proves about arbiters.
//   arrive   a cell joins queue (input, output) at the start of a slot
//   step     asks the arbiter for a matching, checks that it is legal, lets those cells leave
// Delay 0 = leaves in the slot of arrival (facts/product_and_collectives.md 3.7).
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "antares/models/crossbar/arbiter.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models::test {

/// Why the grants are no matching of the requests among free ports; empty if they are one.
inline std::string illegal(const std::vector<Grant>& grants, const BitMatrix& by_output,
                           const BitRow& free_inputs, const BitRow& free_outputs) {
  BitRow inputs = free_inputs, outputs = free_outputs;  // not granted yet
  for (const Grant& grant : grants) {
    const auto pair = [&grant] {
      return "input " + std::to_string(grant.input) + " output " + std::to_string(grant.output);
    };
    if (!by_output.test(grant.output, grant.input)) return pair() + ": nobody requested that";
    if (!free_inputs.test(grant.input)) return pair() + ": the input is not free";
    if (!free_outputs.test(grant.output)) return pair() + ": the output is not free";
    if (!inputs.test(grant.input)) return pair() + ": the input is granted twice";
    if (!outputs.test(grant.output)) return pair() + ": the output is granted twice";
    inputs.clear(grant.input);
    outputs.clear(grant.output);
  }
  return {};
}

class SlottedSwitch : public HeadAge {
 public:
  explicit SlottedSwitch(unsigned ports)
      : ports_(ports),
        queues_(ports * ports),
        by_output_(ports, ports),
        by_input_(ports, ports),
        all_(ports, true) {}

  void arrive(unsigned input, unsigned output) {
    queue(input, output).push_back(slot_);
    by_output_.set(output, input);
    by_input_.set(input, output);
    ++backlog_;
  }
  const std::vector<Grant>& step(Arbiter& arbiter) {
    grants_.clear();
    arbiter.match(by_output_, by_input_, all_.data(), all_.data(), grants_);
    EXPECT_EQ(illegal(grants_, by_output_, all_, all_), "");
    for (const Grant& grant : grants_) {
      auto& cells = queue(grant.input, grant.output);
      waited_slots_ += slot_ - cells.front();
      cells.pop_front();
      if (cells.empty()) {
        by_output_.clear(grant.output, grant.input);
        by_input_.clear(grant.input, grant.output);
      }
    }
    delivered_ += grants_.size();
    backlog_ -= grants_.size();
    ++slot_;
    return grants_;
  }
  std::uint64_t head_age_ps(unsigned input, unsigned output) const override {
    return slot_ - queues_[input * ports_ + output].front();
  }
  bool empty(unsigned input, unsigned output) { return queue(input, output).empty(); }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t backlog() const { return backlog_; }
  double mean_wait_slots() const {
    return static_cast<double>(waited_slots_) / static_cast<double>(delivered_);
  }

 private:
  std::deque<std::uint64_t>& queue(unsigned input, unsigned output) {
    return queues_[input * ports_ + output];
  }

  unsigned ports_;
  std::vector<std::deque<std::uint64_t>> queues_;  ///< slots of arrival
  BitMatrix by_output_;
  BitMatrix by_input_;
  BitRow all_;
  std::vector<Grant> grants_;
  std::uint64_t slot_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t backlog_ = 0;
  std::uint64_t waited_slots_ = 0;
};

inline CrossbarConfig config_of(ArbiterKind kind, unsigned iterations = 1) {
  CrossbarConfig config;
  config.arbiter = kind;
  config.iterations = iterations;
  return config;
}

inline constexpr ArbiterKind kAllArbiters[] = {ArbiterKind::round_robin, ArbiterKind::islip,
                                               ArbiterKind::age, ArbiterKind::random};

inline const char* name_of(ArbiterKind kind) {
  switch (kind) {
    case ArbiterKind::round_robin:
      return "round_robin";
    case ArbiterKind::islip:
      return "islip";
    case ArbiterKind::age:
      return "age";
    case ArbiterKind::random:
      return "random";
  }
  return "?";
}

}  // namespace antares::models::test
