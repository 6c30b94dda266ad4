// SPDX-License-Identifier: Apache-2.0
// A description as an editor's schema checker sees it: plain YAML 1.2 types, parameters as written.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace antares::platforms {

nlohmann::json yaml_to_json(const std::string& text);

}  // namespace antares::platforms
