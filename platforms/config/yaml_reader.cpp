// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_map>

#include "antares/platforms/config/plain_text.h"
#include "antares/platforms/config/schedule_limit.h"

namespace antares::platforms {
namespace {

[[noreturn]] void fail(const Place& place, const std::string& message,
                       const std::string& hint = {}) {
  throw ConfigError({{place.file, place.line, place.column, message, hint}});
}

/// Of what is too long to be read: equal parts, or a schedule.
std::string how_to_shorten() {
  return "use count: for equal parts; a schedule has at most " +
         std::to_string(kMaxScheduleEntries) +
         " entries: ask for failures that chance may place by a probability "
         "(faults.ports.errors)";
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const NodeEntry& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

std::size_t depth_of(const Node& node) {
  std::size_t depth = 0;
  for (const Node& item : node.items) depth = std::max(depth, depth_of(item));
  for (const NodeEntry& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

/// Builds the tree from yaml-cpp's events. Its own node graph would share aliased parts and keep
/// duplicate keys out of sight; events show both as they are written.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  Node take() {
    if (!bad_key_.message.empty()) throw ConfigError({bad_key_});
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(Node::Type::null, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      fail(place(mark), "this alias refers to the value it stands in", "write the value out");
    if (stack_.size() + depth_of(found->second) > kMaxDescriptionDepth) too_deep(mark);
    spend(count_nodes(found->second), mark);
    Node copy = found->second;
    add(std::move(copy), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    // The file has none as such, but escapes make them; names and texts come back in messages.
    if (const std::size_t odd = first_non_text(value); odd != std::string_view::npos)
      fail(place(mark),
           fmt::format("an escape makes a control character here (byte {:#04x})",
                       static_cast<unsigned char>(value[odd])),
           "leave it out");
    Node node = make(Node::Type::scalar, mark);
    node.text = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!node.quoted && (value == "~" || value == "null")) node.type = Node::Type::null;
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(make(Node::Type::list, mark), anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(make(Node::Type::map, mark), anchor, mark);
  }
  void OnMapEnd() override {
    merge(stack_.back());
    close();
  }

 private:
  /// A list or map that is not complete yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< of a map: the key is there, its value comes next
    std::string key;
    Place key_place;
    bool key_quoted = false;
    bool skip_value = false;  ///< the key is a duplicate
    std::unordered_map<std::string, Place> keys;
    std::vector<Node> merged;  ///< values of <<
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  Node make(Node::Type type, const YAML::Mark& mark) {
    spend(1, mark);
    Node node;
    node.type = type;
    node.place = place(mark);
    return node;
  }

  void spend(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > kMaxDescriptionNodes)
      fail(place(mark),
           "more than " + std::to_string(kMaxDescriptionNodes) +
               " values once aliases are expanded" + where() + ": this is not read",
           how_to_shorten());
  }

  /// ", with 28571 entries of faults.events so far": the outermost list that is being read and
  /// long.
  std::string where() const {
    constexpr std::size_t kLong = 1000;
    std::string path;
    for (const Open& open : stack_) {
      if (open.node.is_list() && open.node.items.size() >= kLong)
        return ", with " + std::to_string(open.node.items.size()) + " entries of " +
               (path.empty() ? "a list" : path) + " so far";
      if (open.node.is_list()) path += "[" + std::to_string(open.node.items.size()) + "]";
      if (open.has_key) path += (path.empty() ? "" : ".") + open.key;
    }
    return {};
  }

  [[noreturn]] void too_deep(const YAML::Mark& mark) const {
    fail(place(mark), "nested more than " + std::to_string(kMaxDescriptionDepth) +
                          " levels deep: this is not read");
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    static const std::string standard = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?" || tag == "!" || tag.rfind(standard, 0) == 0) return;
    fail(place(mark), "the tag " + tag + " has no meaning here", "leave it out");
  }

  void open(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (stack_.size() >= kMaxDescriptionDepth) too_deep(mark);
    Open opened;
    opened.node = std::move(node);
    opened.anchor = anchor;
    stack_.push_back(std::move(opened));
  }

  void close() {
    Open closed = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(closed.node), closed.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      spend_anchor(node);
      anchors_[anchor] = node;
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.is_list())
      parent.node.items.push_back(std::move(node));
    else if (!parent.has_key)
      add_key(parent, node);
    else
      add_value(parent, std::move(node));
  }

  // Nested anchors each keep a copy: without this, depth times size of memory.
  void spend_anchor(const Node& node) {
    nodes_ += count_nodes(node);
    if (nodes_ > kMaxDescriptionNodes)
      fail(node.place, "more than " + std::to_string(kMaxDescriptionNodes) +
                           " values once anchors and aliases are counted: this is not read");
  }

  void add_key(Open& map, const Node& key) {
    if (!key.is_scalar()) {
      // Told at the end only: a bracket that is not closed looks like this, and yaml-cpp says so
      // a moment later.
      if (bad_key_.message.empty())
        bad_key_ = {key.place.file,
                    key.place.line,
                    key.place.column,
                    std::string("a key must be a word, this is ") + key.type_name(),
                    {}};
      map.has_key = true;
      map.key.clear();
      map.skip_value = true;
      return;
    }
    map.has_key = true;
    map.key = key.text;
    map.key_place = key.place;
    map.key_quoted = key.quoted;
    map.skip_value = false;
    if (key.text == "<<" && !key.quoted) return;
    const auto [first, is_new] = map.keys.emplace(key.text, key.place);
    if (is_new) return;
    diagnostics_.error(key.place, "duplicate key \"" + key.text + "\"",
                       "it is first written at " + to_string(first->second) + ", keep one of them");
    map.skip_value = true;
  }

  void add_value(Open& map, Node value) {
    map.has_key = false;
    if (map.key == "<<" && !map.key_quoted) {
      if (value.is_list()) {
        for (Node& item : value.items) map.merged.push_back(std::move(item));
      } else {
        map.merged.push_back(std::move(value));
      }
      return;
    }
    if (map.skip_value) return;
    // yaml-cpp puts a missing value where the next token is, often lines below.
    if (value.type == Node::Type::null) value.place = map.key_place;
    map.node.entries.push_back({map.key, map.key_place, std::move(value)});
  }

  // YAML 1.1 merge keys: keys written in the map win, then the first map of the list.
  void merge(Open& map) {
    for (Node& source : map.merged) {
      if (!source.is_map()) {
        diagnostics_.error(source.place,
                           std::string("<< takes a mapping of keys, this is ") + source.type_name(),
                           "write <<: *name with &name at a mapping above");
        continue;
      }
      for (NodeEntry& entry : source.entries)
        if (map.keys.emplace(entry.key, entry.key_place).second)
          map.node.entries.push_back(std::move(entry));
    }
  }

  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  Diagnostic bad_key_;
  Node root_;
};

Place place_of(const std::string& text, std::size_t offset, const std::string& name) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto line = std::count(text.begin(), end, '\n');
  const std::size_t start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const std::size_t column = start == std::string::npos ? offset : offset - start - 1;
  return {name, static_cast<int>(line) + 1, static_cast<int>(column) + 1};
}

/// The mistakes that are easiest to make around here.
std::string hint_for(const std::string& text, int position) {
  const std::size_t at = std::min(text.size(), static_cast<std::size_t>(std::max(position, 0)));
  const std::size_t before = text.rfind('\n', at == 0 ? 0 : at - 1);
  const std::size_t start = before == std::string::npos ? 0 : before;
  const std::string line = text.substr(start, text.find('\n', at) - start);
  if (line.find("${") != std::string::npos)
    return "within { } and [ ] a reference needs quotes: \"${name}\"";
  if (line.find('\t') != std::string::npos) return "indent with spaces, not with tabs";
  return {};
}

Node parse(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  const std::size_t odd = first_non_text(text);
  if (odd != std::string::npos)
    fail(place_of(text, odd, name), "this is not text (UTF-8): a binary file?",
         "a description is a YAML file");
  std::istringstream stream(text);
  TreeBuilder builder(name, diagnostics);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    Node root = builder.take();
    TreeBuilder rest(name, diagnostics);
    if (parser.HandleNextDocument(rest))
      fail(rest.take().place, "a second YAML document starts here", "one description a file");
    return root;
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    fail({name, known ? error.mark.line + 1 : 0, known ? error.mark.column + 1 : 0},
         "this is not YAML: " + error.msg, hint_for(text, known ? error.mark.pos : 0));
  }
}

}  // namespace

std::string read_description_file(const std::string& path) {
  const Place place{path, 0, 0};
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    fail(place, "no such file", "`antares list` shows the descriptions that come with Antares");
  if (std::filesystem::is_directory(path, ignored))
    fail(place, "this is a directory", "name the YAML file in it");
  // Opening a pipe or a terminal would wait for whoever writes to it.
  if (!std::filesystem::is_regular_file(path, ignored))
    fail(place, "this is a pipe, a socket or a device: only regular files are read",
         "write the description to a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(place, "can't be opened", "is it readable for you?");
  std::string text(kMaxDescriptionBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) fail(place, "can't be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxDescriptionBytes)
    fail(place,
         "larger than " + std::to_string(kMaxDescriptionBytes >> 20) + " MiB: this is not read",
         "a description has a few KiB; " + how_to_shorten());
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    fail({path, 1, 1}, "this file is empty", "a description starts with antares: 1");
  return text;
}

Node parse_yaml(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  Node root = parse(text, name, diagnostics);
  if (root.type == Node::Type::null)
    fail({name, 1, 1}, "nothing but comments in this file", "a description starts with antares: 1");
  return root;
}

Node parse_yaml_value(const std::string& text, const std::string& name) {
  Diagnostics diagnostics;
  Node value = parse(text, name, diagnostics);
  diagnostics.throw_if_any();
  return value;
}

}  // namespace antares::platforms
