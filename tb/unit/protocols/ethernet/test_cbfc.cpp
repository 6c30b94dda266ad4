// SPDX-License-Identifier: Apache-2.0
// Credit-based flow control rule by rule: cost, limits, spacing, timer, and how wrong counts are
// contained. All exact.
#include <gtest/gtest.h>

#include <stdexcept>

#include "antares/protocols/ethernet/cbfc_receiver.h"
#include "antares/protocols/ethernet/cbfc_sender.h"

namespace antares::protocols {
namespace {

TEST(CbfcCost, SizeAndOverheadRoundedUpToCredits) {
  CbfcConfig config;
  EXPECT_EQ(cbfc_credits(config, 1), 1u);
  EXPECT_EQ(cbfc_credits(config, 128), 1u);
  EXPECT_EQ(cbfc_credits(config, 129), 2u);
  config.packet_overhead_bytes = 127;
  EXPECT_EQ(cbfc_credits(config, 2), 2u);
  config.packet_overhead_bytes = -16;
  EXPECT_EQ(cbfc_credits(config, 144), 1u);
  EXPECT_EQ(cbfc_credits(config, 145), 2u);
  EXPECT_EQ(cbfc_credits(config, 0), 1u) << "never for nothing";
  config.packet_overhead_bytes = 127;
  EXPECT_EQ(cbfc_credits(config, ~0u), (0xffffffffull + 127 + 127) / 128);
}

TEST(CbfcSender, SendsUpToTheLimitOfTheVcAndOfThePort) {
  CbfcSender sender({}, {3, 3}, 4);
  EXPECT_TRUE(sender.send(0, 256));
  EXPECT_FALSE(sender.can_send(0, 256)) << "2 + 2 > 3";
  EXPECT_TRUE(sender.send(0, 100));
  EXPECT_FALSE(sender.can_send(1, 256)) << "port: 3 + 2 > 4";
  EXPECT_TRUE(sender.send(1, 128));
  EXPECT_FALSE(sender.send(1, 1));
  EXPECT_FALSE(sender.send(2, 1)) << "there is no VC 2";
  EXPECT_EQ(sender.counters().refused_sends, 2u);
  EXPECT_EQ(sender.port_in_use(), 4u);
  sender.receive_cf_update(0, 2);
  EXPECT_EQ(sender.in_use(0), 1u);
  EXPECT_TRUE(sender.send(1, 256));
  EXPECT_EQ(sender.most_in_use(0), 3u);
  EXPECT_EQ(sender.counters().most_in_use, 4u);
}

TEST(CbfcSender, LimitsFromZeroToTwentyBits) {
  CbfcSender none({}, {0}, 0);
  EXPECT_FALSE(none.can_send(0, 1));
  CbfcConfig config;
  config.credit_bytes = 32;
  constexpr std::uint32_t kMost = (1u << 20) - 1;
  CbfcSender all(config, {kMost}, kMost);
  EXPECT_TRUE(all.send(0, kMost * 32));
  EXPECT_EQ(all.in_use(0), kMost);
  EXPECT_FALSE(all.can_send(0, 1)) << "not mistaken for an empty counter";
  all.receive_cf_update(0, kMost);
  EXPECT_EQ(all.in_use(0), 0u);
  EXPECT_FALSE(all.can_send(0, ~0u));
  EXPECT_THROW(CbfcSender({}, {1u << 20}, 0), std::invalid_argument);
  EXPECT_THROW(CbfcSender({}, {1}, 1u << 20), std::invalid_argument);
  EXPECT_THROW(CbfcSender({}, {}, 0), std::invalid_argument);
  EXPECT_THROW(CbfcSender({}, std::vector<std::uint32_t>(33, 1), 0), std::invalid_argument);
  EXPECT_THROW(CbfcReceiver({}, {1u << 20}), std::invalid_argument);
  EXPECT_THROW(CbfcReceiver({}, {}), std::invalid_argument);
}

TEST(CbfcSender, WrongFreedCountsAreCountedAndIgnored) {
  CbfcSender sender({}, {10}, 0);
  sender.send(0, 512);
  sender.receive_cf_update(0, 5);  // 4 are in use
  sender.receive_cf_update(0, 1u << 20);
  sender.receive_cf_update(0, kCbfcCounterMask);
  sender.receive_cf_update(7, 0);
  EXPECT_EQ(sender.counters().bad_cf_updates, 4u);
  EXPECT_EQ(sender.in_use(0), 4u);
  sender.receive_cf_update(0, 3);
  sender.receive_cf_update(0, 3);
  EXPECT_EQ(sender.in_use(0), 1u) << "the same count twice frees once";
  sender.receive_cf_update(0, 2);
  EXPECT_EQ(sender.in_use(0), 1u) << "an older count";
  EXPECT_EQ(sender.counters().bad_cf_updates, 5u);
  EXPECT_EQ(sender.counters().cf_updates_received, 7u);
}

TEST(CbfcSender, TheRepairTimerIsTight) {
  CbfcConfig config;
  config.cc_timer_us = 256;
  CbfcSender sender(config, {10, 10}, 0);
  EXPECT_EQ(sender.next_cc_update_ps(), 256'000'000u);
  sender.send(1, 300);
  EXPECT_EQ(sender.cc_update(256'000'000), (std::vector<std::uint32_t>{0, 3}));
  EXPECT_EQ(sender.next_cc_update_ps(), 512'000'000u);
  EXPECT_EQ(sender.counters().cc_updates_sent, 1u);
}

TEST(CbfcReceiver, FreesOnlyWhatItHolds) {
  CbfcReceiver receiver({}, {4, 4});
  EXPECT_TRUE(receiver.arrive(0, 256));
  EXPECT_TRUE(receiver.leave(0, 256));
  EXPECT_FALSE(receiver.leave(0, 256)) << "twice";
  EXPECT_FALSE(receiver.leave(1, 1));
  EXPECT_FALSE(receiver.leave(9, 1));
  EXPECT_EQ(receiver.counters().bad_frees, 3u);
  EXPECT_EQ(receiver.freed(0), 2u);
  EXPECT_TRUE(receiver.arrive(1, 512));
  EXPECT_FALSE(receiver.arrive(1, 1)) << "beyond what was promised";
  EXPECT_FALSE(receiver.arrive(9, 1));
  EXPECT_EQ(receiver.counters().overflowing_packets, 2u);
}

TEST(CbfcReceiver, ReturnsAreSpacedAndRepeated) {
  CbfcConfig config;
  config.cf_min_spacing_bytes = 800;
  config.cf_max_spacing_bytes = 16384;
  CbfcReceiver receiver(config, {100, 100});
  EXPECT_FALSE(receiver.cf_update(16383).has_value()) << "nothing to say yet";
  receiver.arrive(0, 100);
  receiver.arrive(1, 100);
  EXPECT_FALSE(receiver.cf_update(1000).has_value());
  receiver.leave(0, 100);
  receiver.leave(1, 100);
  EXPECT_EQ(receiver.cf_update(1000)->vc, 0u);
  EXPECT_FALSE(receiver.cf_update(1799).has_value());
  const auto second = receiver.cf_update(1800);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->vc, 1u);
  EXPECT_EQ(second->freed, 1u);
  EXPECT_FALSE(receiver.cf_update(1800 + 16383).has_value());
  EXPECT_EQ(receiver.cf_update(1800 + 16384)->vc, 0u) << "repeated, VC by VC";
  EXPECT_EQ(receiver.cf_update(1800 + 2 * 16384)->vc, 1u);
}

TEST(CbfcReceiver, RepairsWhatNeverArrived) {
  CbfcSender sender({}, {10}, 0);
  CbfcReceiver receiver({}, {10});
  sender.send(0, 512);
  sender.send(0, 256);
  receiver.arrive(0, 256);  // the first packet was lost
  receiver.receive_cc_update(sender.cc_update(0));
  EXPECT_EQ(receiver.counters().repaired_credits, 4u);
  sender.receive_cf_update(0, receiver.cf_update(0)->freed);
  EXPECT_EQ(sender.in_use(0), 2u) << "the packet that is there";
  receiver.receive_cc_update(sender.cc_update(0));
  EXPECT_EQ(receiver.counters().repaired_credits, 4u) << "repaired once";
}

TEST(CbfcReceiver, ImpossibleRepairsAreCountedAndIgnored) {
  CbfcReceiver receiver({}, {10, 10});
  receiver.arrive(0, 512);
  receiver.receive_cc_update({11, 0});
  receiver.receive_cc_update({3, 0});  // less than has arrived
  receiver.receive_cc_update({1u << 20, 0});
  receiver.receive_cc_update({4});
  receiver.receive_cc_update({});
  EXPECT_EQ(receiver.counters().bad_cc_updates, 5u);
  EXPECT_EQ(receiver.held(0), 4u);
  EXPECT_EQ(receiver.freed(0), 0u);
  receiver.receive_cc_update({10, 0});
  EXPECT_EQ(receiver.counters().repaired_credits, 6u) << "the largest loss the limit allows";
}

}  // namespace
}  // namespace antares::protocols
