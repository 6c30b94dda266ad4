// SPDX-License-Identifier: Apache-2.0
// The ALU of a reduction engine as a server: operands are folded one after the other at a fixed
// rate, each as its bytes come. Pure; picoseconds.
#pragma once
#include <algorithm>
#include <cstdint>

#include "antares/protocols/common/units.h"

namespace antares::models {

class AluServer {
 public:
  /// ps_per_element > 0.
  explicit AluServer(double ps_per_element) : ps_per_element_(ps_per_element) {}

  /// When the last of an operand's elements is folded, which come from head_ps to tail_ps.
  protocols::Picoseconds fold(protocols::Picoseconds head_ps, protocols::Picoseconds tail_ps,
                              std::uint64_t elements) {
    const double begin = std::max(free_ps_, static_cast<double>(head_ps));
    free_ps_ = begin + ps_per_element_ * static_cast<double>(elements);
    elements_ += elements;
    // assumption: the last element takes a cycle's time that latency_ns has in it.
    free_ps_ = std::max(free_ps_, static_cast<double>(tail_ps));
    return static_cast<protocols::Picoseconds>(free_ps_);
  }
  /// When no more than `elements` wait for their turn.
  protocols::Picoseconds backlog_below_ps(std::uint64_t elements) const {
    const double at = free_ps_ - ps_per_element_ * static_cast<double>(elements);
    return at <= 0 ? 0 : static_cast<protocols::Picoseconds>(at);
  }
  std::uint64_t elements() const { return elements_; }

 private:
  double ps_per_element_;
  double free_ps_ = 0;
  std::uint64_t elements_ = 0;
};

}  // namespace antares::models
