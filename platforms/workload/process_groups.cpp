// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/process_groups.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "antares/platforms/workload/text_place.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

namespace {

using nlohmann::json;

/// For a message: a number or text as it stands; what is nested may be as deep as the file is long.
std::string shown(const json& value) {
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  constexpr std::size_t kMostCharacters = 60;
  const std::string text = value.dump();
  return text.size() <= kMostCharacters ? text : text.substr(0, kMostCharacters) + "...";
}

/// "line 3, column 7" of the text's byte-th byte, counted from 1.
std::string place_of(const std::string& text, std::size_t byte) {
  const TextPlace place = text_place(text, byte == 0 ? 0 : byte - 1);
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

std::vector<std::uint32_t> read_ranks(const json& value, const std::string& where) {
  if (!value.is_array()) throw TraceError(where + ": expected a list of ranks, as [0, 1, 2]");
  std::vector<std::uint32_t> ranks;
  for (const json& rank : value) {
    if (!rank.is_number_unsigned() || rank.get<std::uint64_t>() > 65534) {
      throw TraceError(where + ": " + shown(rank) + " is no rank; a rank is 0 to 65534");
    }
    ranks.push_back(rank.get<std::uint32_t>());
  }
  std::sort(ranks.begin(), ranks.end());
  const auto twice = std::adjacent_find(ranks.begin(), ranks.end());
  if (twice != ranks.end()) {
    throw TraceError(where + ": rank " + std::to_string(*twice) + " is named twice");
  }
  return ranks;
}

}  // namespace

ProcessGroups read_group_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw TraceError(path + ": no such process group file");
  }
  if (!std::filesystem::is_regular_file(path, error)) {
    throw TraceError(path + ": not a regular file; process groups are a JSON file");
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  json content;
  try {
    content = json::parse(text);
  } catch (const json::parse_error& problem) {
    const bool ended = problem.byte > text.size();
    throw TraceError(path + ": not valid JSON at " + place_of(text, problem.byte) +
                     (ended ? ", where the file ends" : "") +
                     "; expected {\"<group name>\": [ranks], ...}");
  } catch (const json::exception&) {
    throw TraceError(path + ": not valid JSON: a number in it is too large");
  }
  if (!content.is_object()) {
    throw TraceError(path + ": expected {\"<group name>\": [ranks], ...}");
  }
  ProcessGroups groups;
  for (const auto& [name, ranks] : content.items()) {
    groups[name] = read_ranks(ranks, path + ": group '" + name + "'");
  }
  return groups;
}

ProcessGroups read_group_metadata(const std::string& json_text, const std::string& where) {
  json content = json::parse(json_text, nullptr, false);
  if (content.is_discarded()) {
    // Some writers quote the list as a string within a string.
    std::string unquoted;
    for (std::size_t i = 0; i < json_text.size(); ++i) {
      if (json_text[i] == '\\' && i + 1 < json_text.size() && json_text[i + 1] == '"') continue;
      unquoted += json_text[i];
    }
    content = json::parse(unquoted, nullptr, false);
  }
  if (!content.is_array()) {
    throw TraceError(where + ": the process groups of a metadata node are not valid JSON");
  }
  ProcessGroups groups;
  for (const json& group : content) {
    if (!group.is_object() || !group.contains("pg_name")) continue;
    const json& name = group["pg_name"];
    const std::string text = name.is_string() ? name.get<std::string>() : shown(name);
    groups[text] = read_ranks(group.value("ranks", json::array()),
                              where + ": process group '" + text + "' of a metadata node");
  }
  return groups;
}

}  // namespace antares::platforms
