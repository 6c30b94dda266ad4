// SPDX-License-Identifier: Apache-2.0
// The two ends of a link direction with a replay buffer: a transmitter that keeps what it sent
// until it is acknowledged (cumulatively) and a receiver that takes units in order. Go back N, one
// unit again (selective), or timeout only. Follows facts/pcie6.md 1.4, facts/ualink_nvlink.md A.5,
// B.2. Whatever the peer says is checked: what makes no sense is counted and changes nothing. Left
// out: numbers that travel in part only (every unit here says its whole number). Picoseconds.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "antares/protocols/common/link_replay.h"

namespace antares::protocols {

enum class ReplayScheme : std::uint8_t { go_back_n, selective, timeout_only };

struct GoBackNConfig {
  ReplayScheme scheme = ReplayScheme::go_back_n;
  std::uint32_t sequence_bits = 10;
  bool zero_reserved = true;
  std::uint32_t depth_units = 511;  ///< at most half of the numbers
  Picoseconds acknowledge_ps = 0;
  Picoseconds timeout_ps = 1000000;  ///< > 0
  std::uint32_t limit = 4;           ///< replays in a row without progress
  /// Then the link is trained anew, which loses nothing, so often in a row without progress.
  std::uint32_t trainings = 0;
  std::uint32_t ignored_units = 0;  ///< requests are ignored for so many units after one is served
  std::uint32_t request_repeats = 3;
  GaveUp gives_up = GaveUp::reset;
};

/// Numbers on the wire: a ring of 2^bits, or one less where 0 is reserved (then from 1 on).
class SequenceRing {
 public:
  explicit SequenceRing(const GoBackNConfig& config)
      : least_(config.zero_reserved ? 1 : 0), size_((1u << config.sequence_bits) - least_) {}
  std::uint32_t first() const { return least_; }
  bool exists(std::uint32_t number) const { return number >= least_ && number - least_ < size_; }
  std::uint32_t plus(std::uint32_t number, std::uint64_t units) const {
    return least_ + static_cast<std::uint32_t>((number - least_ + units % size_) % size_);
  }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
    return (to + size_ - from) % size_;
  }

 private:
  std::uint32_t least_;
  std::uint32_t size_;
};

class ReplayTransmitter {
 public:
  static constexpr Picoseconds kNever = ~Picoseconds{0};

  ReplayTransmitter(const GoBackNConfig& config, ReplayCounts& counts);
  /// Probes: what may leave now.
  bool replaying() const { return again_ < again_end_; }
  bool can_send_new() const { return !gave_up() && !replaying() && held_ < config_.depth_units; }
  bool gave_up() const { return *why_ != 0; }
  const char* why() const { return why_; }
  Picoseconds deadline_ps() const { return held_ == 0 || gave_up() ? kNever : deadline_ps_; }
  std::uint32_t outstanding() const { return held_; }

  /// The number of the unit that leaves: one that is sent again first. Needs replaying() or
  /// can_send_new().
  std::uint32_t send(Picoseconds now_ps);
  void on_ack(std::uint32_t number, Picoseconds now_ps);
  /// `number` is the unit that the receiver misses.
  void on_request(std::uint32_t number, bool one_only, Picoseconds now_ps);
  void on_units_received(std::uint64_t units);
  void on_time(Picoseconds now_ps);
  /// So many units that were sent and acknowledged.
  void skip(std::uint64_t units);
  /// Everything outstanding has arrived.
  void settle();
  /// The link was trained anew and kept what it sent: from at_ps on all of it goes again.
  void resume(Picoseconds at_ps) {
    why_ = "";
    fruitless_ = 0;
    ignoring_ = 0;
    again_ = 0;
    again_end_ = held_;
    deadline_ps_ = at_ps + config_.timeout_ps;
  }
  /// The link was reset.
  void restart() {
    settle();
    oldest_ = ring_.first();
    why_ = "";
  }
  std::uint32_t next() const { return ring_.plus(oldest_, held_); }

 private:
  void release(std::uint32_t units, Picoseconds now_ps);
  void replay(std::uint32_t from, std::uint32_t to, Picoseconds now_ps, const char* reason);

  GoBackNConfig config_;
  SequenceRing ring_;
  ReplayCounts& counts_;
  std::uint32_t oldest_;
  std::uint32_t held_ = 0;
  std::uint32_t again_ = 0;  ///< offset from oldest_ of the next unit to send again
  std::uint32_t again_end_ = 0;
  std::uint32_t fruitless_ = 0;
  std::uint64_t ignoring_ = 0;
  Picoseconds deadline_ps_ = 0;
  const char* why_ = "";
};

/// What a receiver says back.
struct ReplayMessage {
  bool request = false;  ///< else an acknowledgement up to and including `number`
  bool one_only = false;
  std::uint32_t number = 0;
};

class ReplayReceiver {
 public:
  ReplayReceiver(const GoBackNConfig& config, ReplayCounts& counts);
  /// A copy that counts elsewhere: to ask what would happen.
  ReplayReceiver(const ReplayReceiver& other, ReplayCounts& counts) : ReplayReceiver(other) {
    counts_ = &counts;
  }
  std::uint32_t expected() const { return expected_; }
  void restart() { *this = ReplayReceiver(config_, *counts_); }
  /// Everything is sent again: what was asked for is void, what was held stays.
  void resume() {
    asked_ = false;
    repeats_ = farthest_ = 0;
  }
  /// A unit arrived; `number` of a broken one isn't looked at. Returns what it says back.
  std::optional<ReplayMessage> arrive(bool whole, std::uint32_t number);
  /// Units handed up by the last arrive().
  std::uint32_t handed_up() const { return handed_up_; }
  void skip(std::uint64_t units) { expected_ = ring_.plus(expected_, units); }

 private:
  std::optional<ReplayMessage> ask();

  GoBackNConfig config_;
  SequenceRing ring_;
  ReplayCounts* counts_;
  std::uint32_t expected_;
  std::uint32_t handed_up_ = 0;
  bool asked_ = false;
  std::uint32_t repeats_ = 0;
  std::uint32_t farthest_ = 0;  ///< ahead of expected_, since the last request
  std::vector<bool> holds_;     ///< by number (selective)
};

}  // namespace antares::protocols
