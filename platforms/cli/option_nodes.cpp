// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/option_nodes.h"

#include <algorithm>
#include <utility>

namespace antares::platforms::cli {

Node scalar_node(const std::string& text, const Place& place) {
  Node node;
  node.type = Node::Type::scalar;
  node.place = place;
  node.text = text;
  return node;
}

Node list_node(std::string text, const Place& place) {
  Node node;
  node.type = Node::Type::list;
  node.place = place;
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::size_t first = text.find_first_not_of(' ', at);
    const std::size_t last = text.find_last_not_of(' ', end == 0 ? 0 : end - 1);
    node.items.push_back(scalar_node(
        first < end && last >= first ? text.substr(first, last - first + 1) : std::string(),
        place));
    at = end + 1;
  }
  return node;
}

void put_node(Node& map, const std::string& key, Node value) {
  map.type = Node::Type::map;
  NodeEntry entry;
  entry.key = key;
  entry.key_place = value.place;
  entry.value = std::move(value);
  map.entries.push_back(std::move(entry));
}

}  // namespace antares::platforms::cli
