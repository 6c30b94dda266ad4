// SPDX-License-Identifier: Apache-2.0
// Bit sets against the obvious loop over single bits.
#include <gtest/gtest.h>

#include "antares/models/crossbar/bit_matrix.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {
namespace {

constexpr unsigned kWidths[] = {1, 2, 3, 63, 64, 65, 127, 128, 160, 320};

BitRow random_row(unsigned columns, double density, protocols::RandomStream& stream) {
  BitRow row(columns);
  for (unsigned c = 0; c < columns; ++c) {
    if (stream.bernoulli(density)) row.set(c);
  }
  return row;
}

int slow_first_from(const BitRow& row, const BitRow& mask, unsigned from) {
  for (unsigned k = 0; k < row.columns(); ++k) {
    const unsigned c = (from + k) % row.columns();
    if (row.test(c) && mask.test(c)) return static_cast<int>(c);
  }
  return -1;
}

TEST(BitMatrix, SearchCountSelectAndVisitAgreeWithSingleBits) {
  protocols::RandomStream stream(1, "bits");
  for (const unsigned columns : kWidths) {
    for (const double density : {0.0, 0.01, 0.3, 1.0}) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        const BitRow row = random_row(columns, density, stream);
        const BitRow mask = random_row(columns, 0.7, stream);
        const unsigned words = row.words();
        for (unsigned from = 0; from < columns; ++from) {
          ASSERT_EQ(first_from(row.data(), mask.data(), words, from),
                    slow_first_from(row, mask, from))
              << columns << " columns from " << from;
        }
        std::vector<unsigned> expected, visited;
        for (unsigned c = 0; c < columns; ++c) {
          if (row.test(c) && mask.test(c)) expected.push_back(c);
        }
        for_each(row.data(), mask.data(), words, [&](unsigned c) { visited.push_back(c); });
        EXPECT_EQ(visited, expected);
        ASSERT_EQ(count(row.data(), mask.data(), words), expected.size());
        for (unsigned rank = 0; rank < expected.size(); ++rank) {
          EXPECT_EQ(select_bit(row.data(), mask.data(), words, rank),
                    static_cast<int>(expected[rank]));
        }
      }
    }
  }
}

TEST(BitMatrix, FullRowHasNoBitBeyondTheLastColumn) {
  for (const unsigned columns : kWidths) {
    const BitRow row(columns, true);
    EXPECT_EQ(count(row.data(), row.data(), row.words()), columns);
  }
}

TEST(BitMatrix, RowsDoNotTouchEachOther) {
  for (const unsigned columns : kWidths) {
    BitMatrix matrix(3, columns);
    matrix.set(1, columns - 1);
    matrix.set(1, 0);
    EXPECT_FALSE(matrix.any(0));
    EXPECT_TRUE(matrix.any(1));
    EXPECT_FALSE(matrix.any(2));
    EXPECT_TRUE(matrix.test(1, columns - 1));
    matrix.clear(1, columns - 1);
    EXPECT_EQ(matrix.test(1, 0), columns > 1);
    matrix.clear_row(1);
    EXPECT_FALSE(matrix.any(1));
  }
}

}  // namespace
}  // namespace antares::models
