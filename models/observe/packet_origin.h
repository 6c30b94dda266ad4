// SPDX-License-Identifier: Apache-2.0
// Who numbers a packet: the upper bits of its id, counted from 1. Endpoints number what they send
// (EndpointId has 16 bits); behind them come the units of each switch: its ports, then what the
// engines of these ports send, an origin each, since only packets of one origin have an order.
#pragma once
#include <cstdint>

namespace antares::models {

constexpr unsigned kPacketSequenceBits = 40;
constexpr std::uint64_t kEndpointOrigins = 1u << 16;
constexpr std::uint64_t kPortsOfASwitch = 512;
constexpr std::uint64_t kUnitsOfASwitch = 2 * kPortsOfASwitch;
constexpr std::uint64_t kPacketOrigins = kEndpointOrigins + 4096 * kUnitsOfASwitch;

/// First id of the origin. `engine`: what the engine of the port sends.
constexpr std::uint64_t port_origin(std::uint64_t switch_index, std::uint64_t port, bool engine) {
  const std::uint64_t unit = switch_index * kUnitsOfASwitch + (engine ? kPortsOfASwitch : 0) + port;
  return (kEndpointOrigins + unit + 1) << kPacketSequenceBits;
}

}  // namespace antares::models
