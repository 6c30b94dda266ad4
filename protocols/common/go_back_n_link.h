// SPDX-License-Identifier: Apache-2.0
// LinkReplay of the pair in go_back_n.h: an episode runs both ends unit by unit, from the unit that
// failed until everything sent so far has arrived. Messages back ride in units of the other
// direction and fail alike: the same UnitFates are asked, once a message, in the order of events.
// Units before the failed one are taken as acknowledged, so that the window is a round trip more
// generous than the real one. Left out: units that begin to leave during an episode but do not
// belong to the train. Picoseconds.
#pragma once
#include "antares/protocols/common/go_back_n.h"

namespace antares::protocols {

class GoBackNLink final : public LinkReplay {
 public:
  explicit GoBackNLink(const GoBackNConfig& config)
      : config_(config), transmitter_(config, counts_), receiver_(config, counts_) {}
  GoBackNLink(const GoBackNLink&) = delete;
  GoBackNLink& operator=(const GoBackNLink&) = delete;

  void carried(std::uint64_t units) override;
  Recovery recover(const ReplayEpisode& episode, UnitFates& fates) override;
  GaveUp after_giving_up() const override { return config_.gives_up; }
  void restart() override {}  // recover() has done it
  std::uint32_t depth_units() const override { return config_.depth_units; }
  Picoseconds acknowledge_ps() const override { return config_.acknowledge_ps; }
  const ReplayCounts& counts() const override { return counts_; }

 private:
  friend class GoBackNEpisode;
  GoBackNConfig config_;
  ReplayCounts counts_;
  ReplayTransmitter transmitter_;
  ReplayReceiver receiver_;
};

}  // namespace antares::protocols
