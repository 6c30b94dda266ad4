// SPDX-License-Identifier: Apache-2.0
// Events of packets by hand, and the spans that must come of them.
#include <gtest/gtest.h>

#include <vector>

#include "antares/models/observe/packet_trace.h"

namespace antares::models {
namespace {

class Spans : public PacketSpanSink {
 public:
  void span(const PacketSpan& span) override { spans.push_back(span); }
  void dropped(const PacketEvent& event) override { drops.push_back(event); }
  std::vector<PacketSpan> spans;
  std::vector<PacketEvent> drops;
};

constexpr std::uint64_t kId = std::uint64_t{4} << 40 | 7;

PacketEvent event_of(PacketWhat what, UnitKind unit, Picoseconds at_ps, std::uint64_t id = kId,
                     std::uint16_t index = 0, std::uint16_t port = 0) {
  PacketEvent event;
  event.what = what;
  event.time_ps = at_ps;
  event.packet_id = id;
  event.bytes = 256;
  event.where = {unit, index, port};
  return event;
}

/// One packet from endpoint 3 through port 1 and port 2 of the switch, `late` ps later.
void cross(PacketTrace& trace, std::uint16_t fabric, Picoseconds late_ps) {
  trace.on(event_of(PacketWhat::arrived, UnitKind::ingress, 200 + late_ps, kId, fabric, 1));
  trace.on(event_of(PacketWhat::granted, UnitKind::crossbar, 250 + late_ps, kId, fabric, 2));
  trace.on(event_of(PacketWhat::departed, UnitKind::egress, 400 + late_ps, kId, fabric, 2));
}

void expect_span(const PacketSpan& span, SpanKind kind, UnitKind unit, std::uint16_t index,
                 Picoseconds begin_ps, Picoseconds end_ps) {
  EXPECT_EQ(span.kind, kind);
  EXPECT_EQ(span.where.unit, unit);
  EXPECT_EQ(span.where.index, index);
  EXPECT_EQ(span.begin_ps, begin_ps);
  EXPECT_EQ(span.end_ps, end_ps);
  EXPECT_EQ(span.packet.packet_id, kId);
}

TEST(PacketTrace, ALifeOverTwoSwitches) {
  Spans sink;
  PacketTrace trace({}, sink);
  trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, 100, kId, 3));
  cross(trace, 0, 0);
  cross(trace, 1, 300);
  trace.on(event_of(PacketWhat::delivered, UnitKind::endpoint, 800, kId, 5));
  ASSERT_EQ(sink.spans.size(), 5u);
  expect_span(sink.spans[0], SpanKind::ingress_wait, UnitKind::ingress, 0, 200, 250);
  expect_span(sink.spans[1], SpanKind::egress, UnitKind::egress, 0, 250, 400);
  expect_span(sink.spans[2], SpanKind::ingress_wait, UnitKind::ingress, 1, 500, 550);
  expect_span(sink.spans[3], SpanKind::egress, UnitKind::egress, 1, 550, 700);
  expect_span(sink.spans[4], SpanKind::stay, UnitKind::endpoint, 3, 100, 800);
  trace.finish(900);
  EXPECT_EQ(sink.spans.size(), 5u) << "nothing was left in flight";
}

TEST(PacketTrace, ChoosesByTimeOfInjectionAndByNumber) {
  Spans sink;
  PacketTraceConfig config;
  config.from_us = 1;  // 1,000,000 ps
  config.to_us = 2;
  config.packets = 2;
  PacketTrace trace(config, sink);
  std::uint64_t id = kId;
  for (const Picoseconds at_ps : {0, 999'999, 1'000'000, 1'999'999, 1'999'999, 2'000'000})
    trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, at_ps, ++id));
  for (; id != kId; --id)
    trace.on(event_of(PacketWhat::delivered, UnitKind::endpoint, 3'000'000, id));
  ASSERT_EQ(sink.spans.size(), 2u) << "delivered after to_us, but injected before it";
  EXPECT_EQ(sink.spans[1].begin_ps, 1'000'000u);
  EXPECT_EQ(sink.spans[0].begin_ps, 1'999'999u);
  EXPECT_EQ(trace.packets().traced, 2u);
  EXPECT_EQ(trace.packets().before_from, 2u);
  EXPECT_EQ(trace.packets().beyond_bound, 1u);
  EXPECT_EQ(trace.packets().after_to, 1u);
}

TEST(PacketTrace, ADropEndsTheStayAndTheWait) {
  Spans sink;
  PacketTrace trace({}, sink);
  trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, 100, kId, 3));
  trace.on(event_of(PacketWhat::arrived, UnitKind::ingress, 200, kId, 0, 1));
  PacketEvent drop = event_of(PacketWhat::dropped, UnitKind::ingress, 260, kId, 0, 1);
  drop.reason = DropReason::no_route;
  trace.on(drop);
  ASSERT_EQ(sink.spans.size(), 2u);
  expect_span(sink.spans[0], SpanKind::ingress_wait, UnitKind::ingress, 0, 200, 260);
  expect_span(sink.spans[1], SpanKind::stay, UnitKind::endpoint, 3, 100, 260);
  ASSERT_EQ(sink.drops.size(), 1u);
  EXPECT_EQ(sink.drops[0].reason, DropReason::no_route);
}

TEST(PacketTrace, TheEndOfTheRunCutsOffWhatIsInFlight) {
  Spans sink;
  PacketTrace trace({}, sink);
  trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, 100, kId, 3));
  trace.on(event_of(PacketWhat::arrived, UnitKind::ingress, 200, kId, 0, 1));
  // Told ahead of time, and the run ends before it.
  trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, 2000, kId + 1, 3));
  trace.finish(1000);
  ASSERT_EQ(sink.spans.size(), 2u);
  expect_span(sink.spans[0], SpanKind::ingress_wait, UnitKind::ingress, 0, 200, 1000);
  expect_span(sink.spans[1], SpanKind::stay, UnitKind::endpoint, 3, 100, 1000);
  for (const PacketSpan& span : sink.spans) EXPECT_FALSE(span.ended);
}

TEST(PacketTrace, EventsOfPacketsItDoesNotKnowAreIgnored) {
  Spans sink;
  PacketTrace trace({}, sink);
  cross(trace, 0, 0);
  trace.on(event_of(PacketWhat::delivered, UnitKind::endpoint, 800));
  trace.on(event_of(PacketWhat::injected, UnitKind::endpoint, 900));
  trace.on(event_of(PacketWhat::delivered, UnitKind::endpoint, 950));
  trace.on(event_of(PacketWhat::delivered, UnitKind::endpoint, 960));  // a multicast's second copy
  EXPECT_EQ(sink.spans.size(), 1u);
}

}  // namespace
}  // namespace antares::models
