// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "antares/models/observe/observe.h"

namespace antares::models {
namespace {

class Recorder : public PacketListener {
 public:
  void on(const PacketEvent& event) override {
    heard.push_back(event.packet_id);
    if (then) then();
  }
  std::vector<std::uint64_t> heard;
  std::function<void()> then;
};

PacketEvent event_of(std::uint64_t id) {
  PacketEvent event;
  event.packet_id = id;
  return event;
}

TEST(Observe, IsActiveWhileAnybodyListens) {
  Observe observe;
  Recorder recorder;
  EXPECT_FALSE(observe.active(PacketWhat::granted));
  observe.emit(event_of(1));
  observe.add_listener(recorder);
  observe.add_listener(recorder);
  EXPECT_TRUE(observe.active(PacketWhat::granted));
  observe.emit(event_of(2));
  observe.remove_listener(recorder);
  EXPECT_FALSE(observe.active(PacketWhat::granted));
  observe.emit(event_of(3));
  EXPECT_EQ(recorder.heard, std::vector<std::uint64_t>{2});
}

TEST(Observe, ListenersMayComeAndGoWhileAnEventIsTold) {
  Observe observe;
  Recorder first, second, third;
  observe.add_listener(first);
  observe.add_listener(second);
  first.then = [&] {
    observe.remove_listener(first);
    observe.remove_listener(second);
    observe.add_listener(third);
  };
  observe.emit(event_of(1));
  observe.emit(event_of(2));
  EXPECT_EQ(first.heard, std::vector<std::uint64_t>{1});
  EXPECT_TRUE(second.heard.empty());
  EXPECT_EQ(third.heard, std::vector<std::uint64_t>{2});
}

class Picky : public Recorder {
 public:
  std::uint32_t wants() const override { return bit_of(PacketWhat::delivered); }
};

TEST(Observe, EachHearsWhatItWantsWhoeverElseListens) {
  Observe observe;
  Recorder all;
  Picky picky;
  const auto emit = [&](PacketWhat what, std::uint64_t id) {
    PacketEvent event = event_of(id);
    event.what = what;
    observe.emit(event);
  };
  observe.add_listener(picky);
  EXPECT_FALSE(observe.active(PacketWhat::granted));
  emit(PacketWhat::granted, 1);
  emit(PacketWhat::delivered, 2);
  observe.add_listener(all);
  emit(PacketWhat::granted, 3);
  emit(PacketWhat::delivered, 4);
  observe.remove_listener(picky);
  emit(PacketWhat::delivered, 5);
  EXPECT_EQ(picky.heard, (std::vector<std::uint64_t>{2, 4}));
  EXPECT_EQ(all.heard, (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST(Observe, ASoleListenerMayLeaveAndBringAnotherWhileItIsTold) {
  Observe observe;
  Recorder first, second;
  first.then = [&] {
    observe.add_listener(second);
    observe.remove_listener(first);
    observe.emit(event_of(2));
  };
  observe.add_listener(first);
  observe.emit(event_of(1));
  observe.emit(event_of(3));
  EXPECT_EQ(first.heard, std::vector<std::uint64_t>{1});
  EXPECT_EQ(second.heard, (std::vector<std::uint64_t>{2, 3}));
}

TEST(Observe, EventsCarryWhatThePacketIs) {
  protocols::Packet packet;
  packet.id = (std::uint64_t{5} + 1) << 40 | 9;
  packet.bytes = 256;
  packet.source = EndpointId(5);
  packet.destination = EndpointId(7);
  packet.traffic_class = TrafficClass::completion;
  packet.vc = VcId(1);
  const PacketEvent event =
      packet_event(1234, PacketWhat::granted, {UnitKind::crossbar, 3, 4}, packet);
  EXPECT_EQ(event.time_ps, 1234u);
  EXPECT_EQ(event.packet_id, packet.id);
  EXPECT_EQ(event.bytes, 256u);
  EXPECT_EQ(event.source, packet.source);
  EXPECT_EQ(event.destination, packet.destination);
  EXPECT_EQ(event.traffic_class, packet.traffic_class);
  EXPECT_EQ(event.vc, packet.vc);
  EXPECT_EQ(event.what, PacketWhat::granted);
  EXPECT_EQ(event.where.index, 3u);
  EXPECT_EQ(event.where.port, 4u);
  EXPECT_EQ(event.reason, DropReason::none);
}

}  // namespace
}  // namespace antares::models
