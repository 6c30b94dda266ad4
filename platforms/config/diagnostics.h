// SPDX-License-Identifier: Apache-2.0
// Mistakes in a description, for the person who wrote it: where, what, and what would be right.
// They are collected, sorted by place and thrown together as one ConfigError. No unit of time.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace antares::platforms {

/// A place in a file. Line and column count from 1; line 0: no line ("--set a=b" as the file, or a
/// platform made in C++).
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// "file:line:col", or the file alone.
std::string to_string(const Place& place);

struct Diagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  std::string hint;  ///< what would be right, such as `did you mean "lanes"?`; may be empty
};

/// With escapes in place of control characters, which would break a message's line.
std::string one_line(std::string_view text);

/// "file:line:col: message; hint", in one line whatever they quote.
std::string to_string(const Diagnostic& diagnostic);

class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// Collects while reading goes on.
class Diagnostics {
 public:
  void error(const Place& place, std::string message, std::string hint = {});
  /// Not wrong, but hardly what is meant: told beside the results.
  void warning(const Place& place, std::string message, std::string hint = {});
  const std::vector<Diagnostic>& warnings() const { return warnings_; }
  bool empty() const { return list_.empty(); }
  /// By place, without doubles.
  std::vector<Diagnostic> sorted() const;
  /// Throws ConfigError if there is anything to tell.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> list_;
  std::vector<Diagnostic> warnings_;
  bool overflow_ = false;
};

/// The candidate nearest to `written` if it is near enough to be a slip, else empty.
std::string nearest(const std::string& written, const std::vector<std::string>& candidates);

/// `did you mean "x"?`, or the list of what is possible when nothing is near.
std::string suggestion(const std::string& written, const std::vector<std::string>& candidates);

/// "a, b, c", shortened when it is long.
std::string join(const std::vector<std::string>& words);

}  // namespace antares::platforms
