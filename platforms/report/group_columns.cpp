// SPDX-License-Identifier: Apache-2.0
// Columns of the tables about groups, and those tables for a person.
#include <fmt/format.h>

#include <algorithm>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms {
namespace {

double begun_ns(const GroupUpdateRow& row) { return row.sent_ns < 0 ? row.asked_ns : row.sent_ns; }

/// What those that were sent in band took together.
std::string sent_text(const std::vector<GroupUpdateRow>& rows) {
  std::uint64_t payload = 0;
  std::uint64_t wire = 0;
  std::uint64_t made = 0;
  double latency_ns = 0;
  double first_ns = 0;
  double last_ns = 0;
  for (const GroupUpdateRow& row : rows) {
    if (row.sent_by.empty()) continue;
    payload += row.sent_bytes;
    wire += row.wire_bytes;
    if (row.in_force_ns < 0) continue;
    latency_ns += row.in_force_ns - row.sent_ns;
    first_ns = made == 0 ? row.in_force_ns : std::min(first_ns, row.in_force_ns);
    last_ns = std::max(last_ns, row.in_force_ns);
    ++made;
  }
  std::string text =
      fmt::format("# sent in band: {} B of payload, {} B on senders' links", payload, wire);
  if (made != 0)
    text += fmt::format("; {} in force, {:.3f} ns after they were sent on average", made,
                        latency_ns / static_cast<double>(made));
  if (last_ns > first_ns)
    text +=
        fmt::format(", {:.3f} a us", static_cast<double>(made - 1) / (last_ns - first_ns) * 1e3);
  return text + "\n";
}

}  // namespace

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
      {"refusal", "",
       "why it was refused; not_delivered: its write got lost or was answered with an error on the "
       "way",
       ANTARES_VALUE(R, row.refusal)},
      {"sent_by", "", "endpoint that wrote the change into the table; empty: nothing was sent",
       ANTARES_VALUE(R, row.sent_by)},
      {"sent_ns", "ns", "when the write was handed to its sender's port; null: nothing was sent",
       ANTARES_VALUE(R, row.sent_ns < 0 ? Json(nullptr) : Json(row.sent_ns))},
      {"latency_ns", "ns", "from then, else from asked_ns, until it was in force; null: refused",
       ANTARES_VALUE(R, row.in_force_ns < 0 ? Json(nullptr)
                                            : Json(rounded(row.in_force_ns - begun_ns(row))))},
      {"sent_bytes", "B", "payload of the write: 8 B a member", ANTARES_VALUE(R, row.sent_bytes)},
      {"wire_bytes", "B", "that it took on its sender's link, headers included",
       ANTARES_VALUE(R, row.wire_bytes)},
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
  const bool sent = std::any_of(rows.begin(), rows.end(),
                                [](const GroupUpdateRow& row) { return !row.sent_by.empty(); });
  constexpr auto kForm = "{:<24} {:<20} {:>8} {:>14} {:>14}{}  {}\n";
  constexpr auto kSent = " {:>14} {:>10} {:>8} {:>8}";
  out_ << "# changes of groups while traffic went on\n"
       << fmt::format(kForm, "# switch", "group", "members", "asked", "in force",
                      sent ? fmt::format(kSent, "sent", "by", "payload", "on wire") : "",
                      "refused as")
       << fmt::format(kForm, "#", "", "", "(ns)", "(ns)",
                      sent ? fmt::format(kSent, "(ns)", "", "(B)", "(B)") : "", "");
  for (const GroupUpdateRow& row : rows) {
    const bool by = !row.sent_by.empty();
    out_ << fmt::format(kForm, "  " + row.switch_name, row.group, row.members,
                        fmt::format("{:.3f}", row.asked_ns),
                        row.in_force_ns < 0 ? "-" : fmt::format("{:.3f}", row.in_force_ns),
                        !sent ? ""
                              : fmt::format(kSent, by ? fmt::format("{:.3f}", row.sent_ns) : "-",
                                            by ? row.sent_by : "-", row.sent_bytes, row.wire_bytes),
                        row.refusal);
  }
  if (sent) out_ << sent_text(rows);
  out_ << "\n" << std::flush;
}

}  // namespace antares::platforms
