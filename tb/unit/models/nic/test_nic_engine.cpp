// SPDX-License-Identifier: Apache-2.0
// The card's own arithmetic: each part by its formula, and what the queues add. Expected values are
// written from the parameters; tolerance 0.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "antares/models/nic/nic_engine.h"

namespace antares::models {
namespace {

using protocols::PacketKind;

constexpr Picoseconds kMemory = 350'000;

/// Every number another, so that none can stand for another; 40 GB/s is 25 ps a byte.
NicConfig distinct() {
  NicConfig config;
  config.post_ns = 101;
  config.doorbell_ns = 203;
  config.wqe_fetch_ns = 547;
  config.dma_read_latency_ns = 409;
  config.dma_write_latency_ns = 211;
  config.dma_rate_GBps = 40;
  config.tx_pipeline_ns = 151;
  config.rx_pipeline_ns = 157;
  config.cqe_write_ns = 199;
  config.poll_ns = 53;
  config.message_gap_ns = 7;
  return config;
}

NicWork store(std::uint32_t bytes) { return NicWork::of(PacketKind::write, bytes); }
NicWork load(std::uint32_t bytes) { return NicWork::of(PacketKind::read, bytes); }

std::map<std::string, Picoseconds> parts_of(const NicEngine& engine, NicLeg leg,
                                            const NicWork& work, bool ok = true) {
  const auto parts = engine.parts(leg, work, ok);
  return {parts.begin(), parts.end()};
}

TEST(NicEngine, AStorePaysForPostingReadingAndPackets) {
  const NicEngine engine(distinct(), kMemory);
  const auto post = parts_of(engine, NicLeg::post, store(256));
  EXPECT_EQ(post.at("post"), 101'000u);
  EXPECT_EQ(post.at("doorbell"), 203'000u);
  EXPECT_EQ(post.at("wqe_fetch"), 547'000u);
  EXPECT_EQ(post.at("payload_read_latency"), 409'000u + kMemory);
  EXPECT_EQ(post.at("payload_read"), 256u * 25);
  EXPECT_EQ(post.at("tx_pipeline"), 151'000u);
  const auto deliver = parts_of(engine, NicLeg::deliver, store(256));
  EXPECT_EQ(deliver.at("rx_pipeline"), 157'000u);
  EXPECT_EQ(deliver.at("dma_latency"), 211'000u);
  EXPECT_EQ(deliver.at("dma"), 256u * 25);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::answer, store(256)), 151'000u);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::complete, store(256)), 157'000u + 199'000 + 53'000);
}

TEST(NicEngine, ALoadPaysForTheDataOnItsWayBack) {
  const NicEngine engine(distinct(), kMemory);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::post, load(4096)), 101'000u + 203'000 + 547'000 + 151'000);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::deliver, load(4096)), 157'000u + 409'000 + 4096 * 25);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::answer, load(4096)), 151'000u);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::complete, load(4096)),
            157'000u + 211'000 + 4096 * 25 + 199'000 + 53'000);
  // An error brings no data to write.
  EXPECT_EQ(engine.unloaded_ps(NicLeg::complete, load(4096), false), 157'000u + 199'000 + 53'000);
}

TEST(NicEngine, AnAtomicCarriesItsOperandsInTheWorkRequest) {
  const NicEngine engine(distinct(), kMemory);
  const auto work = NicWork::of(PacketKind::atomic, 8);
  EXPECT_EQ(parts_of(engine, NicLeg::post, work).at("payload_read_latency"), 0u);
  EXPECT_EQ(parts_of(engine, NicLeg::complete, work).at("dma"), 8u * 25);
}

TEST(NicEngine, InlineRequestsAreNeitherFetchedNorRead) {
  NicConfig config = distinct();
  config.inline_bytes = 64;
  const NicEngine engine(config, kMemory);
  const Picoseconds rung = 101'000 + 203'000;
  EXPECT_EQ(engine.unloaded_ps(NicLeg::post, store(64)), rung + 151'000);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::post, load(4096)), rung + 151'000);
  EXPECT_EQ(engine.unloaded_ps(NicLeg::post, store(65)),
            rung + 547'000 + 409'000 + kMemory + 65 * 25 + 151'000);
}

TEST(NicEngine, OnlyOneChunkIsNotHiddenBehindTheWire) {
  NicConfig config = distinct();
  config.dma_chunk_bytes = 1024;
  const NicEngine engine(config, kMemory);
  EXPECT_EQ(parts_of(engine, NicLeg::post, store(1 << 20)).at("payload_read"), 1024u * 25);
  EXPECT_EQ(parts_of(engine, NicLeg::deliver, store(1 << 20)).at("dma"), 1024u * 25);
}

TEST(NicEngine, TheTimeOfABrokenRateIsRoundedUpOnce) {
  NicConfig config = distinct();
  config.dma_rate_GBps = 63;  // 15.873 ps a byte
  const NicEngine engine(config, 0);
  EXPECT_EQ(parts_of(engine, NicLeg::deliver, store(1000)).at("dma"), 15'873u);
  EXPECT_EQ(parts_of(engine, NicLeg::deliver, store(1)).at("dma"), 16u);
}

TEST(NicEngine, PartsAddUpAndTimedCallsAgreeWhenNobodyIsThere) {
  for (const std::uint32_t bytes : {1u, 64u, 256u, 4096u, 4097u, 1u << 20}) {
    for (const NicWork& work : {store(bytes), load(bytes)}) {
      NicEngine engine(distinct(), kMemory);
      for (const NicLeg leg : {NicLeg::post, NicLeg::deliver, NicLeg::answer, NicLeg::complete}) {
        const auto parts = engine.parts(leg, work);
        const auto sum = std::accumulate(
            parts.begin(), parts.end(), Picoseconds{0},
            [](Picoseconds so_far, const auto& part) { return so_far + part.second; });
        EXPECT_EQ(engine.unloaded_ps(leg, work), sum);
      }
      constexpr Picoseconds start = 1'000'001;
      const Picoseconds fetched = engine.post(work, start);
      EXPECT_EQ(engine.depart(work, fetched), start + engine.unloaded_ps(NicLeg::post, work));
      EXPECT_EQ(engine.outstanding(), 1u);
      NicEngine target(distinct(), kMemory);
      const Picoseconds apart = target.receive(work, start);
      EXPECT_EQ(target.received_bytes(), work.out_bytes);
      EXPECT_EQ(target.deliver(work, apart), start + target.unloaded_ps(NicLeg::deliver, work));
      const Picoseconds returned = start + engine.rx_pipeline_ps();
      EXPECT_EQ(engine.complete(work, true, returned),
                start + engine.unloaded_ps(NicLeg::complete, work));
      engine.completed();
      EXPECT_EQ(engine.outstanding(), 0u);
    }
  }
}

TEST(NicEngine, TheSendQueueIsFullAtItsDepth) {
  NicConfig config = distinct();
  config.send_queue_depth = 2;
  NicEngine engine(config, 0);
  engine.post(store(64), 0);
  EXPECT_FALSE(engine.send_queue_full());
  engine.post(store(64), 0);
  EXPECT_TRUE(engine.send_queue_full());
  engine.completed();
  EXPECT_FALSE(engine.send_queue_full());
}

TEST(NicEngine, MessagesKeepTheirDistance) {
  NicEngine engine(distinct(), 0);
  const Picoseconds first = engine.post(load(64), 0);
  EXPECT_EQ(engine.post(load(64), 0), first + 7'000);
  EXPECT_EQ(engine.post(load(64), 0), first + 14'000);
  // One that comes late enough waits for nobody.
  EXPECT_EQ(engine.post(load(64), 100'000), first + 100'000);
  const Picoseconds served = engine.receive(load(64), 0);
  EXPECT_EQ(engine.receive(load(64), 0), served + 7'000);
}

TEST(NicEngine, InlineRequestsDoNotPassFetchedOnes) {
  NicConfig config = distinct();
  config.inline_bytes = 64;
  NicEngine engine(config, 0);
  const Picoseconds large = engine.post(store(4096), 0);
  EXPECT_EQ(engine.post(store(64), 0), large);
  const Picoseconds departed = engine.depart(store(4096), large);
  EXPECT_EQ(engine.depart(store(64), large), departed);
}

TEST(NicEngine, DmaServesOneMessageAtATimeInEachDirection) {
  NicEngine engine(distinct(), 0);
  const Picoseconds first = engine.depart(store(4096), 0);
  EXPECT_EQ(engine.depart(store(4096), 0), first + 4096 * 25);
  // A load that is served reads from memory too, and waits for both.
  EXPECT_EQ(engine.deliver(load(64), 0), 2u * 4096 * 25 + 64 * 25 + 409'000);
  // The other direction is free: only the order of accesses holds this store back.
  NicEngine other(distinct(), 0);
  other.depart(store(4096), 0);
  EXPECT_EQ(other.deliver(store(64), 0), 64u * 25 + 211'000);
}

TEST(NicEngine, AReadSeesWhatWasWrittenBeforeIt) {
  NicConfig config = distinct();
  config.dma_write_latency_ns = 5000;
  NicEngine engine(config, 0);
  const Picoseconds written = engine.deliver(store(64), 0);
  EXPECT_EQ(engine.deliver(load(64), 10), written);
}

TEST(NicEngine, TheReceiveBufferTakesOneMessageWhateverItsSize) {
  NicConfig config = distinct();
  config.receive_buffer_bytes = 4096;
  NicEngine engine(config, 0);
  EXPECT_FALSE(engine.receive_buffer_full(store(8192)));
  engine.receive(store(4000), 0);
  EXPECT_FALSE(engine.receive_buffer_full(store(96)));
  EXPECT_TRUE(engine.receive_buffer_full(store(97)));
  EXPECT_FALSE(engine.receive_buffer_full(load(4096)));  // carries nothing to keep
  engine.delivered(4000);
  EXPECT_FALSE(engine.receive_buffer_full(store(8192)));
}

}  // namespace
}  // namespace antares::models
