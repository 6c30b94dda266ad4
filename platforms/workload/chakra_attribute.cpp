// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/chakra_attribute.h"

#include <cmath>
#include <limits>

namespace antares::platforms {

namespace {

std::string_view view_of(protozero::data_view view) { return {view.data(), view.size()}; }

std::int64_t clamped(std::uint64_t value) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return value > static_cast<std::uint64_t>(kMost) ? kMost : static_cast<std::int64_t>(value);
}

// A float is legal where an integer is meant; NaN and values beyond 2^62 become the largest
// integer, which the checks for sensible sizes refuse.
std::int64_t clamped(double value) {
  if (std::isnan(value) || std::abs(value) > 0x1p62) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::string meaning_of(const protozero::exception& error) {
  if (dynamic_cast<const ChakraFieldError*>(&error) != nullptr) return error.what();
  if (dynamic_cast<const protozero::end_of_buffer_exception*>(&error) != nullptr)
    return "a field is longer than what is left of the message";
  if (dynamic_cast<const protozero::varint_too_long_exception*>(&error) != nullptr)
    return "a number takes more than ten bytes";
  if (dynamic_cast<const protozero::invalid_tag_exception*>(&error) != nullptr)
    return "a field has a number that no field may have";
  if (dynamic_cast<const protozero::invalid_length_exception*>(&error) != nullptr)
    return "a list's length is no multiple of that of its items";
  return "a field is encoded in no way that protobuf knows";
}

ChakraAttribute read_attribute(protozero::pbf_reader message) {
  ChakraAttribute attribute;
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        attribute.name = view_of(expect_bytes(message).get_view());
        break;
      case 3:
        attribute.integer =
            clamped(expect(message, protozero::pbf_wire_type::fixed64).get_double());
        break;
      case 5:
        attribute.integer = clamped(
            static_cast<double>(expect(message, protozero::pbf_wire_type::fixed32).get_float()));
        break;
      case 7:
      case 9:
        attribute.integer = expect_varint(message).get_int64();
        break;
      case 11:
      case 13:
        attribute.integer = clamped(expect_varint(message).get_uint64());
        break;
      case 15:
      case 17:
        attribute.integer = expect_varint(message).get_sint64();
        break;
      case 19:
        attribute.integer = expect(message, protozero::pbf_wire_type::fixed32).get_fixed32();
        break;
      case 21:
        attribute.integer =
            clamped(expect(message, protozero::pbf_wire_type::fixed64).get_fixed64());
        break;
      case 23:
        attribute.integer = expect(message, protozero::pbf_wire_type::fixed32).get_sfixed32();
        break;
      case 25:
        attribute.integer = expect(message, protozero::pbf_wire_type::fixed64).get_sfixed64();
        break;
      case 27:
        // Not get_bool(): it looks at the first byte before it knows that there is one.
        attribute.integer = expect_varint(message).get_uint64() != 0;
        break;
      case 29:
      case 31:
        attribute.text = view_of(expect_bytes(message).get_view());
        break;
      default:
        skip_field(message);
    }
  }
  return attribute;
}

}  // namespace antares::platforms
