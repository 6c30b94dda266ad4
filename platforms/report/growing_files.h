// SPDX-License-Identifier: Apache-2.0
// The files of a command that runs many things one after the other: tables that grow by flushed CSV
// lines as rows come, and one JSON file with all of them, replaced as a whole each time, which says
// "complete": false until finish(). Whatever ends the command, what was found is there. No unit of
// time.
#pragma once
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "antares/platforms/report/columns.h"

namespace antares::platforms {

/// What went wrong with one of them.
struct GrowingFailure {
  std::string what;  ///< platform, or platform and workload
  int status = 0;    ///< exit status that it would have had alone
  std::string message;
};

class GrowingFiles {
 public:
  using Json = nlohmann::ordered_json;

  /// Files FOLDER/STEM.json and so on; the folder is made. Throws OutputError, as all of these do.
  GrowingFiles(std::string folder, const std::string& stem);
  /// A list `key` of the JSON file, with FOLDER/`csv` beside it.
  template <class Row>
  void table(const std::string& key, const std::string& csv, const Columns<Row>& columns) {
    std::vector<std::string> names;
    for (const Column<Row>& column : columns) names.push_back(column.name);
    table(key, csv, std::move(names));
  }
  void table(const std::string& key, const std::string& csv, std::vector<std::string> columns);
  bool has_table(const std::string& key) const { return tables_.count(key) != 0; }
  void row(const std::string& key, const Json& row);
  /// A value of the JSON file, in place of the one that was there.
  void set(const std::string& key, Json value);
  /// `named`: what a failure's `what` is called.
  void failure(const std::string& named, const GrowingFailure& failure);
  void finish();

 private:
  struct Table {
    std::string path;
    std::vector<std::string> columns;
    std::ofstream csv;
  };
  void write();

  std::string folder_;
  std::string path_;
  std::map<std::string, Table> tables_;
  Json json_;
};

}  // namespace antares::platforms
