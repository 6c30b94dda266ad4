// SPDX-License-Identifier: Apache-2.0
// For messages about a text that others wrote: where a byte is, and what can be shown of a word.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace antares::platforms {

struct TextPlace {
  std::size_t line = 1, column = 1;
};

/// Of the byte at `offset`, counted from 0; beyond the end it is where the text ends.
inline TextPlace text_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t start = before.rfind('\n');
  TextPlace place;
  place.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  place.column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return place;
}

/// The word's beginning, without what would move a terminal's cursor.
inline std::string printable(std::string_view word, std::size_t most = 40) {
  // Not in the middle of a letter of several bytes.
  if (word.size() > most)
    while (most > 0 && (static_cast<unsigned char>(word[most]) & 0xc0) == 0x80) --most;
  std::string text(word.substr(0, most));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

}  // namespace antares::platforms
