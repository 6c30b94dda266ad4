// SPDX-License-Identifier: Apache-2.0
// Columns of workload `moe`, and its table for a person.
#include <fmt/format.h>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms {
namespace {

nlohmann::ordered_json if_any(double value) {
  return value < 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(rounded(value));
}

std::string text_if_any(double value, const char* form) {
  return value < 0 ? "-" : fmt::format(fmt::runtime(form), value);
}

}  // namespace

const Columns<MoeRow>& moe_columns() {
  using R = MoeRow;
  static const Columns<R> columns = {
      {"workload", "", "its name", ANTARES_VALUE(R, row.workload)},
      {"phase", "", "dispatch: tokens to experts; combine: their weighted results back, added",
       ANTARES_VALUE(R, row.phase)},
      {"naming", "",
       "unicast: a write a target; table: a group by number; bitmap, list: members in each packet",
       ANTARES_VALUE(R, row.naming)},
      {"experts", "", "E: accelerators that hold experts", ANTARES_VALUE(R, row.experts)},
      {"top_k", "", "k: experts of a token", ANTARES_VALUE(R, row.top_k)},
      {"senders", "", "accelerators whose tokens they are", ANTARES_VALUE(R, row.senders)},
      {"tokens", "", "of all senders", ANTARES_VALUE(R, row.tokens)},
      {"table_groups", "", "groups that the senders share; null: no table is used",
       ANTARES_VALUE(R, row.table_groups < 0 ? nlohmann::ordered_json(nullptr)
                                             : nlohmann::ordered_json(row.table_groups))},
      {"reprogram_ns", "ns",
       "from a missing set until packets find it, where nothing else is being changed",
       ANTARES_VALUE(R, if_any(row.reprogram_ns))},
      {"time_us", "us", "until the last token or result has been taken",
       ANTARES_VALUE(R, rounded(row.time_us))},
      {"hit_rate", "", "share of tokens whose set was in the table when first looked up",
       ANTARES_VALUE(R, if_any(row.hit_rate))},
      {"updates", "", "changes of groups",
       ANTARES_VALUE(R, row.updates < 0 ? nlohmann::ordered_json(nullptr)
                                        : nlohmann::ordered_json(row.updates))},
      {"miss_wait_ns", "ns", "mean, from a miss until the group could be used",
       ANTARES_VALUE(R, if_any(row.miss_wait_ns))},
      {"stalled_share", "", "of the senders' time: all that was left to send waited for groups",
       ANTARES_VALUE(R, if_any(row.stalled_share))},
      {"sender_bytes", "B", "payload that leaves one of those who send, mean",
       ANTARES_VALUE(R, rounded(row.sender_bytes))},
      {"receiver_bytes", "B", "payload that reaches one of those who receive, mean",
       ANTARES_VALUE(R, rounded(row.receiver_bytes))},
      {"gain", "", "time by unicast / time", ANTARES_VALUE(R, rounded(row.gain))},
  };
  return columns;
}

void Tables::moe(const MoeRow& row) {
  constexpr auto kForm =
      "{:<10} {:<8} {:>4} {:>4} {:>7} {:>7} {:>7} {:>10} {:>10} {:>6} {:>8} {:>10} {:>7} {:>9} "
      "{:>9} {:>6}\n";
  if (begin_table("moe " + row.workload))
    out_ << fmt::format("# moe '{}': tokens to k of E experts, and their weighted results back\n",
                        row.workload)
         << fmt::format(kForm, "# phase", "naming", "E", "k", "senders", "tokens", "groups",
                        "reprogram", "time", "hits", "changes", "miss wait", "stalled", "sender",
                        "receiver", "gain")
         << fmt::format(kForm, "#", "", "", "", "", "", "", "(ns)", "(us)", "(%)", "", "(ns)",
                        "(%)", "(KiB)", "(KiB)", "");
  const auto percent = [](double share) { return text_if_any(share * 100, "{:.1f}"); };
  out_ << fmt::format(kForm, "  " + row.phase, row.naming, row.experts, row.top_k, row.senders,
                      row.tokens, row.table_groups < 0 ? "-" : std::to_string(row.table_groups),
                      text_if_any(row.reprogram_ns, "{:.0f}"), fmt::format("{:.2f}", row.time_us),
                      percent(row.hit_rate), row.updates < 0 ? "-" : std::to_string(row.updates),
                      text_if_any(row.miss_wait_ns, "{:.0f}"), percent(row.stalled_share),
                      fmt::format("{:.1f}", row.sender_bytes / 1024),
                      fmt::format("{:.1f}", row.receiver_bytes / 1024),
                      fmt::format("{:.3f}", row.gain))
       << std::flush;
}

}  // namespace antares::platforms
