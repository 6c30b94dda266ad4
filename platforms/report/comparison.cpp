// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "antares/platforms/report/column_value.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

/// One column of a table for a person.
struct Shown {
  const char* heading;
  const char* unit;
  std::function<std::string(const Json&)> cell;
};

/// As the column is measured, or "-" where it was not.
std::string number(const Json& row, const char* key, int decimals, double factor = 1) {
  const Json& value = row.at(key);
  return value.is_null() ? "-" : fmt::format("{:.{}f}", value.get<double>() * factor, decimals);
}

Shown measured(const char* heading, const char* unit, const char* key, int decimals,
               double factor = 1) {
  return {heading, unit, [=](const Json& row) { return number(row, key, decimals, factor); }};
}

Shown text(const char* heading, const char* key) {
  return {heading, "", [=](const Json& row) { return row.at(key).get<std::string>(); }};
}

/// How rows of one kind are shown.
struct Form {
  std::string title;
  const char* block;  ///< key by which rows stand in blocks; nullptr: one block
  std::vector<Shown> columns;
};

Form form_of(const std::string& kind, const Json& first) {
  const auto word = [&](const char* key) { return first.at(key).get<std::string>(); };
  if (kind == kComparedCollectives)
    return {word("collective") + ", " + word("type"),
            "size_bytes",
            {measured("ranks", "", "ranks", 0), measured("size", "(B)", "size_bytes", 0),
             text("algorithm", "algorithm"), measured("time", "(us)", "time_us", 2),
             measured("busbw", "(GB/s)", "busbw_GBps", 2),
             measured("wirebw", "(GB/s)", "wirebw_GBps", 2),
             measured("p99 latency", "(ns)", "p99_latency_ns", 1)}};
  if (kind == kComparedConcurrentTotals)
    return {"concurrent '" + word("workload") + "': collectives at once, and each job alone",
            nullptr,
            {measured("collectives", "", "collectives", 0), measured("time", "(us)", "time_us", 2),
             measured("wirebw", "(GB/s)", "wirebw_GBps", 2),
             measured("longest alone", "(us)", "alone_longest_us", 2),
             measured("one by one", "(us)", "alone_sum_us", 2)}};
  const auto traffic = [&] { return "traffic '" + word("workload") + "', " + word("pattern"); };
  if (kind == kComparedTraffic)
    return {traffic(),
            "offered_load",
            {measured("offered", "(share)", "offered_load", 4),
             measured("throughput", "(share)", "throughput", 4),
             measured("delivered", "(GB/s)", "delivered_GBps", 2),
             measured("requests", "", "requests", 0),
             measured("mean", "(ns)", "mean_latency_ns", 1),
             measured("p50", "(ns)", "p50_latency_ns", 1),
             measured("p99", "(ns)", "p99_latency_ns", 1),
             measured("max", "(ns)", "max_latency_ns", 1),
             {"saturated", "", [](const Json& row) {
                return std::string(row.at("saturated").get<bool>() ? "yes" : "no");
              }}}};
  if (kind == kComparedSaturation)
    return {traffic() + ": load that is carried in full, and that is too much",
            nullptr,
            {measured("carried", "(share)", "carried_load", 4),
             measured("carried", "(GB/s)", "carried_GBps", 2),
             measured("too much", "(share)", "saturated_load", 4),
             measured("delivered", "(GB/s)", "saturated_GBps", 2)}};
  return {"trace '" + word("workload") + "': a step, times of the slowest rank",
          nullptr,
          {measured("ranks", "", "ranks", 0), measured("time", "(us)", "time_us", 1),
           measured("compute", "(us)", "compute_us", 1),
           measured("communication", "(us)", "communication_us", 1),
           measured("exposed", "(us)", "exposed_communication_us", 1),
           measured("exposed", "(%)", "exposed_share", 2, 100),
           measured("transfers", "", "transfers", 0),
           measured("transferred", "(B)", "transfer_bytes", 0)}};
}

class Table {
 public:
  Table(std::ostream& out, const std::vector<Shown>& columns, const std::vector<Json>& rows)
      : out_(out), columns_(columns) {
    for (const Shown& column : columns) {
      std::size_t width =
          std::max(std::string(column.heading).size(), std::string(column.unit).size());
      for (const Json& row : rows) width = std::max(width, column.cell(row).size());
      widths_.push_back(width);
    }
  }

  template <class Cell>
  void line(char first, const Cell& cell) {
    std::string text(1, first);
    for (std::size_t i = 0; i < columns_.size(); ++i)
      // Names begin at the left, numbers end at the right.
      text += i == 0 ? fmt::format(" {:<{}}", cell(columns_[i]), widths_[i])
                     : fmt::format(" {:>{}}", cell(columns_[i]), widths_[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    out_ << text << "\n";
  }

 private:
  std::ostream& out_;
  const std::vector<Shown>& columns_;
  std::vector<std::size_t> widths_;
};

}  // namespace

const Columns<ComparedPlatform>& compared_platform_columns() {
  using R = ComparedPlatform;
  static const Columns<R> columns = {
      {"platform", "", "as it was named", ANTARES_VALUE(R, row.platform)},
      {"hops_mean", "switches",
       "switches that a request passes, mean over all ordered pairs of endpoints that take part",
       ANTARES_VALUE(R, rounded(row.hops_mean))},
      {"hops_max", "switches", "... and the most", ANTARES_VALUE(R, row.hops_max)},
      {"switches", "", "switches of the whole platform", ANTARES_VALUE(R, row.switches)},
      {"lanes", "", "lanes of all ports of its switches", ANTARES_VALUE(R, row.lanes)}};
  return columns;
}

void print_comparison(std::ostream& out, const std::string& kind, const std::vector<Json>& rows,
                      const std::vector<std::string>& platforms) {
  if (rows.empty() || kind == kComparedConcurrent) return;
  Form form = form_of(kind, rows.front());
  form.columns.insert(form.columns.begin(), text("platform", "platform"));
  for (const Shown& column :
       {measured("hops mean", "(sw.)", "hops_mean", 3),
        measured("hops max", "(sw.)", "hops_max", 0), measured("switches", "", "switches", 0),
        measured("lanes", "", "lanes", 0)})
    form.columns.push_back(column);
  std::set<double> blocks;
  std::set<Json> ranks;
  for (const Json& row : rows) {
    // A closed loop has no load: one block.
    const bool in_blocks = form.block != nullptr && !row.at(form.block).is_null();
    blocks.insert(in_blocks ? row.at(form.block).get<double>() : 0);
    if (row.contains("ranks")) ranks.insert(row.at("ranks"));
  }
  Table table(out, form.columns, rows);
  out << "# " << form.title << "\n";
  table.line('#', [](const Shown& column) { return std::string(column.heading); });
  table.line('#', [](const Shown& column) { return std::string(column.unit); });
  for (const double block : blocks) {
    if (block != *blocks.begin()) out << "\n";
    for (const std::string& platform : platforms)
      for (const Json& row : rows) {
        const bool here = form.block == nullptr || row.at(form.block).is_null() ||
                          row.at(form.block).get<double>() == block;
        if (here && row.at("platform") == platform)
          table.line(' ', [&](const Shown& column) { return column.cell(row); });
      }
  }
  if (ranks.size() > 1)
    out << "# The platforms take part with different numbers of ranks; --ranks N makes them "
           "equal.\n";
  out << "\n" << std::flush;
}

}  // namespace antares::platforms
