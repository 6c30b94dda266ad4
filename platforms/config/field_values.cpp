// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/field_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/config/quantity.h"

namespace antares::platforms {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::FieldValue;

namespace {

ParsedValue refuse(std::string message, std::string hint = {}) {
  return {std::nullopt, {std::move(message), std::move(hint)}};
}

std::vector<std::string> names_of(const FieldInfo& field) {
  std::vector<std::string> result;
  for (const auto& [name, value] : field.names) result.push_back(name);
  return result;
}

double to_double(const FieldValue& value) {
  return std::visit(
      [](const auto& held) -> double {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>)
          return 0;
        else
          return static_cast<double>(held);
      },
      value);
}

// 1048576 and 1099511627776 are easier to read in the unit that made them.
std::string readable(double value, const std::string& unit) {
  if (unit == "bytes" && value >= 1024) {
    const char* names[] = {"KiB", "MiB", "GiB", "TiB"};
    double scaled = value / 1024;
    std::size_t index = 0;
    while (index < 3 && scaled >= 1024 && std::fmod(scaled, 1024) == 0) scaled /= 1024, ++index;
    if (scaled == std::floor(scaled)) return fmt::format("{} {}", scaled, names[index]);
  }
  return format_number(value);
}

// What isn't there can't be quoted at the beginning of a sentence.
ParsedValue refuse(const std::string& text, const Quantity& quantity) {
  return refuse((text.empty() ? "" : text + " ") + quantity.problem, quantity.hint);
}

/// Whole numbers may be written as addresses are, 0x and hexadecimal digits; then they carry no
/// unit.
Quantity parse_whole(const std::string& text, const std::string& unit) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (!hexadecimal) return parse_quantity(text, unit);
  Quantity result;
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error == std::errc::result_out_of_range) {
    result.problem = "is beyond 64 bits";
  } else if (error != std::errc() || at != end) {
    result.problem = "is no hexadecimal number";
    result.hint = "0x and the digits 0 to f alone";
  } else {
    result.ok = true;
    result.value = static_cast<long double>(value);
  }
  return result;
}

ParsedValue parse_integer(const FieldInfo& field, const FieldType& type, const std::string& text) {
  const Quantity quantity = parse_whole(text, unit_of_key(field.key));
  if (!quantity.ok) return refuse(text, quantity);
  const long double value = quantity.value;
  const std::string legal = legal_values(field);
  const std::string right = legal.empty() ? std::string() : "right would be " + legal;
  if (value != std::floor(value)) {
    const std::string unit = written_unit(unit_of_key(field.key));
    return refuse(text + " is no whole number" + (unit.empty() ? "" : " of " + unit), right);
  }
  const auto highest = static_cast<long double>(type.highest());
  if (value > highest || value < (type.is_unsigned() ? 0.0L : -highest))
    return refuse(text + " is out of range",
                  // All digits: 1.8e+19 is no bound that one could write.
                  right.empty() ? fmt::format("right would be {:.0f}..{:.0f}",
                                              type.is_unsigned() ? 0.0L : -highest, highest)
                                : right);
  if (type.is_unsigned()) return {FieldValue(static_cast<std::uint64_t>(value)), {}};
  return {FieldValue(static_cast<std::int64_t>(value)), {}};
}

}  // namespace

bool is_identifier(const std::string& text) {
  const auto legal = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= 100 &&
         !std::isdigit(static_cast<unsigned char>(text[0])) && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), legal);
}

ParsedValue parse_value(const FieldInfo& field, const FieldType& type, const std::string& text,
                        bool quoted) {
  ParsedValue parsed;
  switch (type.kind()) {
    case FieldKind::boolean:
      if (quoted || (text != "true" && text != "false"))
        return refuse(text + " is neither true nor false", "write true or false");
      parsed.value = text == "true";
      break;
    case FieldKind::choice: {
      const auto found = std::find_if(field.names.begin(), field.names.end(),
                                      [&](const auto& name) { return name.first == text; });
      if (found == field.names.end())
        return refuse("\"" + text + "\" is not possible", suggestion(text, names_of(field)));
      parsed.value = found->second;
      break;
    }
    case FieldKind::integer:
      parsed = parse_integer(field, type, text);
      break;
    case FieldKind::number: {
      const Quantity quantity = parse_quantity(text, unit_of_key(field.key));
      if (!quantity.ok) return refuse(text, quantity);
      parsed.value = quantity.rounded;
      break;
    }
    default:
      parsed.value = text;
  }
  if (!parsed.value) return parsed;
  if (auto complaint = check_value(field, type, *parsed.value)) {
    // The value as it was written, not as it was understood: that is what the eye looks for.
    if (type.kind() == FieldKind::integer || type.kind() == FieldKind::number)
      complaint->message = text + complaint->message.substr(complaint->message.find(' '));
    return {std::nullopt, *complaint};
  }
  return parsed;
}

std::optional<Complaint> check_value(const FieldInfo& field, const FieldType& type,
                                     const FieldValue& value) {
  const bool numeric = type.kind() == FieldKind::integer || type.kind() == FieldKind::number;
  const double number = to_double(value);
  const std::string right = "right would be " + legal_values(field);
  if (numeric && !std::isfinite(number)) return Complaint{"nan is no finite number", right};
  if (numeric && ((field.low && number < *field.low) || (field.high && number > *field.high)))
    return Complaint{format_value(field, value) + " is out of range", right};
  if (!field.one_of.empty() &&
      std::find(field.one_of.begin(), field.one_of.end(), value) == field.one_of.end())
    return Complaint{format_value(field, value) + " is not possible", right};
  if (type.kind() == FieldKind::choice &&
      std::none_of(field.names.begin(), field.names.end(),
                   [&](const auto& name) { return FieldValue(name.second) == value; }))
    return Complaint{format_value(field, value) + " is not possible", right};
  if (field.identifier && !is_identifier(std::get<std::string>(value)))
    return Complaint{"\"" + std::get<std::string>(value) + "\" can't be a name",
                     "a name has letters, digits, _ and -, and starts with a letter"};
  return std::nullopt;
}

std::string legal_values(const FieldInfo& field) {
  std::vector<std::string> words = names_of(field);
  for (const FieldValue& value : field.one_of) words.push_back(format_value(field, value));
  if (!words.empty()) return (words.size() > 1 ? "one of " : "") + join(words);
  if (!field.low) return {};
  const std::string unit = unit_of_key(field.key);
  const std::string written = written_unit(unit);
  return readable(*field.low, unit) + ".." + readable(*field.high, unit) +
         (written.empty() || unit == "bytes" ? "" : " " + written);
}

std::string quote(const std::string& text) {
  static const std::vector<std::string> reserved = {"true", "false", "null", "yes", "no",
                                                    "on",   "off",   "y",    "n"};
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool plain =
      !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_') &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) {
                    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
                  }) &&
      std::find(reserved.begin(), reserved.end(), lower) == reserved.end();
  if (plain) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else
      result += one_line({&c, 1});
  }
  return result + "\"";
}

std::string format_value(const FieldInfo& field, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quote(*text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return format_number(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  const std::int64_t number = std::get<std::int64_t>(value);
  for (const auto& [name, named] : field.names)
    if (named == number) return quote(name);
  return std::to_string(number);
}

}  // namespace antares::platforms
