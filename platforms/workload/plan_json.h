// SPDX-License-Identifier: Apache-2.0
// JSON of a collective plan: values by name and kind, refused with line, column and path where they
// are not what was expected. No time here.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "antares/platforms/workload/json_places.h"

namespace antares::platforms {

class PlanJson {
 public:
  using Json = nlohmann::ordered_json;

  /// `file` is only named in messages. Throws TraceError where the text is no JSON.
  PlanJson(std::string_view text, std::string file);

  const Json& content() const { return content_; }
  /// "file:line:column: path".
  std::string place(const std::string& path) const;
  [[noreturn]] void fail(const std::string& path, const std::string& what) const;

  const Json& at(const Json& object, const char* key, const std::string& path) const;
  const Json& list(const Json& object, const char* key, const std::string& path) const;
  std::string word(const Json& object, const char* key, const std::string& path) const;
  std::uint64_t number(const Json& value, const std::string& path, std::uint64_t least,
                       std::uint64_t most) const;
  std::uint32_t number(const Json& value, const std::string& path, std::uint32_t most) const {
    return static_cast<std::uint32_t>(number(value, path, 0, most));
  }
  std::uint32_t number(const Json& object, const char* key, const std::string& path,
                       std::uint32_t most) const {
    return number(at(object, key, path), path.empty() ? key : path + "." + key, most);
  }
  std::uint64_t optional_number(const Json& object, const char* key) const;

 private:
  std::string file_;
  mutable JsonPlaces places_;
  Json content_;
};

}  // namespace antares::platforms
