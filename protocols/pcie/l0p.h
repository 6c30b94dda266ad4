// SPDX-License-Identifier: Apache-2.0
// L0p: the two ends of a PCIe link agree on a narrower or wider width while traffic goes on, both
// directions together, in flit mode only. Follows facts/pcie6.md 1.7. Code points here; the state
// machine of one end is L0pEnd. No clock inside; times in picoseconds, as an argument.
// Narrowing takes effect with the acknowledgement; widening when the lanes have retrained and both
// ends have said so. Left out: training itself, lost messages (link management messages ride in
// flits, which are replayed), the registers beyond their code points.
#pragma once
#include <cstdint>
#include <optional>

#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// Command nibble of the link management message. public: facts/pcie6.md 1.7, C
enum class L0pCommand : std::uint8_t {
  request = 0b0100,
  ack = 0b0110,
  nak = 0b0111,
  up_size_done = 0b1010
};

struct L0pMessage {
  L0pCommand command = L0pCommand::request;
  bool priority = false;
  unsigned lanes = 0;
};

/// x1, x2, x4, x8, x16.
bool is_l0p_width(unsigned lanes);
/// Width nibble of the message: x1 0001, x2 0010, x4 0100, x8 1000, x16 0000; `lanes` is legal.
std::uint8_t l0p_width_nibble(unsigned lanes);
/// 0 for a nibble that stands for no width.
unsigned l0p_lanes_of_nibble(std::uint8_t nibble);

/// Target width field of the Device 3 registers: 0 x1 to 4 x16, 7 dynamic (lanes 0 here).
struct L0pTarget {
  bool valid = false;
  bool dynamic = false;
  unsigned lanes = 0;
};
L0pTarget l0p_target_of_register(std::uint8_t field);

/// Port and retimer exit latency by its code 0..7: more than least_ps (code 0: from 0), at most
/// most_ps (code 7: kNever). Codes above 7 read as 7.
struct L0pExitLatency {
  Picoseconds least_ps = 0;
  Picoseconds most_ps = 0;
};
L0pExitLatency l0p_exit_latency(std::uint8_t code);

inline constexpr Picoseconds kL0pBackOffPs = 1000000;        // public: facts/pcie6.md 1.7, C
inline constexpr Picoseconds kL0pUpSizeBackOffPs = 2000000;  // public: facts/pcie6.md 1.7, C

struct L0pConfig {
  unsigned configured_lanes = 16;  ///< what the link came up with; no width above it
  /// Time to retrain lanes. assumption: the upper end of code 1 (1 to 2 us); no product states it.
  Picoseconds exit_latency_ps = 2000000;
  /// Pause after a refusal, so that two ends that disagree do not ask without end.
  /// assumption: as after a success; the facts name none.
  Picoseconds nak_back_off_ps = kL0pBackOffPs;
  bool priority = false;     ///< priority bit of this end's requests
  unsigned least_lanes = 1;  ///< refuses to go below
};

/// One end of the link. Two requests that cross: the one with the priority bit wins; with equal
/// bits the wider one does, so that traffic is not starved of lanes; equal ones are the same
/// request, and both are acknowledged. assumption: the facts have the bit and no tie-break.
class L0pEnd {
 public:
  explicit L0pEnd(const L0pConfig& config) : config_(config), lanes_(config.configured_lanes) {}

  enum class Answer : std::uint8_t {
    sent,           ///< `message` goes to the other end
    illegal_width,  ///< not a width, or above the configured one
    same_width,     ///< nothing to change
    busy,           ///< a change is under way
    backing_off     ///< ask again at ready_ps()
  };
  /// This end wants another width.
  Answer ask(unsigned lanes, Picoseconds now_ps, L0pMessage& message);
  /// A message of the other end; returns what to send back, if anything.
  std::optional<L0pMessage> receive(const L0pMessage& message, Picoseconds now_ps);
  /// When poll() has something to do: the lanes that are being added have retrained. kNever: no.
  Picoseconds next_ps() const { return said_done_ ? kNever : retrained_ps_; }
  /// The message to send at that time (up-size done), if it has come.
  std::optional<L0pMessage> poll(Picoseconds now_ps);

  /// Width in use.
  unsigned lanes() const { return lanes_; }
  bool changing() const { return widening_to_ != 0; }
  bool waiting_for_answer() const { return asked_.has_value(); }
  /// Before this, ask() backs off.
  Picoseconds ready_ps() const { return ready_ps_; }
  /// Answers and completions that nobody waited for: ignored and counted.
  std::uint64_t unexpected() const { return unexpected_; }

 private:
  L0pMessage answer_request(const L0pMessage& request, Picoseconds now_ps);
  bool acceptable(unsigned lanes) const;
  /// +1: the own request wins, -1: the other's, 0: they are the same.
  int compare_with_own(const L0pMessage& request) const;
  void change(unsigned lanes, Picoseconds now_ps);
  void finish_if_done(Picoseconds now_ps);
  void back_off_until(Picoseconds at_ps) {
    if (at_ps > ready_ps_) ready_ps_ = at_ps;
  }

  L0pConfig config_;
  unsigned lanes_;
  unsigned widening_to_ = 0;
  Picoseconds retrained_ps_ = kNever;
  bool said_done_ = false;
  bool other_done_ = false;
  std::optional<L0pMessage> asked_;
  /// The crossing answer to a request that gave way or that was the same: due, and without effect.
  bool stale_answer_due_ = false;
  Picoseconds ready_ps_ = 0;
  std::uint64_t unexpected_ = 0;
};

}  // namespace antares::protocols
