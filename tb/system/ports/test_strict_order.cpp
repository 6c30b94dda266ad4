// SPDX-License-Identifier: Apache-2.0
// UALink's two orders, simulated: a write that waits for data credits of the device's receiver is
// overtaken by a read of another 256 B region, which needs none; not by one of its own region, and
// in strict mode by nobody.
#include <gtest/gtest.h>

#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using protocols::CreditFault;
using protocols::PortId;
using protocols::TrafficClass;
using protocols::VcId;

class BlockedWrite : public testing::TestWithParam<bool> {};

TEST_P(BlockedWrite, IsOvertakenInAnotherRegionUnlessOrderIsStrict) {
  const bool strict = GetParam();
  ReportGuard reports;
  protocols::UalinkLinkConfig link;
  link.strict_ordering = strict;
  constexpr unsigned kWriteBytes = 256;
  constexpr unsigned kFit = 2;
  link.request_data_credits = kFit * kWriteBytes / 64;
  const auto policy = std::make_shared<protocols::UalinkPolicy>(link);
  Fabric rig(mixed_switch({policy, policy}));
  auto& port = rig.fabric.port(PortId(1)).adapter();
  constexpr Picoseconds kStuck = 1'000'000;
  constexpr Picoseconds kReleased = 20'000'000;
  at(1000, [&] {
    for (const auto& [kind, when] : {std::pair{CreditFault::Kind::stick, kStuck},
                                     std::pair{CreditFault::Kind::release, kReleased}})
      port.schedule_credit_fault({kind, VcId(0), TrafficClass::non_posted, {}}, false, when);
  });
  unsigned char data[kWriteBytes] = {};
  constexpr std::uint64_t kRegionA = kFit * kWriteBytes;
  constexpr std::uint64_t kRegionB = kRegionA + kWriteBytes;
  at(kStuck + 1000, [&] {
    auto& device = rig.initiator(0);
    // Two that fit, the one that waits, and two reads behind it.
    for (unsigned i = 0; i <= kFit; ++i)
      device.begin_in_turn(device.make(
          tlm::TLM_WRITE_COMMAND, window(1) + std::uint64_t{i} * kWriteBytes, data, kWriteBytes));
    device.begin_in_turn(device.make(tlm::TLM_READ_COMMAND, window(1) + kRegionA, data, 64));
    device.begin_in_turn(device.make(tlm::TLM_READ_COMMAND, window(1) + kRegionB, data, 64));
  });
  struct Arrival {
    bool read;
    std::uint64_t address;
    Picoseconds at_ps;
  };
  std::vector<Arrival> arrivals;
  rig.target(1).on_request = [&](tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, auto&) {
    arrivals.push_back({payload.is_read(), payload.get_address(), now_ps()});
    rig.target(1).serve(payload);
    phase = tlm::BEGIN_RESP;
    return tlm::TLM_UPDATED;
  };
  sc_core::sc_start();
  ASSERT_EQ(arrivals.size(), kFit + 3);
  const auto place = [&](bool read, std::uint64_t address) {
    for (std::size_t i = 0; i < arrivals.size(); ++i)
      if (arrivals[i].read == read && arrivals[i].address == address) return i;
    ADD_FAILURE() << "not there: " << address;
    return arrivals.size();
  };
  const std::size_t blocked = place(false, kRegionA);
  EXPECT_GT(arrivals[blocked].at_ps, kReleased);
  EXPECT_GT(place(true, kRegionA), blocked) << "of the same region: never";
  const std::size_t other = place(true, kRegionB);
  if (strict) {
    EXPECT_GT(other, blocked);
  } else {
    EXPECT_LT(other, blocked);
    EXPECT_LT(arrivals[other].at_ps, kReleased);
  }
  EXPECT_EQ(rig.initiator(0).responses(), kFit + 3);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Orders, BlockedWrite, testing::Bool(), [](const auto& instance) {
  return instance.param ? std::string("strict") : std::string("by_region");
});

}  // namespace
}  // namespace antares::tb
