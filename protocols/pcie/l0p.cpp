// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/l0p.h"

#include <algorithm>

namespace antares::protocols {

bool is_l0p_width(unsigned lanes) {
  return lanes == 1 || lanes == 2 || lanes == 4 || lanes == 8 || lanes == 16;
}

std::uint8_t l0p_width_nibble(unsigned lanes) { return static_cast<std::uint8_t>(lanes & 0xf); }

unsigned l0p_lanes_of_nibble(std::uint8_t nibble) {
  const unsigned lanes = nibble == 0 ? 16 : nibble;
  return nibble <= 0xf && is_l0p_width(lanes) ? lanes : 0;
}

L0pTarget l0p_target_of_register(std::uint8_t field) {
  if (field == 7) return {true, true, 0};
  if (field > 4) return {};
  return {true, false, 1u << field};
}

L0pExitLatency l0p_exit_latency(std::uint8_t code) {
  // public: facts/pcie6.md 1.7, A: <1, 1-2, 2-4, 4-8, 8-16, 16-32, 32-64, >64 us
  constexpr Picoseconds kMicrosecond = 1000000;
  if (code == 0) return {0, kMicrosecond};
  if (code >= 7) return {64 * kMicrosecond, kNever};
  return {kMicrosecond << (code - 1), kMicrosecond << code};
}

L0pEnd::Answer L0pEnd::ask(unsigned lanes, Picoseconds now_ps, L0pMessage& message) {
  if (!is_l0p_width(lanes) || lanes > config_.configured_lanes) return Answer::illegal_width;
  // An answer that is still on its way would be taken for the next one's.
  if (asked_ || changing() || stale_answer_due_) return Answer::busy;
  if (lanes == lanes_) return Answer::same_width;
  if (now_ps < ready_ps_) return Answer::backing_off;
  message = {L0pCommand::request, config_.priority, lanes};
  asked_ = message;
  return Answer::sent;
}

std::optional<L0pMessage> L0pEnd::receive(const L0pMessage& message, Picoseconds now_ps) {
  switch (message.command) {
    case L0pCommand::request:
      return answer_request(message, now_ps);
    case L0pCommand::ack:
    case L0pCommand::nak:
      if (!asked_) {
        if (!stale_answer_due_) ++unexpected_;
        stale_answer_due_ = false;
      } else if (message.command == L0pCommand::nak) {
        asked_.reset();
        back_off_until(now_ps + config_.nak_back_off_ps);
      } else {
        const unsigned lanes = asked_->lanes;
        asked_.reset();
        change(lanes, now_ps);
      }
      return std::nullopt;
    case L0pCommand::up_size_done:
      if (!changing() || other_done_) {
        ++unexpected_;
      } else {
        other_done_ = true;
        finish_if_done(now_ps);
      }
      return std::nullopt;
  }
  ++unexpected_;  // a nibble that is no command
  return std::nullopt;
}

std::optional<L0pMessage> L0pEnd::poll(Picoseconds now_ps) {
  if (now_ps < next_ps() || next_ps() == kNever) return std::nullopt;
  said_done_ = true;
  const L0pMessage done{L0pCommand::up_size_done, false, widening_to_};
  finish_if_done(now_ps);
  return done;
}

L0pMessage L0pEnd::answer_request(const L0pMessage& request, Picoseconds now_ps) {
  const L0pMessage ack{L0pCommand::ack, false, request.lanes};
  const L0pMessage nak{L0pCommand::nak, false, request.lanes};
  if (changing() || !acceptable(request.lanes)) return nak;
  if (asked_) {
    if (compare_with_own(request) > 0) return nak;
    asked_.reset();
    stale_answer_due_ = true;
  }
  change(request.lanes, now_ps);
  return ack;
}

bool L0pEnd::acceptable(unsigned lanes) const {
  return is_l0p_width(lanes) && lanes <= config_.configured_lanes && lanes >= config_.least_lanes;
}

int L0pEnd::compare_with_own(const L0pMessage& request) const {
  if (asked_->priority != request.priority) return asked_->priority ? 1 : -1;
  if (asked_->lanes == request.lanes) return 0;
  return asked_->lanes > request.lanes ? 1 : -1;
}

void L0pEnd::change(unsigned lanes, Picoseconds now_ps) {
  if (lanes <= lanes_) {
    lanes_ = lanes;
    back_off_until(now_ps + kL0pBackOffPs);
    return;
  }
  widening_to_ = lanes;
  retrained_ps_ = now_ps + config_.exit_latency_ps;
  said_done_ = other_done_ = false;
  back_off_until(now_ps + kL0pUpSizeBackOffPs);
}

void L0pEnd::finish_if_done(Picoseconds now_ps) {
  if (!said_done_ || !other_done_) return;
  lanes_ = widening_to_;
  widening_to_ = 0;
  retrained_ps_ = kNever;
  said_done_ = false;
  back_off_until(now_ps + kL0pBackOffPs);
}

}  // namespace antares::protocols
