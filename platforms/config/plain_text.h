// SPDX-License-Identifier: Apache-2.0
// Is it text at all? UTF-8 without control characters is all that a description, and what becomes
// part of one, may hold.
#pragma once
#include <string>
#include <string_view>

namespace antares::platforms {

/// Offset of the first byte that is no text, or npos.
inline std::size_t first_non_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return i;
    if (byte == 0x7f || (byte >= 0x80 && byte < 0xc2) || byte > 0xf4) return i;
    if (byte >= 0xf0)
      length = 4;
    else if (byte >= 0xe0)
      length = 3;
    else if (byte >= 0xc2)
      length = 2;
    for (std::size_t k = 1; k < length; ++k)
      if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80)
        return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace antares::platforms
