// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/packet_trace.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace antares::models {
namespace {

constexpr double kPicosecondsPerMicrosecond = 1e6;

Picoseconds from_us(double time_us) {
  return static_cast<Picoseconds>(time_us * kPicosecondsPerMicrosecond + 0.5);
}

}  // namespace

PacketTrace::PacketTrace(const PacketTraceConfig& config, PacketSpanSink& sink)
    : from_ps_(from_us(config.from_us)),
      to_ps_(from_us(config.to_us)),
      most_packets_(config.packets == 0 ? std::numeric_limits<std::uint64_t>::max()
                                        : config.packets),
      sink_(sink) {}

std::uint32_t PacketTrace::wants() const {
  return bit_of(PacketWhat::injected) | bit_of(PacketWhat::arrived) | bit_of(PacketWhat::granted) |
         bit_of(PacketWhat::departed) | bit_of(PacketWhat::delivered) | bit_of(PacketWhat::dropped);
}

void PacketTrace::injected(const PacketEvent& event) {
  if (event.packet_id == 0) return;  // no packet: the scoreboard's business
  if (event.time_ps < from_ps_) {
    ++packets_.before_from;
  } else if (event.time_ps >= to_ps_) {
    ++packets_.after_to;
  } else if (packets_.traced == most_packets_) {
    ++packets_.beyond_bound;
  } else {
    ++packets_.traced;
    const auto [passage, is_new] = flying_.insert(event.packet_id);
    *passage = Passage{};
    passage->injected = event;
  }
}

void PacketTrace::went_on(const PacketEvent& event) {
  Passage* const passage = flying_.find(event.packet_id);
  if (passage == nullptr) return;
  switch (event.what) {
    case PacketWhat::arrived:
      passage->ingress = event.where;
      passage->arrived_ps = event.time_ps;
      break;
    case PacketWhat::granted:
      if (passage->arrived_ps != protocols::kNever) {
        sink_.span({SpanKind::ingress_wait, passage->ingress, passage->arrived_ps, event.time_ps,
                    true, event});
        passage->arrived_ps = protocols::kNever;
      }
      passage->egress = event.where;
      passage->granted_ps = event.time_ps;
      break;
    case PacketWhat::departed:
      if (passage->granted_ps != protocols::kNever) {
        sink_.span(
            {SpanKind::egress, event.where, passage->granted_ps, event.time_ps, true, event});
        passage->granted_ps = protocols::kNever;
      }
      break;
    case PacketWhat::delivered:
      end_stay(event);
      break;
    case PacketWhat::dropped:
      end_stay(event);
      sink_.dropped(event);
      break;
    default:
      break;
  }
}

void PacketTrace::end_stay(const PacketEvent& event) {
  Passage passage;
  flying_.take(event.packet_id, passage);
  const PacketEvent& injected = passage.injected;
  // It may end inside a switch: dropped there, or taken by the bridge.
  if (passage.arrived_ps != protocols::kNever) {
    sink_.span(
        {SpanKind::ingress_wait, passage.ingress, passage.arrived_ps, event.time_ps, true, event});
  }
  if (passage.granted_ps != protocols::kNever) {
    sink_.span({SpanKind::egress, passage.egress, passage.granted_ps, event.time_ps, true, event});
  }
  sink_.span({SpanKind::stay, injected.where, injected.time_ps, event.time_ps, true, event});
}

void PacketTrace::finish(Picoseconds now_ps) {
  std::vector<Passage> left;
  flying_.for_each([&](std::uint64_t, const Passage& passage) { left.push_back(passage); });
  std::sort(left.begin(), left.end(), [](const Passage& a, const Passage& b) {
    return std::make_pair(a.injected.time_ps, a.injected.packet_id) <
           std::make_pair(b.injected.time_ps, b.injected.packet_id);
  });
  for (const Passage& passage : left) {
    // What was told ahead of time may begin only after the end of the run.
    const auto cut = [&](SpanKind kind, PacketWhere where, Picoseconds begin_ps) {
      if (begin_ps > now_ps) return;
      sink_.span({kind, where, begin_ps, now_ps, false, passage.injected});
    };
    cut(SpanKind::ingress_wait, passage.ingress, passage.arrived_ps);
    cut(SpanKind::egress, passage.egress, passage.granted_ps);
    cut(SpanKind::stay, passage.injected.where, passage.injected.time_ps);
  }
  flying_ = IdTable<Passage>();
}

}  // namespace antares::models
