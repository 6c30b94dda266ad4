// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_json.h"

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

PlanJson::PlanJson(std::string_view text, std::string file)
    : file_(std::move(file)), places_(text) {
  try {
    content_ = Json::parse(text);
  } catch (const Json::parse_error& problem) {
    const TextPlace place = text_place(text, problem.byte == 0 ? 0 : problem.byte - 1);
    throw TraceError(file_ + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) +
                     ": not valid JSON" +
                     (problem.byte > text.size() ? ": the file ends here" : ""));
  } catch (const Json::exception&) {
    throw TraceError(file_ + ": not valid JSON: a number in it is too large");
  }
}

std::string PlanJson::place(const std::string& path) const {
  const TextPlace place = places_.find(path);
  return file_ + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) +
         (path.empty() ? "" : ": " + path);
}

void PlanJson::fail(const std::string& path, const std::string& what) const {
  throw TraceError(place(path) + ": " + what);
}

const PlanJson::Json& PlanJson::at(const Json& object, const char* key,
                                   const std::string& path) const {
  if (!object.is_object()) fail(path, "expected an object");
  const auto found = object.find(key);
  if (found == object.end()) fail(path, std::string("there is no ") + key);
  return *found;
}

const PlanJson::Json& PlanJson::list(const Json& object, const char* key,
                                     const std::string& path) const {
  const Json& value = at(object, key, path);
  if (!value.is_array()) fail(path, std::string(key) + ": expected a list");
  return value;
}

std::string PlanJson::word(const Json& object, const char* key, const std::string& path) const {
  const Json& value = at(object, key, path);
  if (!value.is_string()) fail(path, std::string(key) + ": expected a text");
  return value.get<std::string>();
}

std::uint64_t PlanJson::number(const Json& value, const std::string& path, std::uint64_t least,
                               std::uint64_t most) const {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
      value.get<std::uint64_t>() > most)
    fail(path,
         "expected a whole number of " + std::to_string(least) + " to " + std::to_string(most));
  return value.get<std::uint64_t>();
}

std::uint64_t PlanJson::optional_number(const Json& object, const char* key) const {
  const auto found = object.find(key);
  if (found == object.end()) return 0;
  if (!found->is_number_unsigned()) fail(key, "expected a whole number of bytes");
  return found->get<std::uint64_t>();
}

}  // namespace antares::platforms
