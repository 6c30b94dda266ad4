// SPDX-License-Identifier: Apache-2.0
// CBFC as a port's link runs it: freed credits wait for the next CF_Update of their channel, at the
// least spacing of the profile, and CbfcSender and CbfcReceiver count what goes to and fro. Follows
// facts/ualink_nvlink.md C.1 (SPEC). Picoseconds.
//
// Updates are planned when credits are freed, which may be ahead of time, and carried out in the
// order of their times. A channel's consumption is entered when its end is known, so `in use` here
// is what has been freed and not told; what a channel holds stands in CreditLedger.
// Left out: lost updates (harmless: counts are absolute), CC_Update while nothing moves.
#pragma once
#include <deque>

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
  };
  Picoseconds plan(std::uint32_t channel, std::uint32_t credits, Picoseconds freed_ps);
  void carry_out_first();

  CbfcConfig config_;
  PicosecondsPerByte per_byte_;
  Picoseconds spacing_ps_;
  CbfcSender sender_;
  CbfcReceiver receiver_;
  std::deque<Update> planned_;  ///< by time, spacing_ps_ apart at least
  bool sent_any_ = false;
  Picoseconds last_sent_ps_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace antares::protocols
