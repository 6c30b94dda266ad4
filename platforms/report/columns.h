// SPDX-License-Identifier: Apache-2.0
// Every column of every table and every key of a row in results.json: name, unit, definition,
// value. results.json, links.csv, ports.csv and `antares list columns` are all made from these
// lists. Numbers are rounded to 12 significant digits, shares to nine decimals, so that the last
// bit of a floating-point sum never shows. Units: in the names.
#pragma once
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "antares/platforms/report/results.h"

namespace antares::platforms {

template <class Row>
struct Column {
  const char* name;
  const char* unit;  ///< "" where the value has none
  const char* definition;
  std::function<nlohmann::ordered_json(const Row&)> value;
};
template <class Row>
using Columns = std::vector<Column<Row>>;

/// Both directions of one port over one workload row.
struct PortRow {
  LinkRow in;   ///< device to switch
  LinkRow out;  ///< switch to device
};

const Columns<CollectiveRow>& collective_columns();
const Columns<ConcurrentRow>& concurrent_columns();
const Columns<ConcurrentTotal>& concurrent_total_columns();
const Columns<TrafficRow>& traffic_columns();
const Columns<TrafficRow>& partition_traffic_columns();
const Columns<SaturationRow>& saturation_columns();
const Columns<TraceRow>& trace_columns();
const Columns<PairRow>& pair_columns();
const Columns<LinkRow>& link_columns();
const Columns<PortRow>& port_columns();
const Columns<GoodputRow>& goodput_columns();
const Columns<MoeRow>& moe_columns();
const Columns<FaultRow>& fault_columns();
const Columns<IdleFaultRow>& idle_fault_columns();
const Columns<ReplayRow>& replay_columns();
const Columns<ErrorRow>& error_columns();
const Columns<MoveRow>& move_columns();
const Columns<MulticastRow>& multicast_columns();
const Columns<GroupUpdateRow>& group_update_columns();
const Columns<Totals>& totals_columns();

struct ColumnInfo {
  std::string table;
  std::string name;
  std::string unit;
  std::string definition;
};
std::vector<ColumnInfo> all_columns();

/// Links of one port belong together: by name, in the order in which each port comes first.
std::vector<PortRow> port_rows(const std::vector<LinkRow>& links);

/// busy, blocked on credit, blocked on arbiter, idle: nine decimals that add up to exactly 1.
std::array<double, 4> exact_shares(double busy, double blocked_credit, double blocked_arbiter);

/// To 12 significant digits.
double rounded(double value);

template <class Row>
nlohmann::ordered_json to_json(const Row& row, const Columns<Row>& columns) {
  auto object = nlohmann::ordered_json::object();
  for (const Column<Row>& column : columns) object[column.name] = column.value(row);
  return object;
}

/// One cell of a CSV file, in quotes where it needs them (RFC 4180).
std::string csv_cell(const nlohmann::ordered_json& value);

template <class Row>
std::string csv_header(const Columns<Row>& columns) {
  std::string line;
  for (const Column<Row>& column : columns)
    line += (line.empty() ? "" : ",") + csv_cell(column.name);
  return line + "\n";
}

template <class Row>
std::string csv_line(const Row& row, const Columns<Row>& columns) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i)
    line += (i == 0 ? "" : ",") + csv_cell(columns[i].value(row));
  return line + "\n";
}

}  // namespace antares::platforms
