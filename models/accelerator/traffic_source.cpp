// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/traffic_source.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace antares::models {
namespace {
constexpr double kEndOfTimePs = 9e18;
}  // namespace

ArrivalProcess::ArrivalProcess(const ArrivalConfig& config, std::uint64_t seed,
                               const std::string& name)
    : config_(config),
      stream_(seed, name + "/arrivals"),
      coin_(std::min(1.0, config.load * config.coin_ps / config.packet_ps)),
      burst_(1 / config.burst_on_packets) {
  assert(config.load > 0 && config.load <= 1 && config.coin_ps <= config.packet_ps);
  // A cycle of a burst of n packets and a pause carries load n / (n spacing + pause).
  const double on = config.burst_on_packets;
  const double spacing =
      std::min(std::max(0.0, 2 - config.burst_off_packets / on), 1 / config.load);
  spacing_ps_ = spacing * config.packet_ps;
  pause_ps_ = std::max(0.0, on / config.load - on * spacing) * config.packet_ps;
}

Picoseconds ArrivalProcess::next_ps() {
  double at_ps = 0;
  switch (config_.arrivals) {
    case Arrivals::bernoulli:
      coins_ += static_cast<double>(coin_(stream_));
      at_ps = (coins_ - 1) * config_.coin_ps;  // the first coin falls at the start
      break;
    case Arrivals::poisson:
      at_ps = at_ps_ += stream_.exponential(config_.packet_ps / config_.load);
      break;
    case Arrivals::on_off:
      if (burst_left_ == 0) {
        at_ps_ += stream_.exponential(pause_ps_);
        burst_left_ = burst_(stream_);
      }
      --burst_left_;
      at_ps = at_ps_;
      at_ps_ += spacing_ps_;
      break;
  }
  if (at_ps > kEndOfTimePs) return protocols::kNever;
  const auto whole_ps = static_cast<Picoseconds>(at_ps + 0.5);
  const Picoseconds grid = config_.grid_ps;
  return grid == 0 ? whole_ps : (whole_ps + grid - 1) / grid * grid;
}

TrafficSource::TrafficSource(const ArrivalConfig& arrivals, const std::vector<RequestShape>& shapes,
                             const TargetChoice& targets, std::uint64_t seed,
                             const std::string& name)
    : arrivals_(arrivals, seed, name), choices_(seed, name + "/choices"), targets_(targets) {
  double sum = 0;
  for (const RequestShape& shape : shapes) shares_.push_back(sum += shape.weight);
  assert(sum > 0);
  for (double& share : shares_) share /= sum;
  shares_.back() = 1;
}

TrafficRequest TrafficSource::draw() {
  TrafficRequest request;
  request.target = targets_.draw(choices_);
  if (shares_.size() > 1) {
    const double x = choices_.uniform01();
    const auto found = std::upper_bound(shares_.begin(), shares_.end(), x);
    request.shape = static_cast<std::uint32_t>(found - shares_.begin());
  }
  return request;
}

}  // namespace antares::models
