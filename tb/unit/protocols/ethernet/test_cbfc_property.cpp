// SPDX-License-Identifier: Apache-2.0
// Credit-based flow control over a link that loses packets and credit returns: the receiver never
// overflows, the sender never starves for good, and in the end every credit is home. Runs far past
// the wrap-around of the 20-bit counters. Exact.
#include <gtest/gtest.h>

#include <deque>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ethernet/cbfc_receiver.h"
#include "antares/protocols/ethernet/cbfc_sender.h"

namespace antares::protocols {
namespace {

struct InFlight {
  std::uint64_t arrives = 0;
  std::uint32_t vc = 0;
  std::uint32_t bytes = 0;
  std::vector<std::uint32_t> cc_update;  ///< not a packet but a repair, if not empty
};

TEST(CbfcProperty, NoOverflowAndAllCreditsHomeWhateverIsLost) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random(seed, "cbfc");
    const auto below = [&random](std::uint64_t n) {
      return static_cast<std::uint32_t>(random.uniform_below(n));
    };
    CbfcConfig config;
    config.cf_min_spacing_bytes = 800;
    config.cf_max_spacing_bytes = 16384;
    config.cc_timer_us = 1;
    const std::vector<std::uint32_t> limits = {200 + below(500), 200 + below(500)};
    CbfcSender sender(config, limits, 300 + below(500));
    CbfcReceiver receiver(config, limits);
    std::deque<InFlight> line;
    std::deque<InFlight> buffer;
    std::uint64_t lost_credits = 0;
    std::uint64_t credits_sent = 0;
    constexpr std::uint64_t kSlots = 200'000;  // of 10 ns and 1000 B
    for (std::uint64_t slot = 0; slot < kSlots + 2000; ++slot) {
      if (slot * 10'000 >= sender.next_cc_update_ps()) {
        line.push_back({slot + 20, 0, 0, sender.cc_update(slot * 10'000)});
        if (slot < kSlots && random.bernoulli(0.2)) line.pop_back();  // lost as well
      }
      InFlight packet{slot + 20, below(2), 1 + below(4096), {}};
      if (slot < kSlots && sender.send(packet.vc, packet.bytes)) {
        credits_sent += cbfc_credits(config, packet.bytes);
        if (random.bernoulli(0.02)) {
          lost_credits += cbfc_credits(config, packet.bytes);
        } else {
          line.push_back(packet);
        }
      }
      while (!line.empty() && line.front().arrives <= slot) {
        if (!line.front().cc_update.empty()) {
          receiver.receive_cc_update(line.front().cc_update);
        } else {
          ASSERT_TRUE(receiver.arrive(line.front().vc, line.front().bytes));
          buffer.push_back(line.front());
        }
        line.pop_front();
      }
      if (!buffer.empty() && random.bernoulli(0.9)) {
        ASSERT_TRUE(receiver.leave(buffer.front().vc, buffer.front().bytes));
        buffer.pop_front();
      }
      const auto update = receiver.cf_update(slot * 1000);
      // After the end nothing is lost any more, so that the last word arrives.
      if (update && (slot >= kSlots || !random.bernoulli(0.3))) {
        sender.receive_cf_update(update->vc, update->freed);
      }
    }
    EXPECT_GT(credits_sent, 2u << 20) << "the counters have wrapped";
    EXPECT_GT(lost_credits, 0u);
    EXPECT_EQ(receiver.counters().repaired_credits, lost_credits);
    EXPECT_EQ(sender.counters().bad_cf_updates, 0u);
    EXPECT_EQ(receiver.counters().bad_cc_updates, 0u);
    for (const std::uint32_t vc : {0u, 1u}) {
      EXPECT_EQ(sender.in_use(vc), 0u);
      EXPECT_EQ(receiver.held(vc), 0u);
      EXPECT_EQ(sender.consumed(vc), receiver.consumed(vc));
      EXPECT_EQ(sender.freed(vc), receiver.freed(vc));
    }
    EXPECT_EQ(sender.port_in_use(), 0u);
  }
}

TEST(CbfcProperty, LostReturnsDelayButLoseNothing) {
  CbfcSender sender({}, {8}, 0);
  CbfcReceiver receiver({}, {8});
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(sender.send(0, 128));
    ASSERT_TRUE(receiver.arrive(0, 128));
    ASSERT_TRUE(receiver.leave(0, 128));
    // Seven of eight returns are lost.
    const auto update = receiver.cf_update(static_cast<std::uint64_t>(i) * 6400);
    ASSERT_TRUE(update.has_value());
    if (i == 7) sender.receive_cf_update(0, update->freed);
  }
  EXPECT_EQ(sender.in_use(0), 0u);
}

TEST(CbfcProperty, GarbageIsContained) {
  RandomStream random(5, "cbfc garbage");
  const auto word = [&random] {
    return static_cast<std::uint32_t>(random.uniform_below(1ull << 32));
  };
  CbfcSender sender({}, {100, 50}, 120);
  CbfcReceiver receiver({}, {100, 50});
  for (int i = 0; i < 200'000; ++i) {
    sender.send(word() % 3, word() % 9000);
    sender.receive_cf_update(word() % 3, random.bernoulli(0.5) ? word() : word() % 256);
    receiver.arrive(word() % 3, word() % 9000);
    receiver.leave(word() % 3, word() % 9000);
    receiver.receive_cc_update({word() % 512, word() % 512});
    receiver.cf_update(static_cast<std::uint64_t>(i) * 100);
    ASSERT_LE(sender.in_use(0), 100u);
    ASSERT_LE(sender.in_use(1), 50u);
    ASSERT_EQ(sender.port_in_use(), sender.in_use(0) + sender.in_use(1));
    ASSERT_LE(receiver.held(0), 100u);
    ASSERT_LE(receiver.held(1), 50u);
  }
}

}  // namespace
}  // namespace antares::protocols
