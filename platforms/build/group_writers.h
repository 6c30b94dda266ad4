// SPDX-License-Identifier: Apache-2.0
// Changes of groups that endpoints send in band (GroupChange::sent_by): at its time each is handed
// to its sender's requester, as a write to the table window of the switch
// (models/hypercast/table_window.h), before whatever else that endpoint has to send. Picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

class GroupWriters : private models::EventTarget {
 public:
  /// Before time 0. The platform must outlive this.
  explicit GroupWriters(Platform& platform);

  /// Sent, and answered with an error without having come to the table.
  /// `told`: what the tables know of.
  std::vector<GroupUpdateRow> lost(const std::vector<GroupUpdateRow>& told) const;

 private:
  struct Write {
    std::size_t sender = 0;
    models::Request request;
    std::vector<unsigned char> data;
    std::string group;
    double sent_ns = -1;
    bool failed = false;
  };
  void fire(std::uint64_t what, models::Picoseconds now_ps) override;

  Platform& platform_;
  models::Origin origin_;
  std::vector<Write> writes_;
};

}  // namespace antares::platforms
