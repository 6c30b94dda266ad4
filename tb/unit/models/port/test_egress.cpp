// SPDX-License-Identifier: Apache-2.0
// The transmit side of a port and of its device, without a kernel: room, ordering, a class that
// waits for credits, trains. Times follow from the ideal link: 16 B a nanosecond, packets of 256 B.
#include <gtest/gtest.h>

#include <vector>

#include "antares/models/port/completion_timer.h"
#include "antares/models/port/device_queue.h"
#include "antares/models/port/egress_side.h"
#include "antares/protocols/ideal/ideal_policy.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::models {
namespace {

using protocols::TrafficClass;

TEST(EgressQueue, RoomComesWhenTheLinkHasSentAndIsComputedAhead) {
  EgressQueue queue(1000, 1);
  const unsigned posted = protocols::queue_index(protocols::VcId(0), TrafficClass::posted);
  const unsigned completion = protocols::queue_index(protocols::VcId(0), TrafficClass::completion);
  EXPECT_EQ(queue.room_at(posted, 5000, 7), 7u) << "an empty queue takes any train";
  queue.take_room(posted, 600);
  EXPECT_EQ(queue.room_at(posted, 400, 7), 7u);
  EXPECT_EQ(queue.room_at(posted, 401, 7), kNever) << "nobody knows when";
  EXPECT_EQ(queue.room_at(completion, 401, 7), 7u) << "classes have queues of their own";
  queue.leaves(posted, 600, 90);
  EXPECT_EQ(queue.room_at(posted, 401, 7), 90u);
  EXPECT_EQ(queue.room_at(posted, 401, 90), 90u);
}

struct Sink : EgressClient {
  void train_sent(Packet& packet, const Sent& train) override {
    ids.push_back(packet.id);
    sent.push_back(train);
  }
  bool train_dropped(Packet& packet) override {
    dropped.push_back(packet.id);
    return true;
  }
  void pump_egress_at(Picoseconds at_ps) override { pump_ps = at_ps; }
  std::uint64_t address_of(const Packet&) override { return 0; }
  void egress_room_again(Picoseconds) override { ++room; }
  std::vector<std::uint64_t> ids;
  std::vector<std::uint64_t> dropped;
  std::vector<Sent> sent;
  Picoseconds pump_ps = kNever;
  unsigned room = 0;
};

Packet packet(std::uint64_t id, PacketKind kind, std::uint32_t bytes,
              const protocols::LinkPolicy& policy) {
  Packet made;
  made.id = id;
  made.kind = kind;
  made.bytes = bytes;
  policy.classify(made);
  return made;
}

Transfer crossed_at_100(EgressSide& side, const Packet& packet) {
  Transfer transfer;
  transfer.granted_ps = transfer.first_packet_left_ps = transfer.left_ps = transfer.tail_ps = 100;
  transfer.cost = &side.cost(packet);
  return transfer;
}

TEST(EgressSide, AClassWithoutCreditsWaitsAndOthersPass) {
  protocols::PcieLinkConfig config;
  config.non_posted_header_credits = 1;
  const protocols::PciePolicy policy(config);
  Sink sink;
  EgressSide side(policy, 1000, 100'000, 50, sink);
  Packet packets[] = {
      packet(0, PacketKind::read, 64, policy), packet(1, PacketKind::read, 64, policy),
      packet(2, PacketKind::write, 64, policy), packet(3, PacketKind::completion, 64, policy)};
  for (Packet& each : packets) side.accept(each, crossed_at_100(side, each));
  EXPECT_EQ(sink.ids, (std::vector<std::uint64_t>{0, 2, 3})) << "posted and completions pass reads";
  EXPECT_TRUE(side.queue().anything_waits());
  side.give_back(packets[0], 700'000, 700'000);
  side.pump(500'000);
  EXPECT_EQ(sink.pump_ps, 700'000u) << "looks again when the credit is home";
  side.pump(700'000);
  EXPECT_EQ(sink.ids.back(), 1u);
  EXPECT_EQ(sink.sent.back().start_ps, 700'000u);
}

TEST(EgressSide, NothingPassesAPostedWriteThatWaits) {
  protocols::PcieLinkConfig config;
  config.posted_header_credits = 1;
  const protocols::PciePolicy policy(config);
  Sink sink;
  EgressSide side(policy, 0, 100'000, 0, sink);
  Packet packets[] = {
      packet(0, PacketKind::write, 64, policy), packet(1, PacketKind::write, 64, policy),
      packet(2, PacketKind::read, 64, policy), packet(3, PacketKind::completion, 64, policy)};
  for (Packet& each : packets) side.accept(each, crossed_at_100(side, each));
  EXPECT_EQ(sink.ids, (std::vector<std::uint64_t>{0}));
  side.give_back(packets[0], 5'000, 5'000);
  side.pump(5'000);
  EXPECT_EQ(sink.ids, (std::vector<std::uint64_t>{0, 1, 2, 3})) << "in the order they came";
}

TEST(EgressSide, ADeadLinkDropsWhatWaitsAndWhatComesAndHoldsUpNobody) {
  protocols::PcieLinkConfig config;
  config.non_posted_header_credits = 1;
  const protocols::PciePolicy policy(config);
  Sink sink;
  EgressSide side(policy, 0, 600, 0, sink);
  Packet packets[] = {
      packet(0, PacketKind::read, 64, policy), packet(1, PacketKind::read, 64, policy),
      packet(2, PacketKind::read, 64, policy), packet(3, PacketKind::read, 64, policy)};
  side.accept(packets[0], crossed_at_100(side, packets[0]));
  side.accept(packets[1], crossed_at_100(side, packets[1]));
  side.set_dropping(true, 500'000);
  side.drop_waiting();
  EXPECT_EQ(sink.ids, (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(sink.dropped, (std::vector<std::uint64_t>{1}));
  EXPECT_FALSE(side.queue().anything_waits());
  EXPECT_EQ(side.room_at(packets[2], 500'000), 500'000u);
  side.accept(packets[2], crossed_at_100(side, packets[2]));
  EXPECT_EQ(sink.dropped, (std::vector<std::uint64_t>{1, 2}));
  side.set_dropping(false, 900'000);
  side.give_back(packets[0], 800'000, 800'000);
  side.accept(packets[3], crossed_at_100(side, packets[3]));
  side.pump(900'000);
  EXPECT_EQ(sink.ids, (std::vector<std::uint64_t>{0, 3})) << "room and credits are all there again";
}

TEST(CompletionTimer, ExpiresInOrderAndForgetsInAny) {
  CompletionTimer timer(1000);
  Transaction transactions[4];
  for (unsigned i = 0; i < 4; ++i) timer.watch(transactions[i], 10 * i);
  EXPECT_EQ(timer.next_ps(), 1000u);
  timer.forget(transactions[1]);
  timer.forget(transactions[0]);
  EXPECT_EQ(timer.next_ps(), 1020u) << "the two before it are answered";
  timer.forget(transactions[0]);  // twice is once
  EXPECT_EQ(&timer.take(), &transactions[2]);
  timer.watch(transactions[0], 500);
  EXPECT_EQ(&timer.take(), &transactions[3]);
  EXPECT_EQ(timer.next_ps(), 1500u);
  timer.forget(transactions[0]);
  EXPECT_TRUE(timer.empty());
}

TEST(PlaceTrain, ASlowSourceMovesTheReservationNotTheHead) {
  const protocols::IdealPolicy policy;  // 62.5 ps a byte, flits of 16 B, no header
  Packet train = packet(0, PacketKind::write, 1024, policy);
  const TrainCost cost = train_cost(policy, train);
  const Picoseconds occupancy = 1024 * 1000 / 16;
  protocols::LinkTiming fast(policy.rate());
  const Sent alone = place_train(fast, cost, Supply{100, 0}, 100, 30);
  EXPECT_EQ(alone.start_ps, 100u);
  EXPECT_EQ(alone.free_ps, 100 + occupancy);
  EXPECT_EQ(alone.tail_ps, 100 + occupancy + 30);
  EXPECT_EQ(alone.head_ps, 100 + 1000 + 30u) << "one flit of 16 B";
  protocols::LinkTiming fed(policy.rate());
  const Sent slow = place_train(fed, cost, Supply{100, 200'000}, 100, 30);
  EXPECT_EQ(slow.head_ps, alone.head_ps);
  EXPECT_EQ(slow.free_ps, 200'000u) << "busy for its occupancy, ending with the source";
  EXPECT_EQ(slow.tail_ps, 200'000 + 30u);
  EXPECT_EQ(fed.busy_ps(), occupancy);
}

class Device : public testing::Test {
 protected:
  protocols::PcieLinkConfig config = [] {
    protocols::PcieLinkConfig small;
    small.non_posted_header_credits = 1;
    return small;
  }();
  protocols::PciePolicy policy{config};
  LinkTransmitter link{policy, 1000, policy.receiver_credits()};
  DeviceQueue queue{link, policy};
  Transaction transactions[8];

  void enqueue(unsigned i, PacketKind kind, std::uint32_t bytes, Picoseconds ready_ps) {
    transactions[i].kind = kind;
    transactions[i].bytes = bytes;
    SendJob job;
    job.transaction = &transactions[i];
    job.bytes = bytes;
    job.ready_ps = ready_ps;
    job.response = kind == PacketKind::completion;
    job.traffic_class = kind == PacketKind::read    ? TrafficClass::non_posted
                        : kind == PacketKind::write ? TrafficClass::posted
                                                    : TrafficClass::completion;
    job.lane = static_cast<std::uint8_t>(protocols::queue_index(job.vc, job.traffic_class));
    queue.enqueue(job);
  }
};

TEST_F(Device, CutsTrainsBehindEachOtherAndMarksTheLast) {
  queue.set_train_limit(TrafficClass::posted, {1024, 0});
  enqueue(0, PacketKind::write, 2500, 500);
  std::vector<std::uint32_t> bytes;
  Picoseconds free_ps = 500;
  while (!queue.empty()) {
    Packet train;
    const Launched launched = queue.launch(train);
    ASSERT_TRUE(launched.any);
    EXPECT_EQ(launched.sent.start_ps, free_ps);
    EXPECT_EQ((train.flags & protocols::kLastTrain) != 0, launched.job_done);
    free_ps = launched.sent.free_ps;
    bytes.push_back(train.bytes);
  }
  EXPECT_EQ(bytes, (std::vector<std::uint32_t>{1024, 1024, 452}));
}

// 100 bytes before a page ends: a link packet ends there, and so would a train of whole ones.
TEST_F(Device, WhatIsNoMoreThanATrainIsOneWhereverItBegins) {
  const auto trains_of = [this](std::uint32_t limit, std::uint32_t bytes) {
    queue.set_train_limit(TrafficClass::posted, {limit, 0});
    transactions[0].global_address = 4096 - 100;
    enqueue(0, PacketKind::write, bytes, 0);
    std::vector<std::uint32_t> trains;
    while (!queue.empty()) {
      Packet train;
      if (!queue.launch(train).any) break;
      trains.push_back(train.bytes);
      link.give_back(train.vc, train.traffic_class, link.cost(train).demand, 0, 0);
    }
    return trains;
  };
  const std::uint32_t unit = policy.max_link_payload_bytes(PacketKind::write);
  EXPECT_EQ(trains_of(4 * unit, 4 * unit), (std::vector<std::uint32_t>{4 * unit}));
  EXPECT_GT(trains_of(4 * unit, 4 * unit + 1).size(), 1u);
  EXPECT_EQ(trains_of(unit, unit), (std::vector<std::uint32_t>{100, unit - 100}))
      << "a train of one link packet is one";
}

// A read asks for as much as a train may bring, whatever its requests are: their number counts.
TEST_F(Device, SmallReadRequestsFillATrainAsFarAsTheirNumberFits) {
  const std::uint32_t unit = policy.max_link_payload_bytes(PacketKind::read);
  ASSERT_GE(unit, 128u);
  transactions[0].request_bytes = static_cast<std::uint16_t>(unit / 2);
  const auto first_train_of = [&](std::uint32_t read_requests) {
    queue.set_train_limit(TrafficClass::non_posted, {8 * unit, read_requests});
    SendJob job;
    job.transaction = &transactions[0];
    transactions[0].kind = PacketKind::read;
    job.bytes = 64 * unit;
    job.traffic_class = TrafficClass::non_posted;
    return queue.next_train_bytes(job);
  };
  EXPECT_EQ(first_train_of(0), 4 * unit);  // 8 requests, as of the largest
  EXPECT_EQ(first_train_of(12), 6 * unit);
  EXPECT_EQ(first_train_of(100), 8 * unit);  // no more bytes than any train
}

TEST_F(Device, QueuesThatCouldStartAtOnceTakeTurns) {
  for (unsigned i = 0; i < 3; ++i) enqueue(i, PacketKind::completion, 64, 0);
  for (unsigned i = 3; i < 6; ++i) enqueue(i, PacketKind::write, 64, 0);
  std::vector<long> order;
  while (!queue.empty()) {
    Packet train;
    order.push_back(queue.launch(train).transaction - transactions);
  }
  EXPECT_EQ(order, (std::vector<long>{0, 3, 1, 4, 2, 5}))
      << "writes do not wait behind the completions that came before them";
}

TEST_F(Device, AReadWithoutCreditsLetsWritesPassAndGoesWhenACreditIsPromised) {
  enqueue(0, PacketKind::read, 64, 0);
  enqueue(1, PacketKind::read, 64, 0);
  enqueue(2, PacketKind::write, 64, 0);
  Packet first, second, third;
  EXPECT_EQ(queue.launch(first).transaction, &transactions[0]);
  EXPECT_EQ(queue.launch(second).transaction, &transactions[2]);
  EXPECT_TRUE(queue.blocked_on_credits());
  EXPECT_FALSE(queue.launch(third).any);
  link.ledger().give_back(first.vc, first.traffic_class, link.cost(first).demand, 90'000, 90'000);
  const Launched late = queue.launch(third);
  EXPECT_EQ(late.transaction, &transactions[1]);
  EXPECT_EQ(late.sent.start_ps, 90'000u);
}

TEST_F(Device, ATrainThatWaitsForPromisedCreditsDoesNotTakeTheLinkFromAnotherClass) {
  enqueue(0, PacketKind::read, 64, 0);
  enqueue(1, PacketKind::read, 64, 0);
  Packet first, second, third;
  ASSERT_TRUE(queue.launch(first, 0).any);
  link.ledger().give_back(first.vc, first.traffic_class, link.cost(first).demand, 90'000, 90'000);
  const Launched early = queue.launch(second, 10'000);
  EXPECT_FALSE(early.any);
  EXPECT_EQ(early.retry_ps, 90'000u);
  EXPECT_TRUE(queue.blocked_on_credits());
  enqueue(2, PacketKind::write, 64, 20'000);
  EXPECT_EQ(queue.launch(second, 20'000).sent.start_ps, 20'000u);  // the write goes at once
  EXPECT_EQ(queue.launch(third, 90'000).transaction, &transactions[1]);
}

}  // namespace
}  // namespace antares::models
