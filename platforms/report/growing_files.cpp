// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/growing_files.h"

#include <utility>

#include "antares/platforms/build/version.h"
#include "antares/platforms/report/output_file.h"

namespace antares::platforms {

GrowingFiles::GrowingFiles(std::string folder, const std::string& stem)
    : folder_(std::move(folder)), path_(folder_ + "/" + stem + ".json") {
  make_output_folder(folder_);
  json_["antares_version"] = version();
  json_["complete"] = false;
  json_["failures"] = Json::array();
}

void GrowingFiles::table(const std::string& key, const std::string& csv,
                         std::vector<std::string> columns) {
  std::string header;
  for (const std::string& column : columns)
    header += (header.empty() ? "" : ",") + csv_cell(column);
  json_[key] = Json::array();
  write();
  Table& table = tables_[key];
  table.path = folder_ + "/" + csv;
  table.columns = std::move(columns);
  table.csv = open_output(table.path);
  append_output(table.csv, table.path, header + "\n");
}

void GrowingFiles::row(const std::string& key, const Json& row) {
  Table& table = tables_.at(key);
  std::string line;
  for (const std::string& column : table.columns)
    line += (line.empty() ? "" : ",") + csv_cell(row.at(column));
  append_output(table.csv, table.path, line + "\n");
  json_[key].push_back(row);
  write();
}

void GrowingFiles::set(const std::string& key, Json value) {
  json_[key] = std::move(value);
  write();
}

void GrowingFiles::failure(const std::string& named, const GrowingFailure& failure) {
  json_["failures"].push_back(
      {{named, failure.what}, {"exit_status", failure.status}, {"message", failure.message}});
  write();
}

void GrowingFiles::finish() {
  json_.erase("complete");
  write();
}

void GrowingFiles::write() {
  replace_output(path_, json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace antares::platforms
