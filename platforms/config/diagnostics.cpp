// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace antares::platforms {
namespace {

// More would scroll the first ones, which matter most, off the screen.
constexpr std::size_t kMaxDiagnostics = 200;
constexpr std::size_t kMaxListed = 16;

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, changed});
    }
    std::swap(previous, row);
  }
  return previous[b.size()];
}

std::string all_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n')
      line += "\\n";
    else if (c == '\t')
      line += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20)
      line += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      line += c;
  }
  return line;
}

std::string to_string(const Place& place) {
  if (place.line == 0) return place.file;
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string to_string(const Diagnostic& diagnostic) {
  const std::string where = to_string(Place{diagnostic.file, diagnostic.line, diagnostic.column});
  std::string text = where.empty() ? diagnostic.message : where + ": " + diagnostic.message;
  if (!diagnostic.hint.empty()) text += "; " + diagnostic.hint;
  return one_line(text);
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(all_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

void Diagnostics::error(const Place& place, std::string message, std::string hint) {
  if (list_.size() >= kMaxDiagnostics) {
    overflow_ = true;
    return;
  }
  list_.push_back({place.file, place.line, place.column, std::move(message), std::move(hint)});
}

void Diagnostics::warning(const Place& place, std::string message, std::string hint) {
  if (warnings_.size() >= kMaxDiagnostics) return;
  warnings_.push_back({place.file, place.line, place.column, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.file, d.line, d.column, d.message, d.hint);
  };
  std::vector<Diagnostic> result = list_;
  std::stable_sort(result.begin(), result.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  // A value reached through an alias twice is still one mistake.
  result.erase(
      std::unique(result.begin(), result.end(),
                  [&](const Diagnostic& a, const Diagnostic& b) { return key(a) == key(b); }),
      result.end());
  if (overflow_)
    result.push_back(
        {list_.front().file, 0, 0,
         "more than " + std::to_string(kMaxDiagnostics) + " mistakes: the rest is not shown",
         "repair these first"});
  return result;
}

void Diagnostics::throw_if_any() const {
  if (!list_.empty()) throw ConfigError(sorted());
}

std::string nearest(const std::string& written, const std::vector<std::string>& candidates) {
  if (written.size() > 64) return {};
  const std::size_t limit = std::max<std::size_t>(1, std::min<std::size_t>(3, written.size() / 2));
  std::size_t best = 2 * limit + 1;
  std::string result;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 64) continue;
    // Twice the distance, less one for a word that was cut short: "of" is rather "off" than "on".
    const bool cut_short = candidate.rfind(written, 0) == 0;
    const std::size_t distance = 2 * edit_distance(written, candidate) - (cut_short ? 1 : 0);
    if (distance < best) {
      best = distance;
      result = candidate;
    }
  }
  if (!result.empty() || written.size() < 3) return result;
  // "propagation" for "propagation_ns": the unit was left off.
  for (const std::string& candidate : candidates)
    if (candidate.rfind(written + "_", 0) == 0) return candidate;
  return {};
}

std::string suggestion(const std::string& written, const std::vector<std::string>& candidates) {
  const std::string near = nearest(written, candidates);
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  if (candidates.empty()) return {};
  return "possible: " + join(candidates);
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kMaxListed && words.size() > kMaxListed + 4)
      return text + "... (" + std::to_string(words.size()) + ")";
    text += words[i];
  }
  return text;
}

}  // namespace antares::platforms
