// SPDX-License-Identifier: Apache-2.0
// Groups of a platform: endpoints that get a copy of what is sent to one address window, on every
// switch by which it is sent. Hypercast itself is a part of each switch (`hypercast`); who is in a
// group is the platform's. Unit of time: in each key.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/platforms/config/schedule_limit.h"

namespace antares::platforms {

inline constexpr unsigned kMaxGroups = 65536;

/// From then on, less what a change takes, the group has these members and no others.
struct GroupChange {
  double at_us = 0;
  std::vector<std::string> members;
  std::string sent_by;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = GroupChange;
    visit("at_us", &C::at_us,
          "Simulated time at which the change is asked for, or its write handed to the sender's "
          "port; entries stand in the order of their times")
        .range(0.001, 1e9)
        .required();
    visit("members", &C::members, "Who is in it from then on").required().items(1, 1024);
    visit("sent_by", &C::sent_by,
          "Accelerator or host that writes the change into its switch's table at at_us, over its "
          "link as it sends anything else; empty: it is made there at at_us, and nothing travels");
  }
};

struct GroupDescription {
  std::string name;
  std::vector<std::string> members;
  std::uint64_t window_bytes = 1 << 20;
  std::uint64_t offset_bytes = 0;
  bool copy_to_sender = false;
  std::vector<GroupChange> updates;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = GroupDescription;
    visit("name", &C::name, "Name of the group").required().identifier();
    visit("members", &C::members,
          "Endpoints that get a copy: the name of one, or of an entry of endpoints for all of it, "
          "name[3], name[0..9]")
        .required()
        .items(1, 1024);
    visit("window_bytes", &C::window_bytes, "Addresses that mean the group")
        .range(64, 1ull << 44)
        .assumption("no public figure; what a collective writes at once");
    visit("offset_bytes", &C::offset_bytes,
          "Where the window's first byte stands in the memory of each member")
        .range(0, 1ull << 44);
    visit("copy_to_sender", &C::copy_to_sender,
          "A member that sends to the group gets a copy, too (as NVLink's multimem does)");
    visit("updates", &C::updates, "Changes while it runs").items(0, kMaxScheduleEntries);
  }
};

}  // namespace antares::platforms
