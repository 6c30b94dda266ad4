// SPDX-License-Identifier: Apache-2.0
// The width of a port's link while it is in use: carries what the two ends say to each other
// (protocols/common/width_end.h; PCIe: L0p) and changes the rate of each transmitter when its end
// has changed its width. Messages ride in the flits' own bytes: they take a crossing's time and no
// link time. LT and DMI go on with the configured width. Time: picoseconds.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "antares/models/port/link_transmitter.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

class LinkWidth : private EventTarget {
 public:
  enum class End : std::uint8_t { switch_end, device_end };
  /// Costs of a policy, shared with the other ports (FabricContext::costs_of).
  using CostsOf = std::function<std::shared_ptr<CostCache>(const protocols::LinkPolicy&)>;

  /// Neither transmitter may be destroyed before this. `origin`: the port's.
  LinkWidth(std::shared_ptr<const protocols::LinkPolicy> policy, LinkTransmitter& from_device,
            LinkTransmitter& to_device, Picoseconds crossing_ps, Scheduler& scheduler,
            Origin& origin, CostsOf costs_of);

  /// One end asks for a width at at_ps, and again after its back-off for as long as the other end
  /// refuses. Throws std::invalid_argument when the protocol has no such width.
  void request(End end, unsigned lanes, Picoseconds at_ps);
  /// Width in use towards the device and from it.
  unsigned lanes(End end) const { return sides_[index(end)].lanes; }
  std::uint64_t changes() const { return changes_; }

 private:
  struct Message {
    Picoseconds at_ps;
    protocols::WidthMessage message;
  };
  struct Side {
    std::unique_ptr<protocols::WidthEnd> end;
    LinkTransmitter* transmitter = nullptr;
    unsigned lanes = 0;
    unsigned wanted = 0;  ///< 0: nothing
    Picoseconds poll_ps = kNever;
    std::deque<Message> arriving;
  };
  enum What : std::uint64_t { kAsk, kMessage, kPoll };

  static unsigned index(End end) { return static_cast<unsigned>(end); }
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void ask(unsigned side, Picoseconds now_ps);
  void send(unsigned from, const std::optional<protocols::WidthMessage>& message,
            Picoseconds now_ps);
  void settle(unsigned side, Picoseconds now_ps);
  void post(What what, unsigned side, Picoseconds at_ps);
  const std::shared_ptr<const protocols::LinkPolicy>& policy_at(unsigned lanes);

  std::shared_ptr<const protocols::LinkPolicy> policy_;
  std::map<unsigned, std::shared_ptr<const protocols::LinkPolicy>> policies_;  ///< by lanes
  Picoseconds crossing_ps_;
  Scheduler& scheduler_;
  Origin& origin_;
  CostsOf costs_of_;
  Side sides_[2];
  std::uint64_t changes_ = 0;
};

}  // namespace antares::models
