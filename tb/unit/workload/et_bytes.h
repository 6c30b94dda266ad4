// SPDX-License-Identifier: Apache-2.0
// Writes Chakra messages by hand, byte by byte, so that the reader is not tested against itself:
// every encoding a writer may choose (packed or not, any integer type, fields left out) can be
// produced.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>

namespace antares::platforms::testing {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value > 0x7f; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  return out + static_cast<char>(value);
}
inline std::string number_field(unsigned field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}
inline std::string bytes_field(unsigned field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
inline std::string delimited(const std::string& message) {
  return varint(message.size()) + message;
}

/// Field numbers of an attribute's value: 9 = int64 and so on (ecosystem.md 1.1).
inline std::string attribute(const std::string& name, std::uint64_t value, unsigned field = 9) {
  return bytes_field(10, bytes_field(1, name) + number_field(field, value));
}
inline std::string text_attribute(const std::string& name, const std::string& value) {
  return bytes_field(10, bytes_field(1, name) + bytes_field(29, value));
}
inline std::string packed(unsigned field, std::initializer_list<std::uint64_t> ids) {
  std::string bytes;
  for (std::uint64_t id : ids) bytes += varint(id);
  return bytes_field(field, bytes);
}

constexpr unsigned kControl = 4, kData = 5;
enum : unsigned {
  kMetadata = 1,
  kLoad = 2,
  kCompute = 4,
  kSend = 5,
  kReceive = 6,
  kCollective = 7
};

/// proto3 leaves out an id of 0.
inline std::string node(std::uint64_t id, const std::string& name, unsigned type,
                        const std::string& rest = "") {
  return delimited((id ? number_field(1, id) : "") + bytes_field(2, name) + number_field(3, type) +
                   rest);
}
inline std::string duration(std::uint64_t units) { return number_field(7, units); }
inline std::string collective(std::uint64_t type, std::uint64_t bytes) {
  return attribute("comm_type", type) + attribute("comm_size", bytes);
}
inline std::string metadata() { return delimited(bytes_field(1, "0.0.4")); }

}  // namespace antares::platforms::testing
