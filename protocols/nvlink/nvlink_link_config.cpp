// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/nvlink/nvlink_link_config.h"

#include "antares/protocols/common/fields.h"
#include "antares/protocols/nvlink/nvlink_generation.h"

namespace antares::protocols {
namespace {

double value_of(const FieldInfo& key, const NvlinkLinkConfig& config) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
          return 0.0;
        else
          return static_cast<double>(value);
      },
      key.type->get(key.at(&config)));
}

std::string number(double value) {
  std::string text = std::to_string(value);
  if (text.find('.') == std::string::npos) return text;  // nan, inf
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string listed(const std::vector<std::string>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i != 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

/// What is wrong with the value of one key; empty if nothing is.
std::string problem(const FieldInfo& key, double value) {
  const std::string start = key.key + " is " + number(value) + "; it must be ";
  // Written so that not-a-number is refused, too.
  if (key.low && !(value >= *key.low && value <= *key.high))
    return start + "from " + number(*key.low) + " to " + number(*key.high);
  std::vector<std::string> choices;
  bool found = false;
  for (const FieldValue& each : key.one_of) {
    const auto legal = static_cast<double>(std::get<std::uint64_t>(each));
    choices.push_back(number(legal));
    found = found || legal == value;
  }
  for (const auto& [name, each] : key.names) {
    choices.push_back(name);
    found = found || static_cast<double>(each) == value;
  }
  return choices.empty() || found ? "" : start + listed(choices);
}

}  // namespace

std::vector<std::string> problems(const NvlinkLinkConfig& config) {
  std::vector<std::string> found;
  for (const FieldInfo& key : struct_fields<NvlinkLinkConfig>().fields) {
    std::string text = problem(key, value_of(key, config));
    if (!text.empty()) found.push_back(std::move(text));
  }
  if (!found.empty()) return found;
  if (!nvlink_uses_fec(config) && config.fec_decode_ns != NvlinkLinkConfig{}.fec_decode_ns)
    found.push_back(
        "fec_decode_ns would not be used: this link has no FEC; leave it out, or write "
        "fec: on");
  return found;
}

}  // namespace antares::protocols
