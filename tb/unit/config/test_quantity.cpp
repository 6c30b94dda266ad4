// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "antares/platforms/config/quantity.h"

namespace antares::platforms {
namespace {

TEST(UnitOfKey, IsTheLastWord) {
  EXPECT_EQ(unit_of_key("latency_ns"), "ns");
  EXPECT_EQ(unit_of_key("memory_rate_GBps"), "GBps");
  EXPECT_EQ(unit_of_key("bytes"), "bytes");
  EXPECT_EQ(unit_of_key("count"), "");
  EXPECT_EQ(unit_of_key("outstanding_reads"), "");
  EXPECT_EQ(unit_of_key("s"), "");
}

TEST(ParseQuantity, TakesAnyUnitOfTheSameKind) {
  const struct {
    const char* text;
    const char* unit;
    double value;
  } cases[] = {
      {"12", "ns", 12},
      {"1.5 us", "ns", 1500},
      {"1.5us", "ns", 1500},
      {"500 ps", "ns", 0.5},
      {"2 ms", "us", 2000},
      {"1 s", "ps", 1e12},
      {"256 KiB", "bytes", 256 * 1024.0},
      {"64KiB", "bytes", 65536},
      {"1GiB", "bytes", 1073741824.0},
      {"2 MB", "bytes", 2e6},
      {"1e6", "bytes", 1e6},
      {"64 GT/s", "GTps", 64},
      {"2500 MT/s", "GTps", 2.5},
      {"128 GB/s", "GBps", 128},
      {"800 Gb/s", "GBps", 100},
      {"1.5 cm", "mm", 15},
      {" 7 ", "", 7},
      {"-3", "", -3},
      {".5", "", 0.5},
  };
  for (const auto& c : cases) {
    const Quantity quantity = parse_quantity(c.text, c.unit);
    EXPECT_TRUE(quantity.ok) << c.text << ": " << quantity.problem;
    // All factors are whole numbers and all values have few digits: no rounding is left to allow.
    EXPECT_EQ(static_cast<double>(quantity.value), c.value) << c.text;
    EXPECT_EQ(quantity.rounded, c.value) << c.text;
  }
}

TEST(ParseQuantity, RefusesWithAReason) {
  const struct {
    const char* text;
    const char* unit;
    const char* says;
  } cases[] = {
      {"5 GB", "ns", "wrong unit"}, {"5 lightyears", "mm", "unknown unit"},
      {"5 ns", "", "unit"},         {"1_000", "", "no number"},
      {"1,5", "ns", "no number"},   {"010", "", "octal"},
      {"0x10", "", "not decimal"},  {"nan", "ns", "no finite"},
      {"-.inf", "ns", "no finite"}, {"1e999", "ns", "too large"},
      {"", "ns", "empty"},          {"ns", "ns", "no number"},
      {"true", "", "no number"},    {"1.5.2", "", "unit"},
      {"--3", "", "no number"},     {".", "", "no number"},
  };
  for (const auto& c : cases) {
    const Quantity quantity = parse_quantity(c.text, c.unit);
    EXPECT_FALSE(quantity.ok) << c.text;
    EXPECT_NE(quantity.problem.find(c.says), std::string::npos)
        << c.text << " says: " << quantity.problem;
  }
}

TEST(ParseQuantity, NamesTheRightUnits) {
  const Quantity quantity = parse_quantity("5 GB", "ns");
  for (const char* unit : {"ps", "ns", "us", "ms"})
    EXPECT_NE(quantity.hint.find(unit), std::string::npos) << quantity.hint;
  EXPECT_EQ(parse_quantity("1_000_000", "").hint, "write it without separators: 1000000");
}

TEST(ParseQuantity, KeepsLargeIntegersExact) {
  const Quantity quantity = parse_quantity("18446744073709551615", "");
  ASSERT_TRUE(quantity.ok);
  EXPECT_EQ(static_cast<std::uint64_t>(quantity.value), 18446744073709551615u);
}

TEST(FormatNumber, ReadsBackAsTheSameValue) {
  for (const double value : {0.1, 1.0 / 3, 350.0, 1e-9, 12345678.9, 1e300, 0.30000000000000004})
    EXPECT_EQ(parse_quantity(format_number(value), "").rounded, value);
}

}  // namespace
}  // namespace antares::platforms
