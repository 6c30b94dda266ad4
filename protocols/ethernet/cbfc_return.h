// SPDX-License-Identifier: Apache-2.0
// CBFC as a port's link runs it: freed credits wait for the next CF_Update of their channel, at the
// least spacing of the profile, and CbfcSender and CbfcReceiver count what goes to and fro. Follows
// facts/ualink_nvlink.md C.1 (SPEC). Picoseconds.
//
// Updates are planned when credits are freed, which may be ahead of time, and carried out in the
// order of their times. A channel's consumption is entered when its end is known, so `in use` here
// is what has been freed and not told; what a channel holds stands in CreditLedger.
//
// Counts are absolute. A lost update is made good by the next one of its channel: of credits freed
// later, or the repetition that a line without updates carries after the greatest spacing, channels
// in turn. What never reached the receiver it frees at the next CC_Update; those leave at multiples
// of the timer (assumption: the timer runs from time 0).
#pragma once
#include <deque>
#include <vector>

#include "antares/protocols/common/credit_return.h"
#include "antares/protocols/common/link_timing.h"
#include "antares/protocols/ethernet/cbfc_receiver.h"
#include "antares/protocols/ethernet/cbfc_sender.h"

namespace antares::protocols {

class CbfcReturn final : public CreditReturn {
 public:
  /// `virtual_channels` of Packet: each is two on the wire, for requests and responses.
  CbfcReturn(const CbfcConfig& config, const LinkRate& rate, unsigned virtual_channels,
             std::uint32_t channel_credits);

  CreditSpan home(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                  CreditSpan freed) override;
  bool repeats() const override { return true; }
  Picoseconds lose(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                   CreditSpan freed) override;
  Picoseconds told_again_ps(VcId vc, TrafficClass traffic_class, Picoseconds lost_ps) override;
  Picoseconds repaired_ps(CreditAmount lost, Picoseconds lost_ps) override;
  std::vector<NamedCount> counters() const override;
  /// As it is once all that is planned has been carried out.
  CbfcReturn settled() const;

  const CbfcSender& sender() const { return sender_; }
  const CbfcReceiver& receiver() const { return receiver_; }
  Picoseconds spacing_ps() const { return spacing_ps_; }

 private:
  struct Update {
    Picoseconds at_ps;
    std::uint32_t channel;
    std::uint32_t credits;
    bool lost;
  };
  Picoseconds plan(std::uint32_t channel, std::uint32_t credits, Picoseconds freed_ps, bool lost);
  /// Both ends' counts hold so many more credits of a channel; false: they have no room for them.
  bool take(std::uint32_t channel, std::uint32_t credits);
  void carry_out_first();

  CbfcConfig config_;
  std::uint32_t channels_;
  PicosecondsPerByte per_byte_;
  Picoseconds spacing_ps_;
  CbfcSender sender_;
  CbfcReceiver receiver_;
  std::deque<Update> planned_;  ///< by time, spacing_ps_ apart at least
  bool sent_any_ = false;
  Picoseconds last_sent_ps_ = 0;
  std::uint32_t last_sent_ = 0;            ///< channel
  std::vector<Picoseconds> last_told_ps_;  ///< by channel: its last update that got there
  std::uint64_t repeated_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t repaired_ = 0;
};

}  // namespace antares::protocols
