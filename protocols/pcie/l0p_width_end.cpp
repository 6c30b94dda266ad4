// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/l0p_width_end.h"

namespace antares::protocols {
namespace {

WidthMessage neutral(const L0pMessage& message) {
  return {static_cast<std::uint8_t>(message.command), message.priority, message.lanes};
}

std::optional<WidthMessage> neutral(const std::optional<L0pMessage>& message) {
  return message ? std::optional<WidthMessage>(neutral(*message)) : std::nullopt;
}

}  // namespace

std::optional<WidthMessage> L0pWidthEnd::ask(unsigned lanes, Picoseconds now_ps) {
  L0pMessage message;
  if (end_.ask(lanes, now_ps, message) != L0pEnd::Answer::sent) return std::nullopt;
  return neutral(message);
}

std::optional<WidthMessage> L0pWidthEnd::receive(const WidthMessage& message, Picoseconds now_ps) {
  return neutral(end_.receive(
      {static_cast<L0pCommand>(message.command), message.priority, message.lanes}, now_ps));
}

std::optional<WidthMessage> L0pWidthEnd::poll(Picoseconds now_ps) {
  return neutral(end_.poll(now_ps));
}

}  // namespace antares::protocols
