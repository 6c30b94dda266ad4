// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/json_places.h"

namespace antares::platforms {

TextPlace JsonPlaces::find(std::string path) {
  for (;;) {
    if (find_from_here(path)) return value_;
    restart();
    if (find_from_here(path)) return value_;
    restart();
    if (path.empty()) return {};
    const std::size_t cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
}

bool JsonPlaces::find_from_here(const std::string& path) {
  if (started_ && path_ == path) return true;
  while (next())
    if (path_ == path) return true;
  return false;
}

void JsonPlaces::restart() {
  at_ = 0;
  place_ = value_ = {};
  path_.clear();
  levels_.clear();
  started_ = false;
}

void JsonPlaces::skip(std::size_t end) {
  for (; at_ < end && at_ < text_.size(); ++at_) {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
  }
}

void JsonPlaces::skip_space() {
  const std::size_t end = text_.find_first_not_of(" \t\r\n,:", at_);
  skip(end == std::string_view::npos ? text_.size() : end);
}

std::string_view JsonPlaces::word() {
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
  skip(end + 1);
  return text_.substr(begin, std::min(end, text_.size()) - begin);
}

// at_ is behind the beginning of a list or object, or behind a value of one.
bool JsonPlaces::next() {
  for (;;) {
    skip_space();
    if (at_ >= text_.size()) return false;
    const char first = text_[at_];
    if (first == '}' || first == ']') {
      skip(at_ + 1);
      if (!levels_.empty()) levels_.pop_back();
      continue;
    }
    if (started_) {
      if (levels_.empty()) return false;
      Level& level = levels_.back();
      path_.resize(level.path_length);
      if (level.is_list) {
        path_ += "[" + std::to_string(level.index++) + "]";
      } else {
        if (!path_.empty()) path_ += ".";
        path_ += word();
        skip_space();
        if (at_ >= text_.size()) return false;
      }
    }
    started_ = true;
    value_ = place_;
    const char kind = text_[at_];
    if (kind == '{' || kind == '[') {
      levels_.push_back({path_.size(), kind == '[', 0});
      skip(at_ + 1);
    } else if (kind == '"') {
      word();
    } else {
      const std::size_t end = text_.find_first_of(",]} \t\r\n", at_);
      skip(end == std::string_view::npos ? text_.size() : end);
    }
    return true;
  }
}

}  // namespace antares::platforms
