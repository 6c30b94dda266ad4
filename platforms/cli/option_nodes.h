// SPDX-License-Identifier: Apache-2.0
// Texts of the command line as the nodes that a description's would be, so that the same binder
// reads them: units, lists, ranges, and mistakes told by the option's name. No unit of time.
#pragma once
#include <string>

#include "antares/platforms/config/node.h"

namespace antares::platforms::cli {

Node scalar_node(const std::string& text, const Place& place);
/// "1MiB,1GiB" or "[1MiB, 1GiB]" as a list.
Node list_node(std::string text, const Place& place);
/// Makes it a map, with one more key.
void put_node(Node& map, const std::string& key, Node value);

}  // namespace antares::platforms::cli
