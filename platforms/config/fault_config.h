// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a run, and when: a schedule of link events, and how long requesters wait.
// Without this section links never fail and requests wait for ever, at no cost. Unit of time: in
// each key.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/models/port/port_config.h"

namespace antares::platforms {

enum class FaultKind : std::uint8_t { link_down, link_up };

struct FaultEvent {
  double at_us = 0;
  std::string link;
  FaultKind what = FaultKind::link_down;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = FaultEvent;
    visit("at_us", &C::at_us, "Simulated time; events stand in the order of their times")
        .range(0.001, 1e9)
        .required();
    visit("link", &C::link, "Port whose link it is: switch.port, switch.group[3], or a group")
        .required();
    visit("what", &C::what,
          "link_down (what is on it is lost, its port drops, requests get errors) or link_up")
        .names({{"link_down", FaultKind::link_down}, {"link_up", FaultKind::link_up}})
        .required();
  }
};

struct FaultsDescription {
  models::PortFaultConfig ports;
  std::vector<FaultEvent> events;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = FaultsDescription;
    visit("ports", &C::ports, "What every port of the platform does about faults");
    visit("events", &C::events, "Schedule").items(0, 1'000'000);
  }
};

}  // namespace antares::platforms
