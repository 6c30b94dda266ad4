// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/expansion.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "antares/platforms/config/diagnostics.h"

namespace antares::platforms {
namespace {

constexpr const char* kForms =
    "write switch.group, switch.group[3], switch.group[0..9] or switch.port";
constexpr const char* kPortForms = "write group, group[3], group[0..9] or the name of a port";

constexpr const char* kSwitchForms = "write leaf[*].group, leaf[2].group or leaf[0..3].group";

std::optional<std::size_t> parse_index(const std::string& text) {
  std::size_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

constexpr std::size_t kLargestStep = 1'000'000;  // far above any list, far below an overflow

/// "3", "0..9", "0..9:2": first, last and step.
struct IndexRange {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t step = 1;
};
std::optional<IndexRange> parse_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::size_t colon = dots == std::string::npos ? dots : text.find(':', dots);
  const auto first = parse_index(text.substr(0, dots));
  const auto last = dots == std::string::npos
                        ? first
                        : parse_index(text.substr(
                              dots + 2, colon == std::string::npos ? colon : colon - dots - 2));
  const auto step = colon == std::string::npos ? std::optional<std::size_t>(1)
                                               : parse_index(text.substr(colon + 1));
  if (!first || !last || !step || *first > *last || *step == 0 || *step > kLargestStep)
    return std::nullopt;
  return IndexRange{*first, *last, *step};
}

Attachment no_attachment(std::string error, std::string hint) {
  Attachment result;
  result.error = std::move(error);
  result.hint = std::move(hint);
  return result;
}

/// Positions first..last of a group, both included, or every so many of them.
Attachment slice(const SwitchDescription& part, std::size_t switch_index, std::size_t group,
                 const IndexRange& range) {
  Attachment result;
  result.switch_index = switch_index;
  const std::vector<ExpandedPort> ports = expand_ports(part);
  for (std::size_t i = 0; i < ports.size(); ++i)
    if (ports[i].group == group && ports[i].index >= range.first && ports[i].index <= range.last &&
        (ports[i].index - range.first) % range.step == 0)
      result.ports.push_back(i);
  return result;
}

}  // namespace

std::string numbered_name(const std::string& name, std::size_t count, std::size_t index) {
  return count == 1 ? name : name + std::to_string(index);
}

std::vector<ExpandedPort> expand_ports(const SwitchDescription& description) {
  std::vector<ExpandedPort> result;
  for (std::size_t group = 0; group < description.ports.size(); ++group) {
    const PortGroup& ports = description.ports[group];
    for (std::size_t i = 0; i < ports.count; ++i)
      result.push_back({numbered_name(ports.name, ports.count, i), group, i});
  }
  return result;
}

Attachment resolve_attachment(const PlatformConfig& config, const std::string& attach) {
  const std::size_t dot = attach.find('.');
  const std::string switch_name = attach.substr(0, dot);
  std::vector<std::string> names;
  std::size_t switch_index = config.switches.size();
  for (std::size_t i = 0; i < config.switches.size(); ++i) {
    names.push_back(config.switches[i].name);
    if (config.switches[i].name == switch_name) switch_index = i;
  }
  if (switch_index == config.switches.size())
    return no_attachment("there is no switch \"" + switch_name + "\"",
                         suggestion(switch_name, names));
  if (dot == std::string::npos) return no_attachment("a port of the switch is needed", kForms);
  return resolve_ports(config, switch_index, attach.substr(dot + 1));
}

Attachment resolve_ports(const PlatformConfig& config, std::size_t switch_index,
                         const std::string& ports) {
  const SwitchDescription& part = config.switches[switch_index];
  const std::size_t bracket = ports.find('[');
  const std::string port_name = ports.substr(0, bracket);
  std::vector<std::string> names;
  for (std::size_t group = 0; group < part.ports.size(); ++group) {
    const PortGroup& each = part.ports[group];
    names.push_back(each.name);
    if (each.name != port_name) continue;
    if (bracket == std::string::npos) return slice(part, switch_index, group, {0, each.count, 1});
    if (ports.back() != ']') return no_attachment("the closing bracket is missing", kPortForms);
    const std::string range = ports.substr(bracket + 1, ports.size() - bracket - 2);
    const auto wanted = parse_range(range);
    if (!wanted) return no_attachment("\"" + range + "\" is no index of a port", kPortForms);
    if (wanted->last >= each.count)
      return no_attachment(
          "the group \"" + each.name + "\" has no port " + std::to_string(wanted->last),
          "it has " + std::to_string(each.count) + ", counted from 0");
    return slice(part, switch_index, group, *wanted);
  }
  for (const ExpandedPort& port : expand_ports(part))
    if (port.name == port_name && bracket == std::string::npos)
      return slice(part, switch_index, port.group, {port.index, port.index, 1});
  return no_attachment("the switch \"" + part.name + "\" has no port \"" + port_name + "\"",
                       suggestion(port_name, names));
}

namespace {

/// Group and place within it, without spelling out every port: fabrics have many.
std::pair<const PortGroup*, std::size_t> place_of(const PlatformConfig& config,
                                                  const PortRef& port) {
  std::size_t index = port.port;
  for (const PortGroup& group : config.switches[port.switch_index].ports) {
    if (index < group.count) return {&group, index};
    index -= group.count;
  }
  throw std::out_of_range("no such port");
}

}  // namespace

const PortGroup& group_of(const PlatformConfig& config, const PortRef& port) {
  return *place_of(config, port).first;
}

std::string port_name(const PlatformConfig& config, const PortRef& port) {
  const auto [group, index] = place_of(config, port);
  return config.switches[port.switch_index].name + "." +
         numbered_name(group->name, group->count, index);
}

namespace {

/// One of the names that commas separate.
PortList resolve_one(const PlatformConfig& config, const std::string& text) {
  PortList result;
  const auto refused = [&](std::string error, std::string hint) {
    result.ports.clear();
    result.error = std::move(error);
    result.hint = std::move(hint);
    return result;
  };
  const auto add = [&](const std::string& name) {
    const Attachment found = resolve_attachment(config, name);
    for (const std::size_t port : found.ports) result.ports.push_back({found.switch_index, port});
    if (!found.error.empty()) refused(found.error, found.hint);
    return found.error.empty();
  };
  const std::size_t open = text.find('[');
  if (open == std::string::npos || open > text.find('.')) {
    add(text);
    return result;
  }
  const std::size_t close = text.find(']', open);
  if (close == std::string::npos) return refused("the closing bracket is missing", kSwitchForms);
  const std::string base = text.substr(0, open);
  const std::string range = text.substr(open + 1, close - open - 1);
  const std::string rest = text.substr(close + 1);
  IndexRange wanted{0, config.switches.size(), 1};
  if (range != "*") {
    const auto parsed = parse_range(range);
    if (!parsed) return refused("\"" + range + "\" is no number of a switch", kSwitchForms);
    wanted = *parsed;
  }
  for (std::size_t i = wanted.first; i <= wanted.last; i += wanted.step) {
    const std::string name = base + std::to_string(i);
    const bool known =
        std::any_of(config.switches.begin(), config.switches.end(),
                    [&](const SwitchDescription& part) { return part.name == name; });
    if (!known && range == "*") break;  // counted from 0, without holes
    if (!add(name + rest)) return result;
  }
  if (result.ports.empty())
    return refused("there is no switch \"" + base + "0\"", "switches with count: n are named so");
  return result;
}

/// Ports that an endpoint of a description has, and how far apart they stand in the list.
struct Strides {
  std::size_t planes = 1;
  std::size_t ports_a_plane = 0;
};

Strides strides_of(const EndpointDescription& description, std::size_t ports) {
  const std::size_t planes = description.planes ? description.planes->count : 1;
  return {planes, planes == 0 || ports % planes != 0 ? 0 : ports / planes};
}

}  // namespace

PortList resolve_port_list(const PlatformConfig& config, const std::string& text) {
  PortList result;
  for (std::size_t from = 0; from != std::string::npos;) {
    const std::size_t comma = text.find(',', from);
    const std::size_t first = std::min(text.find_first_not_of(' ', from), text.size());
    const std::size_t end = comma == std::string::npos ? text.size() : comma;
    std::string one = text.substr(first, end > first ? end - first : 0);
    one.erase(one.find_last_not_of(' ') + 1);
    const PortList found = resolve_one(config, one);
    if (!found.error.empty()) return found;
    result.ports.insert(result.ports.end(), found.ports.begin(), found.ports.end());
    from = comma == std::string::npos ? comma : comma + 1;
  }
  return result;
}

bool has_planes(const PlatformConfig& config) {
  return std::any_of(config.endpoints.begin(), config.endpoints.end(),
                     [](const EndpointDescription& each) { return each.planes.has_value(); });
}

std::vector<ExpandedEndpoint> expand_description(const PlatformConfig& config,
                                                 std::size_t description) {
  std::vector<ExpandedEndpoint> result;
  const EndpointDescription& what = config.endpoints[description];
  const PortList list = resolve_port_list(config, what.attach);
  const Strides strides = strides_of(what, list.ports.size());
  for (std::size_t i = 0; i < what.count && i < strides.ports_a_plane; ++i) {
    ExpandedEndpoint endpoint;
    endpoint.name = numbered_name(what.name, what.count, i);
    endpoint.description = description;
    endpoint.index = i;
    for (std::size_t p = 0; p < strides.planes; ++p)
      endpoint.ports.push_back(list.ports[p * strides.ports_a_plane + i]);
    endpoint.switch_index = endpoint.ports.front().switch_index;
    endpoint.port = endpoint.ports.front().port;
    result.push_back(std::move(endpoint));
  }
  return result;
}

std::vector<ExpandedEndpoint> expand_endpoints(const PlatformConfig& config) {
  std::vector<ExpandedEndpoint> result;
  for (std::size_t d = 0; d < config.endpoints.size(); ++d)
    for (ExpandedEndpoint& endpoint : expand_description(config, d))
      result.push_back(std::move(endpoint));
  return result;
}

}  // namespace antares::platforms
