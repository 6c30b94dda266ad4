// SPDX-License-Identifier: Apache-2.0
// Credits that stop coming home: an entry of faults.credits. Unit of time: in the key.
#pragma once
#include "antares/platforms/config/fault_entry.h"
#include "antares/protocols/common/credit_loss.h"

namespace antares::platforms {

struct CreditEvent {
  using Kind = protocols::CreditFault::Kind;
  using TrafficClass = protocols::TrafficClass;

  double at_us = 0;
  std::string link;
  Kind what = Kind::lose;
  TrafficClass traffic_class = TrafficClass::posted;
  std::uint32_t virtual_channel = 0;
  LinkDirection direction = LinkDirection::to_device;
  std::uint32_t header_credits = 0;
  std::uint32_t data_credits = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = CreditEvent;
    visit_when_and_where<C>(visit);
    visit("what", &C::what,
          "lost (the next credits that the receiver frees never come home), stuck (none does from "
          "here on) or released (what was stuck comes home). A link that goes down and up has all "
          "its credits again")
        .names({{"lost", Kind::lose}, {"stuck", Kind::stick}, {"released", Kind::release}})
        .required();
    visit("class", &C::traffic_class, "Traffic class")
        .names({{"posted", TrafficClass::posted},
                {"non_posted", TrafficClass::non_posted},
                {"completion", TrafficClass::completion}});
    visit("virtual_channel", &C::virtual_channel, "Virtual channel of the link").range(0, 7);
    visit_direction<C>(
        visit,
        "to_device: credits that the device grants to the switch; to_switch: those that the "
        "switch grants to the device");
    visit("header_credits", &C::header_credits, "Header credits that get lost, one a link packet")
        .range(0, 1'000'000'000)
        .when("what", "lost");
    visit("data_credits", &C::data_credits,
          "Data credits that get lost, in the protocol's unit (PCIe: 16 B)")
        .range(0, 1'000'000'000)
        .when("what", "lost");
  }
};

}  // namespace antares::platforms
