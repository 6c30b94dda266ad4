// SPDX-License-Identifier: Apache-2.0
// The schema and the reader follow from one list: what one takes the other takes, what one refuses
// for its form the other refuses.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/dump.h"
#include "antares/platforms/config/json_schema.h"
#include "tb/unit/config/description_text.h"
#include "tb/unit/config/yaml_to_json.h"

namespace antares::platforms {
namespace {

/// Empty when valid, else what the validator says.
std::string complaints(const std::string& text) {
  // A valijson::Schema can't be moved: it is filled where it stays.
  static const std::unique_ptr<const valijson::Schema> parsed = [] {
    const nlohmann::json document = nlohmann::json::parse(schema().dump());
    auto result = std::make_unique<valijson::Schema>();
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(document), *result);
    return result;
  }();
  const nlohmann::json document = yaml_to_json(text);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(*parsed, valijson::adapters::NlohmannJsonAdapter(document), &results))
    return {};
  std::string all;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& step : error.context) all += step;
    all += ": " + error.description + "\n";
  }
  return all.empty() ? "invalid" : all;
}

TEST(JsonSchema, TakesEveryShippedDescriptionAndItsDump) {
  for (const ShippedDescription& shipped : list_descriptions()) {
    std::ifstream file(shipped.path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(complaints(text.str()), "") << shipped.name;
    EXPECT_EQ(complaints(dump(load_platform(shipped.path))), "") << shipped.name;
  }
}

TEST(JsonSchema, TakesWhatTheReaderTakes) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"seed: 7", "seed: 7"},
           {"propagation_ns: 5", "propagation_ns: 1.5 us"},
           {"propagation_ns: 5", "propagation_ns: 0"},
           {"bytes: [4 KiB, 1 MiB]", "bytes: 64KiB"},
           {"bytes: [4 KiB, 1 MiB]", "bytes: ['2 MB', 1000000]"},
           {"seed: 7", "train_bytes: 64 KiB"},
           {"name: small", "name: small\ndescription: 5"}}) {
    const std::string text = small_description(before, after);
    EXPECT_TRUE(mistakes(text).empty()) << after << ": " << mistakes(text)[0];
    EXPECT_EQ(complaints(text), "") << after;
  }
}

TEST(JsonSchema, RefusesWhatTheReaderRefuses) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"seed: 7", "sede: 7"},
           {"seed: 7", "seed: -1"},
           {"seed: 7", "seed: 1.5"},
           {"seed: 7", "seed: text"},
           {"seed: 7", "seed: [7]"},
           {"seed: 7", "seed: 7\nobserve: {scoreboard: yes}"},
           {"antares: 1", "antares: 2"},
           {"antares: 1\n", ""},
           {"lanes: 32", "lanes: 0"},
           {"generation: 6", "generation: 7"},
           {"propagation_ns: 5", "propagation_ns: 5 GB"},
           {"propagation_ns: 5", "propagation_ns: -5"},
           {"kind: traffic", "kind: trafic"},
           {"name: small", "name: a b"},
           {"packets: [{bytes: 256}]", "packets: []"},
           {"packets: [{bytes: 256}]", "packets: [{weight: 1}]"},
           {"bytes: [4 KiB, 1 MiB]", "bytes: [4 KiB, 0]"},
           {"bytes: [4 KiB, 1 MiB]", "bytes: [4 KiB, 5 ns]"}}) {
    const std::string text = small_description(before, after);
    EXPECT_FALSE(mistakes(text).empty()) << after;
    EXPECT_NE(complaints(text), "") << after;
  }
}

/// Calls `check` for each property with its path.
template <class Check>
void each_property(const nlohmann::ordered_json& part, const std::string& path,
                   const Check& check) {
  if (!part.is_object()) return;
  if (part.contains("properties"))
    for (const auto& [key, property] : part["properties"].items()) {
      check(property, path + "." + key);
      each_property(property, path + "." + key, check);
    }
  if (part.contains("items")) each_property(part["items"], path + "[]", check);
}

TEST(JsonSchema, SaysForEachKeyWhatThereIsToSay) {
  const auto whole = schema();
  EXPECT_EQ(whole["$schema"], "http://json-schema.org/draft-07/schema#");
  std::size_t count = 0;
  std::size_t assumed = 0;
  each_property(whole, "", [&](const nlohmann::ordered_json& property, const std::string& path) {
    ++count;
    EXPECT_TRUE(property.contains("description")) << path;
    if (property.contains("x-assumption")) ++assumed;
    if (path.size() > 3 && path.compare(path.size() - 3, 3, "_ns") == 0) {
      EXPECT_EQ(property.value("x-unit", ""), "ns") << path;
    }
  });
  EXPECT_GT(count, 100u);
  EXPECT_GT(assumed, 30u);
  const auto& crossbar =
      whole["properties"]["switches"]["items"]["properties"]["crossbar"]["properties"];
  EXPECT_EQ(crossbar["output_speedup"]["default"], 2);
  EXPECT_EQ(crossbar["queueing"]["default"], "voq");
}

}  // namespace
}  // namespace antares::platforms
