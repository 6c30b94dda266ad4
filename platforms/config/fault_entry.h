// SPDX-License-Identifier: Apache-2.0
// What every entry of a schedule of faults begins with: when, on which link, in which direction.
#pragma once
#include <cstdint>
#include <string>

namespace antares::platforms {

/// Of a link's two directions, named as in links.csv.
enum class LinkDirection : std::uint8_t { to_switch, to_device };

/// Entry has at_us and link.
template <class Entry, class Visitor>
void visit_when_and_where(Visitor& visit) {
  visit("at_us", &Entry::at_us, "Simulated time; entries stand in the order of their times")
      .range(0.001, 1e9)
      .required();
  visit("link", &Entry::link, "Port whose link it is: switch.port, switch.group[3], or a group")
      .required();
}

/// Entry has direction.
template <class Entry, class Visitor>
void visit_direction(Visitor& visit, const char* doc) {
  visit("direction", &Entry::direction, doc)
      .names({{"to_switch", LinkDirection::to_switch}, {"to_device", LinkDirection::to_device}});
}

}  // namespace antares::platforms
