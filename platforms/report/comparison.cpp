// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "antares/platforms/report/column_value.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

/// As the column is measured, or "-" where it was not.
std::string number(const Json& row, const char* key, int decimals) {
  const Json& value = row.at(key);
  return value.is_null() ? "-" : fmt::format("{:.{}f}", value.get<double>(), decimals);
}

}  // namespace

const Columns<ComparisonRow>& comparison_columns() {
  using R = ComparisonRow;
  static const Columns<R> columns = [] {
    Columns<R> all = {{"platform", "", "as it was named", ANTARES_VALUE(R, row.platform)}};
    // Of the collective what `run` tells of it, in the same words.
    static constexpr auto measured = [](const char* name) {
      for (const Column<CollectiveRow>& column : collective_columns())
        if (column.name == std::string(name)) return column;
      throw std::logic_error(name);
    };
#define ANTARES_MEASURED(name)                                          \
  {                                                                     \
    name, measured(name).unit, measured(name).definition,               \
        [](const R& row) { return measured(name).value(row.measured); } \
  }
    const Columns<R> more = {
        ANTARES_MEASURED("collective"),
        ANTARES_MEASURED("algorithm"),
        ANTARES_MEASURED("ranks"),
        ANTARES_MEASURED("size_bytes"),
        ANTARES_MEASURED("type"),
        ANTARES_MEASURED("time_us"),
        ANTARES_MEASURED("algbw_GBps"),
        ANTARES_MEASURED("busbw_GBps"),
        ANTARES_MEASURED("wirebw_GBps"),
        ANTARES_MEASURED("p99_latency_ns"),
        {"hops_mean", "switches",
         "switches that a request passes, mean over all ordered pairs of ranks",
         ANTARES_VALUE(R, rounded(row.hops_mean))},
        {"hops_max", "switches", "... and the most", ANTARES_VALUE(R, row.hops_max)},
        {"switches", "", "switches of the whole platform", ANTARES_VALUE(R, row.switches)},
        {"lanes", "", "lanes of all ports of its switches", ANTARES_VALUE(R, row.lanes)},
        ANTARES_MEASURED("wrong")};
#undef ANTARES_MEASURED
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return columns;
}

void print_comparison(std::ostream& out, const std::vector<Json>& rows,
                      const std::vector<std::string>& platforms) {
  if (rows.empty()) return;
  std::size_t width = 8;
  for (const Json& row : rows)
    width = std::max(width, row.at("platform").get<std::string>().size());
  std::set<std::uint64_t> sizes;
  std::set<std::uint64_t> ranks;
  for (const Json& row : rows) {
    sizes.insert(row.at("size_bytes").get<std::uint64_t>());
    ranks.insert(row.at("ranks").get<std::uint64_t>());
  }
  out << fmt::format("# {}, {}\n", rows.front().at("collective").get<std::string>(),
                     rows.front().at("type").get<std::string>());
  constexpr auto kForm =
      "{} {:<{}} {:>5} {:>12} {:<10} {:>10} {:>8} {:>8} {:>11} {:>9} {:>8} {:>8} {:>7}\n";
  out << fmt::format(kForm, "#", "platform", width, "ranks", "size", "algorithm", "time", "busbw",
                     "wirebw", "p99 latency", "hops mean", "hops max", "switches", "lanes")
      << fmt::format(kForm, "#", "", width, "", "(B)", "", "(us)", "(GB/s)", "(GB/s)", "(ns)",
                     "(sw.)", "(sw.)", "", "");
  for (const std::uint64_t size : sizes) {
    for (const std::string& platform : platforms)
      for (const Json& row : rows)
        if (row.at("size_bytes").get<std::uint64_t>() == size && row.at("platform") == platform)
          out << fmt::format(kForm, " ", platform, width, row.at("ranks").get<std::uint64_t>(),
                             size, row.at("algorithm").get<std::string>(),
                             number(row, "time_us", 2), number(row, "busbw_GBps", 2),
                             number(row, "wirebw_GBps", 2), number(row, "p99_latency_ns", 1),
                             number(row, "hops_mean", 3), number(row, "hops_max", 0),
                             row.at("switches").get<std::uint64_t>(),
                             row.at("lanes").get<std::uint64_t>());
    if (size != *sizes.rbegin()) out << "\n";
  }
  if (ranks.size() > 1)
    out << "# The platforms take part with different numbers of ranks; --ranks N makes them "
           "equal.\n";
  out << std::flush;
}

}  // namespace antares::platforms
