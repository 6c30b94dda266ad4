// SPDX-License-Identifier: Apache-2.0
#include "antares/models/nic/nic_config.h"

#include <sstream>

#include "antares/protocols/common/fields.h"

namespace antares::models {

std::vector<std::string> NicConfig::problems() const {
  std::vector<std::string> problems;
  for (const protocols::FieldInfo& field : protocols::struct_fields<NicConfig>().fields) {
    const double value = std::visit(
        [](const auto& held) -> double {
          if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>)
            return static_cast<double>(held);
          else
            return 0;
        },
        field.type->get(field.at(static_cast<const void*>(this))));
    if (value >= *field.low && value <= *field.high) continue;  // false for what is no number
    std::ostringstream text;
    text << "nic." << field.key << ": " << value << " is out of range, " << *field.low << " to "
         << *field.high << " is possible";
    problems.push_back(text.str());
  }
  if (inline_bytes > max_message_bytes)
    problems.push_back("nic.inline_bytes: " + std::to_string(inline_bytes) +
                       " is more than max_message_bytes allows, " +
                       std::to_string(max_message_bytes));
  return problems;
}

}  // namespace antares::models
