// SPDX-License-Identifier: Apache-2.0
// The one list of statistics: name, unit, definition and how to read it. Reports take their columns
// from it and `describe` prints it, so neither can drift from what is measured.
// Names carry their unit; times leave in nanoseconds or picoseconds as the unit says.
#pragma once
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "antares/models/observe/latency_histogram.h"
#include "antares/models/observe/port_counters.h"

namespace antares::models {

using StatisticValue = std::variant<std::uint64_t, double>;

template <class Source>
struct Statistic {
  std::string_view name;
  std::string_view unit;
  std::string_view definition;
  StatisticValue (*value)(const Source& source);
};

/// Of one direction of a port or link.
const std::vector<Statistic<DirectionReading>>& direction_statistics();
/// Of a set of packets.
const std::vector<Statistic<LatencyHistogram>>& latency_statistics();

}  // namespace antares::models
