// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/counted_switches.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace antares::platforms {
namespace {

/// 1 where there is none, or none that could be followed.
std::size_t count_of(const Node& item, std::size_t most) {
  const Node* count = item.is_map() ? item.find("count") : nullptr;
  const Node* name = item.is_map() ? item.find("name") : nullptr;
  if (count == nullptr || !count->is_scalar() || name == nullptr || !name->is_scalar()) return 1;
  std::size_t value = 0;
  const char* const end = count->text.data() + count->text.size();
  const auto [stop, problem] = std::from_chars(count->text.data(), end, value);
  if (problem != std::errc() || stop != end || value < 2 || value > most) return 1;
  return value;
}

}  // namespace

void write_out_switches(Node& root, std::size_t most) {
  Node* switches = root.find("switches");
  if (switches == nullptr || !switches->is_list()) return;
  std::vector<Node> written;
  for (Node& item : switches->items) {
    const std::size_t count = count_of(item, most);
    if (count == 1 || written.size() + count > most) {
      written.push_back(std::move(item));
      continue;
    }
    item.entries.erase(std::find_if(item.entries.begin(), item.entries.end(),
                                    [](const NodeEntry& entry) { return entry.key == "count"; }));
    const std::string base = item.find("name")->text;
    for (std::size_t i = 0; i < count; ++i) {
      written.push_back(item);
      Node& name = *written.back().find("name");
      name.text = base + std::to_string(i);
      name.origin = "one of " + std::to_string(count) + " \"" + base + "\"";
    }
  }
  switches->items = std::move(written);
}

}  // namespace antares::platforms
