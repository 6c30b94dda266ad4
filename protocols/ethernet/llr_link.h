// SPDX-License-Identifier: Apache-2.0
// LLR as a port's link runs it: LlrTransmitter and LlrReceiver of one direction, in step without
// cost as long as nothing fails, frame by frame for the episode of an error. Go-back-N; one frame
// is one unit. Follows facts/ualink_nvlink.md C.1 (SPEC); picoseconds.
//
// An episode begins with everything before it acknowledged. New frames go out behind the failed one
// until the first replay begins, and again when all has been accepted; those of `following` that
// were not sent by then (calls of UnitFates, less units_resent) are the caller's. After FLUSH
// flush_action says what becomes of new frames (discard: the port holds the link down; block;
// best_effort), until restart() begins with INIT again; with re_init_on_flush that is at once.
// Left out: errors in control ordered sets, line time taken by them, the part of the window that
// earlier trains still use.
#pragma once
#include "antares/protocols/common/link_replay.h"
#include "antares/protocols/common/link_timing.h"
#include "antares/protocols/ethernet/llr_receiver.h"
#include "antares/protocols/ethernet/llr_transmitter.h"

namespace antares::protocols {

class LlrLink final : public LinkReplay {
 public:
  /// `per_byte`: time of a byte on the line, either direction. `frame_bytes`: of the largest frame.
  LlrLink(const LlrConfig& config, const LinkRate& rate, std::uint32_t frame_bytes);

  void carried(std::uint64_t units) override;
  Recovery recover(const ReplayEpisode& episode, UnitFates& fates) override;
  GaveUp after_giving_up() const override { return gave_up_; }
  void restart() override {
    if (tx_.state() == LlrTxState::flush) start();
  }
  std::uint32_t depth_units() const override;
  /// The longest: the spacing of control sets.
  Picoseconds acknowledge_ps() const override;
  const ReplayCounts& counts() const override { return counts_; }
  std::vector<NamedCount> named_counts() const override {
    return llr_counts(tx_.counters(), rx_.counters());
  }

  /// What a peer of one's own making sends back: counted, and ignored where it cannot be true.
  void from_peer(const LlrControlSet& set);
  /// The published counters, of both ends.
  const LlrCounters& sent_counters() const { return tx_.counters(); }
  const LlrCounters& received_counters() const { return rx_.counters(); }
  std::uint32_t next_sequence() const { return rx_.expected_sequence(); }

 private:
  class Episode;
  void start();
  void add_counts();
  GaveUp after_flush() const;

  LlrConfig config_;
  PicosecondsPerByte per_byte_;
  std::uint32_t frame_bytes_;
  LlrTransmitter tx_;
  LlrReceiver rx_;
  Picoseconds now_ps_ = 0;  ///< of the state machines: never backwards
  GaveUp gave_up_ = GaveUp::reset;
  ReplayCounts counts_;
};

}  // namespace antares::protocols
