// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "antares/platforms/config/diagnostics.h"

namespace antares::platforms {
namespace {

struct Unit {
  const char* written;  ///< "us", "KiB", "GB/s"
  const char* suffix;   ///< of keys; nullptr when no key ends so
  const char* kind;
  long double factor;  ///< to the base unit of its kind
};

// Time counts in ps here and rates in bytes a second, so that every factor is a whole number and
// conversion between them is exact for the values people write.
constexpr Unit kUnits[] = {
    {"ps", "ps", "time", 1.0L},
    {"ns", "ns", "time", 1e3L},
    {"us", "us", "time", 1e6L},
    {"ms", "ms", "time", 1e9L},
    {"s", "s", "time", 1e12L},
    {"B", "bytes", "size", 1.0L},
    {"KiB", "KiB", "size", 1024.0L},
    {"MiB", "MiB", "size", 1048576.0L},
    {"GiB", "GiB", "size", 1073741824.0L},
    {"TiB", "TiB", "size", 1099511627776.0L},
    {"kB", "kB", "size", 1e3L},
    {"KB", nullptr, "size", 1e3L},
    {"MB", "MB", "size", 1e6L},
    {"GB", "GB", "size", 1e9L},
    {"TB", "TB", "size", 1e12L},
    {"MB/s", "MBps", "rate", 1e6L},
    {"GB/s", "GBps", "rate", 1e9L},
    {"TB/s", "TBps", "rate", 1e12L},
    {"GiB/s", "GiBps", "rate", 1073741824.0L},
    {"Gb/s", "Gbps", "rate", 125e6L},
    {"Tb/s", "Tbps", "rate", 125e9L},
    {"MT/s", "MTps", "transfer rate", 1e6L},
    {"GT/s", "GTps", "transfer rate", 1e9L},
    {"kHz", "kHz", "frequency", 1e3L},
    {"MHz", "MHz", "frequency", 1e6L},
    {"GHz", "GHz", "frequency", 1e9L},
    {"mm", "mm", "length", 1.0L},
    {"cm", "cm", "length", 10.0L},
    {"m", "m", "length", 1000.0L},
};

const Unit* by_suffix(const std::string& suffix) {
  for (const Unit& unit : kUnits)
    if (unit.suffix != nullptr && suffix == unit.suffix) return &unit;
  return nullptr;
}

// Either spelling is fine in a value: "GB/s" as in text, "GBps" as in keys.
const Unit* by_spelling(const std::string& word) {
  for (const Unit& unit : kUnits)
    if (word == unit.written || (unit.suffix != nullptr && word == unit.suffix)) return &unit;
  return nullptr;
}

struct Split {
  bool ok = false;
  long double number = 0;
  double rounded = 0;
  std::string unit;
  std::string problem;
  std::string hint;
};

Split refused(std::string problem, std::string hint = {}) {
  Split split;
  split.problem = std::move(problem);
  split.hint = std::move(hint);
  return split;
}

std::string without(const std::string& text, const char* characters) {
  std::string result;
  for (const char c : text)
    if (std::string(characters).find(c) == std::string::npos) result += c;
  return result;
}

/// Length of the decimal number that `text` starts with: [+-]digits[.digits][e[+-]digits].
std::size_t number_length(const std::string& text) {
  const auto digits = [&](std::size_t at) {
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) ++at;
    return at;
  };
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole = digits(at);
  std::size_t end = whole;
  if (whole < text.size() && text[whole] == '.') end = digits(whole + 1);
  if (end == at || (end == at + 1 && text[at] == '.')) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (digits(exponent) > exponent) end = digits(exponent);
  }
  return end;
}

Split split_quantity(const std::string& written) {
  const std::size_t first = written.find_first_not_of(" \t");
  if (first == std::string::npos) return refused("is empty, a number is needed");
  const std::string text = written.substr(first, written.find_last_not_of(" \t") - first + 1);
  const std::string lower = [&] {
    std::string result = text;
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return without(result, "+-.");
  }();
  if (lower == "nan" || lower == "inf" || lower == "infinity")
    return refused("is no finite number", "write a number");
  const std::size_t length = number_length(text);
  if (length == 0) return refused("is no number");
  const std::string digits = text.substr(0, length);
  const std::string rest = text.substr(length);
  if (!rest.empty() && (rest[0] == '_' || rest[0] == ',' || rest[0] == '\''))
    return refused("is no number", "write it without separators: " + without(text, "_,'"));
  if (digits.size() > 1 && digits[0] == '0' &&
      digits.find_first_not_of("0123456789") == std::string::npos)
    return refused("starts with 0, which some readers take for octal", "write it without the 0");
  if (digits == "0" && !rest.empty() && (rest[0] == 'x' || rest[0] == 'b' || rest[0] == 'o'))
    return refused("is not decimal", "write it as a decimal number");
  Split split;
  split.ok = true;
  split.number = std::strtold(digits.c_str(), nullptr);
  // Not by way of long double: rounding twice may miss the value that was written by a dump.
  split.rounded = std::strtod(digits.c_str(), nullptr);
  if (!std::isfinite(split.rounded)) return refused("is too large a number");
  const std::size_t word = rest.find_first_not_of(" \t");
  if (word != std::string::npos) split.unit = rest.substr(word);
  return split;
}

}  // namespace

std::string unit_of_key(const std::string& key) {
  const std::size_t at = key.rfind('_');
  const std::string word = at == std::string::npos ? key : key.substr(at + 1);
  // A key that is one letter long is a name, not a unit.
  if (at == std::string::npos && word.size() < 2) return {};
  return by_suffix(word) != nullptr ? word : std::string();
}

std::string written_unit(const std::string& unit) {
  const Unit* found = by_suffix(unit);
  return found == nullptr ? std::string() : found->written;
}

std::vector<std::string> compatible_units(const std::string& unit) {
  std::vector<std::string> result;
  const Unit* wanted = by_suffix(unit);
  if (wanted == nullptr) return result;
  for (const Unit& other : kUnits)
    if (std::string(other.kind) == wanted->kind) result.emplace_back(other.written);
  return result;
}

Quantity parse_quantity(const std::string& text, const std::string& unit) {
  Quantity result;
  const Split split = split_quantity(text);
  const Unit* wanted = by_suffix(unit);
  const std::string right = wanted == nullptr
                                ? std::string()
                                : "a number in " + std::string(wanted->written) +
                                      ", or one with a unit: " + join(compatible_units(unit));
  if (!split.ok) {
    result.problem = split.problem;
    result.hint = split.hint.empty() ? right : split.hint;
    return result;
  }
  result.value = split.number;
  result.rounded = split.rounded;
  result.ok = true;
  if (split.unit.empty()) return result;
  const Unit* given = by_spelling(split.unit);
  if (wanted != nullptr && given != nullptr && std::string(given->kind) == wanted->kind) {
    result.value = split.number * given->factor / wanted->factor;
    if (given != wanted) result.rounded = static_cast<double>(result.value);
    return result;
  }
  result.ok = false;
  if (wanted == nullptr) {
    result.problem = "carries a unit (" + split.unit + ") where none belongs";
    result.hint = "write the number alone";
  } else {
    result.problem =
        (given == nullptr ? "has an unknown unit (" : "has the wrong unit (") + split.unit + ")";
    result.hint = "right would be " + right;
  }
  return result;
}

FreeQuantity parse_free_quantity(const std::string& text) {
  const Split split = split_quantity(text);
  if (!split.ok) return {};
  if (split.unit.empty()) return {true, split.number, {}};
  const Unit* unit = by_spelling(split.unit);
  if (unit == nullptr) return {};
  return {true, split.number * unit->factor, unit->kind};
}

std::string format_number(double value) {
  std::string text = fmt::format("{}", value);
  // YAML 1.1, which many read by, takes 5e-06 for text.
  if (const auto exponent = text.find('e');
      exponent != std::string::npos && text.find('.') == std::string::npos)
    text.insert(exponent, ".0");
  return text;
}

}  // namespace antares::platforms
