// SPDX-License-Identifier: Apache-2.0
// Columns of workload `concurrent`, and its table for a person.
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "antares/platforms/report/column_value.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

Json if_any(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

/// What the collective of a row says as it does in a table of its own.
Column<ConcurrentRow> of_collective(std::string_view name) {
  for (const Column<CollectiveRow>& column : collective_columns())
    if (name == column.name)
      return {column.name, column.unit, column.definition,
              [value = column.value](const ConcurrentRow& row) { return value(row.collective); }};
  throw std::logic_error("no column of a collective: " + std::string(name));
}

std::string text_if_any(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

}  // namespace

const Columns<ConcurrentRow>& concurrent_columns() {
  using R = ConcurrentRow;
  static const Columns<R> columns = {
      of_collective("workload"),
      {"job", "", "name of the job", ANTARES_VALUE(R, row.job)},
      {"group", "", "number among the groups of its job", ANTARES_VALUE(R, row.group)},
      {"first_rank", "", "endpoint that is rank 0 of the group", ANTARES_VALUE(R, row.first_rank)},
      of_collective("collective"),
      of_collective("algorithm"),
      of_collective("ranks"),
      of_collective("size_bytes"),
      of_collective("asked_bytes"),
      of_collective("count"),
      of_collective("type"),
      of_collective("redop"),
      of_collective("root"),
      of_collective("in_place"),
      of_collective("channels"),
      {"iterations", "", "runs, one after the other", ANTARES_VALUE(R, row.iterations)},
      {"start_us", "us", "start of the first run, after the first of all collectives",
       ANTARES_VALUE(R, rounded(row.start_us))},
      {"end_us", "us", "end of the last run, on the same clock",
       ANTARES_VALUE(R, rounded(row.end_us))},
      {"time_us", "us", "(end - start) / iterations",
       ANTARES_VALUE(R, rounded(row.collective.time_us))},
      {"alone_us", "us", "the same while only its job ran; null: not measured",
       ANTARES_VALUE(R, if_any(row.alone_us))},
      {"slowdown", "", "time_us / alone_us", ANTARES_VALUE(R, if_any(row.slowdown()))},
      of_collective("algbw_GBps"),
      of_collective("busbw_GBps"),
      of_collective("wrong"),
  };
  return columns;
}

const Columns<ConcurrentTotal>& concurrent_total_columns() {
  using R = ConcurrentTotal;
  static const Columns<R> columns = {
      {"workload", "", "name of the workload in the description", ANTARES_VALUE(R, row.workload)},
      {"collectives", "", "collectives that ran at once", ANTARES_VALUE(R, row.collectives)},
      {"time_us", "us", "from the first start to the last end",
       ANTARES_VALUE(R, rounded(row.time_us))},
      {"wirebw_GBps", "GB/s", "payload that the busiest link direction carried / time_us",
       ANTARES_VALUE(R, rounded(row.wirebw_GBps))},
      {"alone_longest_us", "us", "of the longest job alone; null: not measured",
       ANTARES_VALUE(R, if_any(row.alone_longest_us))},
      {"alone_sum_us", "us", "of all jobs, one after the other; null: not measured",
       ANTARES_VALUE(R, if_any(row.alone_sum_us))},
  };
  return columns;
}

void Tables::concurrent(const ConcurrentRow& row) {
  constexpr auto kForm =
      "{:<18} {:>5} {:<12} {:>5} {:<14} {:<12} {:>12} {:>4} {:>10} {:>10} {:>10} {:>8} {:>8} "
      "{:>7}\n";
  const CollectiveRow& own = row.collective;
  if (begin_table("concurrent " + own.workload))
    out_ << fmt::format("# concurrent '{}': collectives at once, and each job alone\n",
                        own.workload)
         << fmt::format(kForm, "# job", "group", "first", "ranks", "collective", "algorithm",
                        "size", "runs", "start", "time", "alone", "slowdown", "busbw", "#wrong")
         << fmt::format(kForm, "#", "", "", "", "", "", "(B)", "", "(us)", "(us)", "(us)", "",
                        "(GB/s)", "");
  out_ << fmt::format(kForm, "  " + row.job, row.group, row.first_rank, own.ranks, own.collective,
                      own.algorithm, own.size_bytes, row.iterations,
                      fmt::format("{:.2f}", row.start_us), fmt::format("{:.2f}", own.time_us),
                      text_if_any(row.alone_us, 2), text_if_any(row.slowdown(), 3),
                      fmt::format("{:.2f}", own.busbw_GBps),
                      own.wrong < 0 ? "N/A" : std::to_string(own.wrong))
       << std::flush;
}

void Tables::concurrent_total(const ConcurrentTotal& row) {
  out_ << fmt::format("# all: {:.2f} us, the busiest link carries {:.2f} GB/s", row.time_us,
                      row.wirebw_GBps);
  if (row.alone_sum_us)
    out_ << fmt::format("; alone the longest job takes {:.2f} us, one after the other {:.2f} us",
                        *row.alone_longest_us, *row.alone_sum_us);
  out_ << "\n" << std::flush;
}

}  // namespace antares::platforms
