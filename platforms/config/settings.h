// SPDX-License-Identifier: Apache-2.0
// --set name=value and --set a.b[2].c=value: put into the tree before anything is checked, so that
// a value set from outside meets the same checks as one in the file. No unit of time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/config/node.h"
#include "antares/protocols/common/fields.h"

namespace antares::platforms {

/// A value in YAML's own notation (3, 64KiB, [1, 2], {from: 0.1}), all of it at `place`; nothing,
/// and an error, if it is none.
Node typed_value(const std::string& text, const Place& place, Diagnostics& diagnostics);

/// Puts the settings that name a key into `root`, the last one wins, and returns those that name a
/// parameter. Unknown keys and elements that are not there are reported with a guess.
std::map<std::string, Node> apply_settings(Node& root, const protocols::StructFields& structure,
                                           const std::vector<std::string>& settings,
                                           Diagnostics& diagnostics);

}  // namespace antares::platforms
