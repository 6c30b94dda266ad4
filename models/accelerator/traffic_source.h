// SPDX-License-Identifier: Apache-2.0
// What one endpoint asks for in synthetic traffic: when, how much, read or write, of whom. Pure and
// open loop: arrivals know nothing of backpressure, so that requests may be drawn late (when the
// endpoint can take them) and still carry the time at which they came into being.
//
// All randomness comes from (seed, endpoint name), in two streams, so that neither a further port
// nor another pattern changes when this endpoint's requests arrive. Times: picoseconds since the
// source was started.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/models/accelerator/traffic_pattern.h"
#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::Picoseconds;

enum class Arrivals : std::uint8_t {
  bernoulli,  ///< a coin each coin_ps: geometric gaps of mean packet_ps / load
  poisson,    ///< exponential gaps of the same mean
  on_off,     ///< bursts of geometric length, exponential pauses: not memoryless, same mean load
};

struct ArrivalConfig {
  Arrivals arrivals = Arrivals::bernoulli;
  double load = 0.5;        ///< 0..1 of what the link carries
  double packet_ps = 1000;  ///< the mean request on its link at load 1
  /// Interval of the Bernoulli coin, at most packet_ps. A packet of 16 flits and a coin a flit time
  /// give the arrivals of flit-level simulators; coin_ps = packet_ps those of slotted theory.
  double coin_ps = 1000;
  double burst_on_packets = 16;  ///< mean packets of a burst, >= 1
  /// Mean pause at load 0.5 in packet times. It fixes how dense bursts are: their packets follow
  /// each other at 2 - off/on packet times (1 when off = on). The pause is then scaled to the load.
  double burst_off_packets = 16;
  /// Arrivals move up to the next multiple of this (slotted switches); 0 = they fall anywhere.
  Picoseconds grid_ps = 0;
};

class ArrivalProcess {
 public:
  ArrivalProcess(const ArrivalConfig& config, std::uint64_t seed, const std::string& name);
  /// Time of the next arrival, never before the one before; kNever after the end of time.
  Picoseconds next_ps();

 private:
  ArrivalConfig config_;
  protocols::RandomStream stream_;
  protocols::GeometricGap coin_;   ///< bernoulli: coins until the next heads
  protocols::GeometricGap burst_;  ///< on_off: packets of a burst
  double spacing_ps_ = 0;          ///< on_off: within a burst
  double pause_ps_ = 0;            ///< on_off: mean
  std::uint64_t burst_left_ = 0;
  double coins_ = 0;  ///< bernoulli: whole number of coins tossed, exact below 2^53
  double at_ps_ = 0;
};

/// One kind of request and how often it occurs, relative to the others.
struct RequestShape {
  std::uint32_t bytes = 0;
  bool read = false;
  double weight = 1;
};

struct TrafficRequest {
  std::uint32_t shape = 0;   ///< index into the shapes
  std::uint32_t target = 0;  ///< as numbered in the PatternConfig
};

class TrafficSource {
 public:
  /// At least one shape has a weight above 0; targets.empty() is false.
  TrafficSource(const ArrivalConfig& arrivals, const std::vector<RequestShape>& shapes,
                const TargetChoice& targets, std::uint64_t seed, const std::string& name);

  Picoseconds next_arrival_ps() { return arrivals_.next_ps(); }
  TrafficRequest draw();

 private:
  ArrivalProcess arrivals_;
  protocols::RandomStream choices_;
  std::vector<double> shares_;  ///< cumulative, the last one 1
  TargetChoice targets_;
};

}  // namespace antares::models
