// SPDX-License-Identifier: Apache-2.0
// Tables that tell of the same thing tell it in the same words.
#include <gtest/gtest.h>

#include <map>

#include "antares/platforms/report/columns.h"

namespace antares::platforms {
namespace {

TEST(Columns, OfCollectivesAtOnceAreThoseOfCollectives) {
  std::map<std::string, const Column<CollectiveRow>*> alone;
  for (const auto& column : collective_columns()) alone[column.name] = &column;
  CollectiveRow collective;
  collective.algorithm = "ring";
  collective.size_bytes = 4096;
  collective.busbw_GBps = 1.5;
  ConcurrentRow row;
  row.collective = collective;
  unsigned shared = 0;
  for (const auto& column : concurrent_columns()) {
    const auto same = alone.find(column.name);
    if (same == alone.end() || column.name == std::string("time_us")) continue;
    ++shared;
    EXPECT_STREQ(column.definition, same->second->definition) << column.name;
    EXPECT_STREQ(column.unit, same->second->unit) << column.name;
    EXPECT_EQ(column.value(row), same->second->value(collective)) << column.name;
  }
  // All of a collective's but its time (a mean here), the wire's rate (of all together) and
  // latency.
  EXPECT_EQ(shared + 3, alone.size());
}

}  // namespace
}  // namespace antares::platforms
