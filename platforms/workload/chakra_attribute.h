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
/// Checks the length, too: protozero takes it modulo 2^32, so that a damaged one could pass.
inline protozero::pbf_reader& expect_bytes(protozero::pbf_reader& message) {
  expect(message, protozero::pbf_wire_type::length_delimited);
  const char* position = message.data().data();
  const char* const end = position + message.data().size();
  const std::uint64_t length = protozero::decode_varint(&position, end);
  if (length > static_cast<std::uint64_t>(end - position)) {
    throw protozero::end_of_buffer_exception();
  }
  return message;
}
inline void skip_field(protozero::pbf_reader& message) {
  if (message.wire_type() == protozero::pbf_wire_type::length_delimited) expect_bytes(message);
  message.skip();
}

struct ChakraAttribute {
  std::string_view name;  ///< into the file's bytes, as is `text`
  std::string_view text;
  std::optional<std::int64_t> integer;
};

/// What one of protozero's exceptions means, for a person.
std::string meaning_of(const protozero::exception& error);

/// Throws protozero's exceptions on bytes that are no attribute.
ChakraAttribute read_attribute(protozero::pbf_reader message);

}  // namespace antares::platforms
