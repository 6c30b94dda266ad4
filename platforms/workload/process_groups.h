// SPDX-License-Identifier: Apache-2.0
// Process groups (communicators) of a trace: which ranks take part in a collective. From a side
// file
// {"<name>": [ranks]} or from the JSON list that PyTorch puts into a metadata node
// ([{"pg_name": ..., "ranks": [...]}], an empty list of ranks meaning all). No time here.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace antares::platforms {

/// By name; the ranks are sorted, an empty list means all ranks.
using ProcessGroups = std::map<std::string, std::vector<std::uint32_t>>;

/// Reads the side file. Throws TraceError with the file's name and what is wrong in it.
ProcessGroups read_group_file(const std::string& path);

/// Reads a metadata node's text; `where` is named in messages. Throws TraceError.
ProcessGroups read_group_metadata(const std::string& json_text, const std::string& where);

}  // namespace antares::platforms
