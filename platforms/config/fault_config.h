// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a run, and when: a schedule of link events, and how long requesters wait.
// Without this section links never fail and requests wait for ever, at no cost. Unit of time: in
// each key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/models/port/port_config.h"
#include "antares/platforms/config/credit_fault_config.h"
#include "antares/platforms/config/schedule_limit.h"
#include "antares/platforms/config/unit_fault_config.h"

namespace antares::platforms {

enum class FaultKind : std::uint8_t {
  link_down,
  link_up,
  disable,
  enable,
  hot_reset,
  recover,
  release,
  lane_failure,
  speed_fall_back
};

struct FaultEvent {
  double at_us = 0;
  std::string link;
  FaultKind what = FaultKind::link_down;
  std::optional<std::uint32_t> lanes;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = FaultEvent;
    visit_when_and_where<C>(visit);
    visit("what", &C::what,
          "link_down (cable pulled or device removed: what is on it is lost, its port drops, "
          "requests get errors), link_up (the partner is there again: the link trains), disable "
          "and enable (by software), hot_reset, recover (trained anew, nothing is lost), release "
          "(of a link that containment or UALink's drop mode holds down, or whose LLR gave up), "
          "lane_failure, speed_fall_back")
        .names({{"link_down", FaultKind::link_down},
                {"link_up", FaultKind::link_up},
                {"disable", FaultKind::disable},
                {"enable", FaultKind::enable},
                {"hot_reset", FaultKind::hot_reset},
                {"recover", FaultKind::recover},
                {"release", FaultKind::release},
                {"lane_failure", FaultKind::lane_failure},
                {"speed_fall_back", FaultKind::speed_fall_back}})
        .required();
    visit("lanes", &C::lanes,
          "Lanes that still work, to be said of a lane_failure; the link is as wide until it has "
          "gone down and up again")
        .one_of({1, 2, 4, 8, 16})
        .when("what", "lane_failure");
  }
};

/// Links that behave otherwise than faults.ports says.
struct LinkFaults {
  std::string link;
  models::PortFaultConfig port;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LinkFaults;
    visit("link", &C::link, "Port whose link it is: switch.port, switch.group[3], or a group")
        .required();
    visit("port", &C::port, "What these ports do about faults; nothing is taken from faults.ports");
  }
};

struct FaultsDescription {
  models::PortFaultConfig ports;
  std::vector<LinkFaults> links;
  std::vector<FaultEvent> events;
  std::vector<CreditEvent> credits;
  std::vector<UnitEvent> units;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = FaultsDescription;
    visit("ports", &C::ports, "What every port of the platform does about faults");
    visit("links", &C::links,
          "... and ports that are different; of several entries the last counts")
        .items(0, 10'000);
    visit("events", &C::events, "Schedule").items(0, kMaxScheduleEntries);
    visit("units", &C::units, "Schedule of broken units and damaged data")
        .items(0, kMaxScheduleEntries);
    visit("credits", &C::credits, "Schedule of credits that stop coming home").items(0, 10'000);
  }
};

}  // namespace antares::platforms
