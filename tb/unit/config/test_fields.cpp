// SPDX-License-Identifier: Apache-2.0
// The lists of fields themselves: what a reader of the code is promised about each key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/field_values.h"
#include "antares/platforms/config/json_schema.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;
using testing::HasSubstr;

enum class Colour { red = 3, blue = 5 };

struct Inner {
  std::int32_t offset = -1;
  template <class Visitor>
  static void fields(Visitor& visit) {
    visit("offset", &Inner::offset, "Signed").range(-10, 10);
  }
};

struct Everything {
  bool flag = false;
  std::int64_t whole = 0;
  std::uint8_t small = 0;
  double delay_ns = 0;
  std::string text;
  Colour colour = Colour::red;
  Inner inner{7};
  std::vector<Inner> inners;
  std::vector<Colour> colours;
  std::optional<double> maybe_us;
  std::optional<Inner> maybe_inner;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = Everything;
    const auto colours = {std::pair<const char*, Colour>{"red", Colour::red},
                          std::pair<const char*, Colour>{"blue", Colour::blue}};
    visit("flag", &C::flag, "A flag");
    visit("whole", &C::whole, "A whole number");
    visit("small", &C::small, "A small number");
    visit("delay_ns", &C::delay_ns, "A delay").range(0, 1e6);
    visit("text", &C::text, "A text").one_of({"a", "b"});
    visit("colour", &C::colour, "A colour").names(colours);
    visit("inner", &C::inner, "A struct");
    visit("inners", &C::inners, "Structs");
    visit("colours", &C::colours, "Colours").names(colours);
    visit("maybe_us", &C::maybe_us, "Perhaps a time");
    visit("maybe_inner", &C::maybe_inner, "Perhaps a struct");
  }
};

std::string read(const std::string& text, Everything& everything) {
  Diagnostics diagnostics;
  const Node root = parse_yaml(text, "t", diagnostics);
  Binder(diagnostics).bind(root, everything);
  return diagnostics.empty() ? "" : ConfigError(diagnostics.sorted()).what();
}

TEST(Fields, ReachEveryKindOfMember) {
  Everything e;
  EXPECT_EQ(read("{flag: true, whole: -5, small: 255, delay_ns: 2 us, text: b, colour: blue,"
                 " inner: {offset: -3}, inners: [{}, {offset: 2}], colours: [blue, red],"
                 " maybe_us: 3 ms, maybe_inner: {offset: 4}}",
                 e),
            "");
  EXPECT_TRUE(e.flag);
  EXPECT_EQ(e.whole, -5);
  EXPECT_EQ(e.small, 255);
  EXPECT_EQ(e.delay_ns, 2000);
  EXPECT_EQ(e.text, "b");
  EXPECT_EQ(e.colour, Colour::blue);
  EXPECT_EQ(e.inner.offset, -3);
  ASSERT_EQ(e.inners.size(), 2u);
  EXPECT_EQ(e.inners[0].offset, -1);
  EXPECT_EQ(e.inners[1].offset, 2);
  EXPECT_EQ(e.colours, (std::vector<Colour>{Colour::blue, Colour::red}));
  EXPECT_EQ(e.maybe_us, 3000);
  ASSERT_TRUE(e.maybe_inner);
  EXPECT_EQ(e.maybe_inner->offset, 4);
}

TEST(Fields, TypesBoundWhatHasNoRange) {
  Everything e;
  EXPECT_THAT(read("{small: 256}", e), HasSubstr("256 is out of range; right would be 0..255"));
  EXPECT_THAT(read("{whole: 9223372036854775808}", e), HasSubstr("out of range"));
  EXPECT_THAT(read("{inner: {offset: -11}}", e), HasSubstr("right would be -10..10"));
  EXPECT_THAT(read("{text: c}", e), HasSubstr("right would be one of a, b"));
  EXPECT_THAT(read("{colour: 3}", e), HasSubstr("possible: red, blue"));
  EXPECT_EQ(e.small, 0) << "what doesn't fit leaves the default in place";
}

TEST(Fields, DefaultsOfAnInnerStructAreThoseOfItsOwner) {
  const StructFields& fields = protocols::struct_fields<Everything>();
  const auto* inner = static_cast<const Inner*>(fields.find("inner")->at(fields.defaults.get()));
  EXPECT_EQ(inner->offset, 7);
}

/// Calls `check` for each scalar field below, with the default that a user gets.
template <class Check>
void each_scalar(const StructFields& structure, const void* object, const std::string& path,
                 const Check& check) {
  for (const FieldInfo& field : structure.fields) {
    const FieldType* type = field.type;
    const void* value = object == nullptr ? nullptr : field.at(object);
    while (type->kind() == FieldKind::list || type->kind() == FieldKind::optional) {
      value = value != nullptr && type->size(value) > 0 ? type->at(const_cast<void*>(value), 0)
                                                        : nullptr;
      type = type->element();
    }
    const std::string here = join_path(path, field.key);
    if (type->kind() == FieldKind::structure) {
      const StructFields& inner = *type->structure();
      each_scalar(inner, value == nullptr ? inner.defaults.get() : value, here, check);
    } else {
      check(field, *type, value, here);
    }
  }
}

void each_platform_scalar(const std::function<void(const FieldInfo&, const FieldType&, const void*,
                                                   const std::string&)>& check) {
  const StructFields& platform = protocols::struct_fields<PlatformConfig>();
  each_scalar(platform, platform.defaults.get(), {}, check);
}

TEST(PlatformFields, DefaultsAreLegal) {
  each_platform_scalar([](const FieldInfo& field, const FieldType& type, const void* value,
                          const std::string& path) {
    if (value == nullptr || field.required) return;
    const auto complaint = check_value(field, type, type.get(value));
    EXPECT_FALSE(complaint) << path << ": " << complaint->message;
  });
}

TEST(PlatformFields, EachIsExplainedAndBounded) {
  each_platform_scalar(
      [](const FieldInfo& field, const FieldType& type, const void*, const std::string& path) {
        EXPECT_GE(field.doc.size(), 4u) << path;
        if (type.kind() == FieldKind::number) {
          EXPECT_TRUE(field.low || !field.one_of.empty()) << path << " has no range";
        }
        if (type.kind() == FieldKind::choice) {
          EXPECT_FALSE(field.names.empty()) << path << " has no names";
        }
        if (!field.source.empty()) {
          EXPECT_EQ(field.source.rfind("public: ", 0), 0u) << path;
        }
      });
}

TEST(PlatformFields, KeysAreUniqueInAStruct) {
  for (const StructFields* structure :
       {&protocols::struct_fields<PlatformConfig>(), &protocols::struct_fields<PortGroup>(),
        &protocols::struct_fields<TrafficWorkload>()})
    for (const FieldInfo& field : structure->fields)
      EXPECT_EQ(structure->find(field.key), &field) << field.key;
}

TEST(ParameterTable, ListsEachKey) {
  const std::string table = parameter_table_markdown();
  each_platform_scalar(
      [&](const FieldInfo& field, const FieldType&, const void*, const std::string&) {
        EXPECT_THAT(table, HasSubstr("| `" + field.key + "` |"));
      });
  EXPECT_THAT(table, HasSubstr("### switches[].ports[].pcie"));
}

TEST(Quote, IsReadBackAsWritten) {
  for (const std::string text :
       {"plain",       "true",        "",   "a b", "3",       "x: y", "#c",  "\"q\"",
        "back\\slash", "line\nbreak", "\t", "~",   "null",    "[a]",  "{a}", "*a",
        "&a",          "!a",          "-",  "- a", "\xc3\xa9"}) {
    const Node node = parse_yaml_value(quote(text), "t");
    ASSERT_TRUE(node.is_scalar()) << quote(text);
    EXPECT_EQ(node.text, text) << quote(text);
  }
}

}  // namespace
}  // namespace antares::platforms
