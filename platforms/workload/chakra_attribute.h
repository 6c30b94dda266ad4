// SPDX-License-Identifier: Apache-2.0
// An attribute of a Chakra message: a name and one value out of many types
// (facts/ecosystem.md 1.1). Every scalar number is taken as an integer, whatever width its writer
// chose; lists are skipped. No time here.
#pragma once
#include <cstdint>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

namespace antares::platforms {

/// A known field that is not encoded as its type demands.
class ChakraFieldError : public protozero::exception {
 public:
  explicit ChakraFieldError(std::uint32_t field)
      : text_("field " + std::to_string(field) + " has another type than in a Chakra trace") {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// protozero only asserts the type of a field: input must be checked before it is read.
inline protozero::pbf_reader& expect(protozero::pbf_reader& message,
                                     protozero::pbf_wire_type type) {
  if (message.wire_type() != type) throw ChakraFieldError(message.tag());
  return message;
}
inline protozero::pbf_reader& expect_varint(protozero::pbf_reader& message) {
  return expect(message, protozero::pbf_wire_type::varint);
}
inline protozero::pbf_reader& expect_bytes(protozero::pbf_reader& message) {
  return expect(message, protozero::pbf_wire_type::length_delimited);
}

struct ChakraAttribute {
  std::string_view name;  ///< into the file's bytes, as is `text`
  std::string_view text;
  std::optional<std::int64_t> integer;
};

/// Throws protozero's exceptions on bytes that are no attribute.
ChakraAttribute read_attribute(protozero::pbf_reader message);

}  // namespace antares::platforms
