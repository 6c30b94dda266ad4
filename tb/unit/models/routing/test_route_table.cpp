// SPDX-License-Identifier: Apache-2.0
// Windows: edges, translation, and every kind of mistake named.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "antares/models/routing/route_table.h"

namespace antares::models {
namespace {

AddressWindow window(std::uint64_t base, std::uint64_t size, std::uint16_t port = 0) {
  return {base, size, protocols::EndpointId(port), protocols::PortId(port), 0x500};
}

TEST(RouteTable, AWindowHoldsItsFirstAndItsLastByteAndNothingBeyond) {
  RouteTable table;
  EXPECT_EQ(table.find(0, 1), nullptr);
  table.add(window(0x2000, 0x1000, 2));
  table.add(window(0x1000, 0x1000, 1));
  ASSERT_NE(table.find(0x1000, 1), nullptr);
  EXPECT_EQ(table.find(0x1FFF, 1)->port.value(), 1);
  EXPECT_EQ(table.find(0x2000, 0x1000)->port.value(), 2);
  EXPECT_EQ(table.find(0x1FFF, 2), nullptr) << "over the border of two windows";
  EXPECT_EQ(table.find(0xFFF, 1), nullptr);
  EXPECT_EQ(table.find(0x3000, 1), nullptr);
  EXPECT_EQ(table.find(0x2FFF, ~0ull), nullptr) << "a length that wraps";
  EXPECT_EQ(table.find(0x1004, 4)->to_local(0x1004), 0x504u);
  EXPECT_EQ(table.find(0x1004, 4)->to_global(0x504), 0x1004u);
}

TEST(RouteTable, TheLastByteOfTheAddressSpaceCanBeMapped) {
  RouteTable table;
  table.add(window(~0ull - 0xFFF, 0x1000));
  EXPECT_NE(table.find(~0ull, 1), nullptr);
  EXPECT_EQ(table.find(~0ull, 2), nullptr);
}

TEST(RouteTable, OverlapsNameBothWindows) {
  for (const auto& [base, size] : {std::pair{0x1000ull, 0x1000ull},
                                   {0xFFFull, 2ull},
                                   {0x1FFFull, 2ull},
                                   {0ull, 0x10000ull},
                                   {0x1800ull, 1ull}}) {
    RouteTable table;
    table.add(window(0x1000, 0x1000));
    try {
      table.add(window(base, size));
      ADD_FAILURE() << "accepted " << base;
    } catch (const std::invalid_argument& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("0x0000000000001000 - 0x0000000000001fff"), std::string::npos) << text;
    }
    EXPECT_EQ(table.windows().size(), 1u);
  }
}

TEST(RouteTable, EmptyAndWrappingWindowsAreRefused) {
  RouteTable table;
  EXPECT_THROW(table.add(window(0x1000, 0)), std::invalid_argument);
  EXPECT_THROW(table.add(window(~0ull, 2)), std::invalid_argument);
}

TEST(RouteTable, SeveralPortsMayLeadToOneEndpointEquallyWell) {
  RouteTable table;
  const protocols::EndpointId far(7), near(2);
  EXPECT_THROW(table.add_way(far, protocols::PortId(1)), std::invalid_argument) << "no first one";
  table.add_id(far, protocols::PortId(4));
  table.add_id(near, protocols::PortId(0));
  EXPECT_TRUE(table.ways_to(far).empty()) << "no choice";
  table.add_way(far, protocols::PortId(1));
  table.add_way(far, protocols::PortId(5));
  table.add_way(far, protocols::PortId(1));
  EXPECT_EQ(table.ways_to(far),
            (std::vector{protocols::PortId(4), protocols::PortId(1), protocols::PortId(5)}));
  EXPECT_EQ(table.port_of(far), protocols::PortId(4));
  EXPECT_TRUE(table.ways_to(near).empty());
  EXPECT_TRUE(table.ways_to(protocols::EndpointId(900)).empty());
}

// As for a port that moves on another switch: the others and their ways stay, and so does the
// virtual channel that keeps its ways apart.
TEST(RouteTable, ForgetsOneEndpointAndItsWaysOnly) {
  RouteTable table;
  const protocols::EndpointId gone(7), stays(2);
  for (const auto& [endpoint, base] : {std::pair{gone, 0x1000u}, std::pair{stays, 0x2000u}}) {
    AddressWindow window;
    window.base = base;
    window.size_bytes = 0x1000;
    window.endpoint = endpoint;
    window.port = protocols::PortId(4);
    table.add(window);
    table.add_id(endpoint, protocols::PortId(4));
    table.add_way(endpoint, protocols::PortId(1));
    table.set_channel(endpoint, protocols::VcId(3));
  }
  table.remove(gone);
  EXPECT_EQ(table.find(0x1000, 1), nullptr);
  EXPECT_EQ(table.window_of(gone), nullptr);
  EXPECT_FALSE(table.knows(gone));
  EXPECT_TRUE(table.ways_to(gone).empty());
  EXPECT_EQ(table.channel_to(gone), protocols::VcId(3));
  ASSERT_NE(table.find(0x2000, 1), nullptr);
  EXPECT_EQ(table.port_of(stays), protocols::PortId(4));
  EXPECT_EQ(table.ways_to(stays).size(), 2u);
  table.remove(protocols::EndpointId(900));  // nobody's
  EXPECT_EQ(table.windows().size(), 1u);
}

}  // namespace
}  // namespace antares::models
