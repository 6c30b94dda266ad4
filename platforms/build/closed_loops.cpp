// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/closed_loops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace antares::platforms {
namespace {

constexpr double kFull = 1 - 1e-9;
constexpr int kHalvings = 50;  // of a wait in ns: far below a picosecond
constexpr int kRounds = 12;    // of waits, and of streams, that depend on each other

/// Something that both streams pass: its time for a byte of each.
struct Station {
  double there_ns = 0;
  double back_ns = 0;
  double longest_ns = 0;  ///< of a queue in order of arrival; 0: turns only
  double wait_ns = 0;

  bool full(const LoopRates& rates) const {
    return rates.there_GBps * there_ns + rates.back_GBps * back_ns >= kFull;
  }
  bool takes_turns() const { return wait_ns >= longest_ns; }
};

/// Turns: what the other stream leaves, and no less than half of the turns.
double left_for(double own_ns, double other_ns, double other_GBps) {
  if (own_ns == 0) return std::numeric_limits<double>::infinity();
  return std::max(1 / (own_ns + other_ns), (1 - other_GBps * other_ns) / own_ns);
}

class Meeting {
 public:
  explicit Meeting(const MeetingLoops& loops) : there_(loops.there), back_(loops.back) {
    const SharedLink& near = loops.near;
    const SharedLink& far = loops.far;
    stations_ = {{near.request_ns, near.answer_ns},
                 {far.answer_ns, far.request_ns},
                 {near.answer_ns, near.request_ns,
                  std::min(near.egress_queue_ns, pile_ns(near, far, there_, back_))},
                 {far.request_ns, far.answer_ns,
                  std::min(far.egress_queue_ns, pile_ns(far, near, back_, there_))}};
    if (!loops.bridge_answers) return;
    const double speed = loops.input_speedup;
    stations_.push_back({near.answer_ns / speed, far.request_ns / speed, far.ingress_queue_ns});
    stations_.push_back({near.request_ns / speed, far.answer_ns / speed, near.ingress_queue_ns});
  }

  LoopRates settle() {
    for (int i = 0; i < kRounds; ++i) {
      double change_ns = 0;
      for (Station& station : stations_) {
        const double before_ns = station.wait_ns;
        find_wait(station);
        change_ns += std::abs(station.wait_ns - before_ns);
      }
      if (change_ns < 1e-6) break;
    }
    return rates();
  }

 private:
  /// What piles up in front of a link to a device while all requests of `own`, which starts there,
  /// and of `other` come over a faster link, each once: no more than that ever stands there.
  static double pile_ns(const SharedLink& link, const SharedLink& faster, const ClosedLoop& own,
                        const ClosedLoop& other) {
    return own.in_flight_bytes * std::max(0.0, link.answer_ns - faster.answer_ns) +
           other.in_flight_bytes * std::max(0.0, link.request_ns - faster.request_ns);
  }

  /// Waits make streams smaller: the longest one with which the station is still full. Not the
  /// shortest: what all requests of the first moment have piled up there stays, since each answer
  /// that leaves lets one more come.
  void find_wait(Station& station) {
    const auto full_at = [&](double wait_ns) {
      station.wait_ns = wait_ns;
      return station.full(rates());
    };
    if (station.longest_ns == 0 || !full_at(0) || full_at(station.longest_ns)) return;
    double low = 0;
    double high = station.longest_ns;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (full_at(middle) ? low : high) = middle;
    }
    station.wait_ns = low;
  }

  /// With the stations' waits as they are.
  LoopRates rates() const {
    double there_wait_ns = 0;
    double back_wait_ns = 0;
    for (const Station& each : stations_) {
      if (each.there_ns != 0) there_wait_ns += each.wait_ns;
      if (each.back_ns != 0) back_wait_ns += each.wait_ns;
    }
    const auto little = [](const ClosedLoop& loop, double wait_ns) {
      return std::min(loop.most_GBps, loop.in_flight_bytes / (loop.round_trip_ns + wait_ns));
    };
    const LoopRates free{little(there_, there_wait_ns), little(back_, back_wait_ns)};
    LoopRates cut = free;
    for (int i = 0; i < kRounds; ++i) {
      cut.back_GBps = free.back_GBps;
      cut_streams(cut.back_GBps, cut.there_GBps, &Station::back_ns, &Station::there_ns);
      cut.there_GBps = free.there_GBps;
      cut_streams(cut.there_GBps, cut.back_GBps, &Station::there_ns, &Station::back_ns);
    }
    return cut;
  }

  void cut_streams(double& own_GBps, double other_GBps, double Station::*own_ns,
                   double Station::*other_ns) const {
    for (const Station& each : stations_)
      if (each.takes_turns())
        own_GBps = std::min(own_GBps, left_for(each.*own_ns, each.*other_ns, other_GBps));
  }

  ClosedLoop there_;
  ClosedLoop back_;
  std::vector<Station> stations_;
};

}  // namespace

LoopRates settled(const MeetingLoops& loops) { return Meeting(loops).settle(); }

}  // namespace antares::platforms
