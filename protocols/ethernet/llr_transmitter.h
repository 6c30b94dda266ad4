// SPDX-License-Identifier: Apache-2.0
// Sending half of Ethernet link layer retry: numbers frames, keeps them until they are
// acknowledged, sends them again on a negative acknowledgement or a time-out (go-back-N), and gives
// up in FLUSH. Follows the OCP SAI proposal (facts/ualink_nvlink.md C.1, SPEC); what it leaves open
// is marked assumption. Pure: the caller owns the line and the clock, and calls
//   tick(now) when next_event_ps() is reached, then control() and replay() before offer().
// Time in picoseconds, never backwards. What is received may be anything: it is counted, not
// trusted.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "antares/protocols/ethernet/llr_config.h"
#include "antares/protocols/ethernet/llr_types.h"

namespace antares::protocols {

enum class LlrTxState : std::uint8_t { off, init, advance, replay, flush };

class LlrTransmitter {
 public:
  explicit LlrTransmitter(const LlrConfig& config) : config_(config) {}

  /// Starts, or starts again after FLUSH, with INIT. Numbers begin at 0 (assumption).
  void enable(Picoseconds now_ps);
  void disable();

  enum class Answer : std::uint8_t { sent, sent_unprotected, blocked, discarded };
  struct Offer {
    Answer answer = Answer::blocked;
    LlrFrame frame;  ///< what goes onto the line, if sent
  };
  /// A frame of the layer above, to be sent now if allowed. `bytes` of 0 counts as 1.
  Offer offer(std::uint64_t id, std::uint32_t bytes, Picoseconds now_ps, bool poisoned = false);
  /// The next frame to send again; nothing outside REPLAY.
  std::optional<LlrFrame> replay(Picoseconds now_ps);
  /// The next control ordered set to send: INIT, at its interval.
  std::optional<LlrControlSet> control(Picoseconds now_ps);
  void receive(const LlrControlSet& set, Picoseconds now_ps);
  /// So many good frames offered, sent and acknowledged by so many control sets, at once: the same
  /// as one by one. Only in ADVANCE with nothing outstanding; else false, and no change.
  bool carry(std::uint64_t frames, std::uint64_t acks);
  void pcs(bool up, Picoseconds now_ps);
  /// Acts on all time-outs up to now.
  void tick(Picoseconds now_ps);
  /// When tick() or control() will next have something to do; kNever if only others can move it.
  Picoseconds next_event_ps() const;

  LlrTxState state() const { return state_; }
  const LlrCounters& counters() const { return counters_; }
  std::size_t outstanding_frames() const { return buffer_.size(); }
  std::uint64_t outstanding_bytes() const { return buffered_bytes_; }

 private:
  struct Kept {
    LlrFrame frame;
    Picoseconds since_ps = 0;
  };
  void acknowledge(const LlrControlSet& set, Picoseconds now_ps);
  void start_replay(Picoseconds now_ps);
  void start_init(Picoseconds now_ps);
  void flush(Picoseconds now_ps);
  void clear();
  Offer apply(LlrFrameAction action, const LlrFrame& frame);
  void count_sent(const LlrFrame& frame);
  Picoseconds replay_deadline_ps() const;
  Picoseconds age_deadline_ps() const;
  Picoseconds pcs_deadline_ps() const;

  LlrConfig config_;
  LlrTxState state_ = LlrTxState::off;
  std::deque<Kept> buffer_;
  std::uint64_t buffered_bytes_ = 0;
  std::uint32_t next_sequence_ = 0;
  std::size_t replay_at_ = 0;  ///< index in buffer_ of the next frame to send again
  std::uint32_t replays_ = 0;  ///< since an acknowledgement last freed a frame
  Picoseconds progress_ps_ = 0;
  Picoseconds init_due_ps_ = 0;
  bool pcs_up_ = true;
  Picoseconds pcs_down_since_ps_ = 0;
  LlrCounters counters_;
};

}  // namespace antares::protocols
