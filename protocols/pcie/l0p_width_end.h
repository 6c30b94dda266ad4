// SPDX-License-Identifier: Apache-2.0
// L0p as a WidthEnd, so that a port can change the width of a PCIe link without knowing PCIe.
#pragma once
#include "antares/protocols/common/width_end.h"
#include "antares/protocols/pcie/l0p.h"

namespace antares::protocols {

class L0pWidthEnd final : public WidthEnd {
 public:
  explicit L0pWidthEnd(const L0pConfig& config) : end_(config) {}
  std::optional<WidthMessage> ask(unsigned lanes, Picoseconds now_ps) override;
  std::optional<WidthMessage> receive(const WidthMessage& message, Picoseconds now_ps) override;
  Picoseconds next_ps() const override { return end_.next_ps(); }
  std::optional<WidthMessage> poll(Picoseconds now_ps) override;
  unsigned lanes() const override { return end_.lanes(); }
  Picoseconds ready_ps() const override { return end_.ready_ps(); }

 private:
  L0pEnd end_;
};

}  // namespace antares::protocols
