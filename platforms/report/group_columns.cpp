// SPDX-License-Identifier: Apache-2.0
// Columns of the tables about groups, and those tables for a person.
#include <fmt/format.h>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms {

const Columns<MulticastRow>& multicast_columns() {
  using R = MulticastRow;
  static const Columns<R> columns = {
      {"port", "", "switch.port by which requests to groups came in", ANTARES_VALUE(R, row.port)},
      {"packets", "", "requests for which copies were made here", ANTARES_VALUE(R, row.packets)},
      {"copies", "", "one a member, and one for all members behind one other switch",
       ANTARES_VALUE(R, row.copies)},
      {"refused", "", "requests to a group that were answered with an error",
       ANTARES_VALUE(R, row.refused)},
      {"copies_refused", "",
       "members that could not be reached, or whose protocol has no such copy",
       ANTARES_VALUE(R, row.copies_refused)},
      {"copies_failed", "", "copies that ended with an error", ANTARES_VALUE(R, row.copies_failed)},
      {"copies_timed_out", "", "... because their member did not take them in time",
       ANTARES_VALUE(R, row.copies_timed_out)},
      {"members_dropped", "", "members that left their groups for it",
       ANTARES_VALUE(R, row.members_dropped)},
  };
  return columns;
}

const Columns<GroupUpdateRow>& group_update_columns() {
  using R = GroupUpdateRow;
  using Json = nlohmann::ordered_json;
  static const Columns<R> columns = {
      {"switch", "", "whose table it is", ANTARES_VALUE(R, row.switch_name)},
      {"group", "", "its name", ANTARES_VALUE(R, row.group)},
      {"members", "", "from then on", ANTARES_VALUE(R, row.members)},
      {"asked_ns", "ns", "when the change was asked for", ANTARES_VALUE(R, row.asked_ns)},
      {"in_force_ns", "ns", "from when on packets find the new set; null: it was refused",
       ANTARES_VALUE(R, row.in_force_ns < 0 ? Json(nullptr) : Json(row.in_force_ns))},
      {"refusal", "", "why it was refused", ANTARES_VALUE(R, row.refusal)},
  };
  return columns;
}

void Tables::multicast(const std::vector<MulticastRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm = "{:<24} {:>10} {:>10} {:>8} {:>8} {:>8} {:>10} {:>8}\n";
  out_
      << "# requests to groups, by the port they came in: copies made, what was refused or failed\n"
      << fmt::format(kForm, "# port", "packets", "copies", "refused", "copies", "copies",
                     "timed out", "members")
      << fmt::format(kForm, "#", "", "", "", "refused", "failed", "", "dropped");
  for (const MulticastRow& row : rows)
    out_ << fmt::format(kForm, "  " + row.port, row.packets, row.copies, row.refused,
                        row.copies_refused, row.copies_failed, row.copies_timed_out,
                        row.members_dropped);
  out_ << "\n" << std::flush;
}

void Tables::group_updates(const std::vector<GroupUpdateRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm = "{:<24} {:<20} {:>8} {:>14} {:>14}  {}\n";
  out_ << "# changes of groups while traffic went on\n"
       << fmt::format(kForm, "# switch", "group", "members", "asked", "in force", "refused as")
       << fmt::format(kForm, "#", "", "", "(ns)", "(ns)", "");
  for (const GroupUpdateRow& row : rows)
    out_ << fmt::format(
        kForm, "  " + row.switch_name, row.group, row.members, fmt::format("{:.3f}", row.asked_ns),
        row.in_force_ns < 0 ? "-" : fmt::format("{:.3f}", row.in_force_ns), row.refusal);
  out_ << "\n" << std::flush;
}

}  // namespace antares::platforms
