// SPDX-License-Identifier: Apache-2.0
// LT: the last zero-load latency of a port, since loosely timed masters repeat the same access.
// Times in picoseconds.
#pragma once
#include "antares/models/port/transaction.h"

namespace antares::models {

struct LatencyMemo {
  const PortAdapter* to = nullptr;
  std::uint32_t bytes = 0;
  std::uint32_t answer_bytes = 0;
  std::uint16_t address_low = 0;
  std::uint16_t request_bytes = 0;
  PacketKind kind = PacketKind::write;
  std::uint8_t flags = 0;
  protocols::VcId vc;
  const PortAdapter* via = nullptr;
  Picoseconds request_ps = 0;
  Picoseconds answer_ps = 0;
};

}  // namespace antares::models
