// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/link_width.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace antares::models {
namespace {
/// An end that may not ask yet and does not say when is asked again after this time.
/// assumption: short against the exit latency (1 us and more).
constexpr Picoseconds kAskAgainPs = 100'000;
}  // namespace

LinkWidth::LinkWidth(std::shared_ptr<const protocols::LinkPolicy> policy,
                     LinkTransmitter& from_device, LinkTransmitter& to_device,
                     Picoseconds crossing_ps, Scheduler& scheduler, Origin& origin,
                     CostsOf costs_of)
    : policy_(std::move(policy)),
      crossing_ps_(crossing_ps),
      scheduler_(scheduler),
      origin_(origin),
      costs_of_(std::move(costs_of)) {
  sides_[index(End::switch_end)].transmitter = &to_device;
  sides_[index(End::device_end)].transmitter = &from_device;
  for (Side& side : sides_) {
    side.end = policy_->make_width_end();
    side.lanes = policy_->lanes();
  }
  policies_[policy_->lanes()] = policy_;
}

const std::shared_ptr<const protocols::LinkPolicy>& LinkWidth::policy_at(unsigned lanes) {
  auto& policy = policies_[lanes];
  if (policy == nullptr) policy = policy_->at_lanes(lanes);
  return policy;
}

void LinkWidth::request(End end, unsigned lanes, Picoseconds at_ps) {
  const std::string protocol(policy_->protocol());
  if (sides_[0].end == nullptr)
    throw std::invalid_argument(protocol + " link: its width cannot change while it is in use");
  if (policy_at(lanes) == nullptr)
    throw std::invalid_argument(protocol + " link of x" + std::to_string(policy_->lanes()) +
                                ": it has no width x" + std::to_string(lanes));
  const std::uint64_t packed = std::uint64_t{lanes} << 8 | index(end) << 4 | kAsk;
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, packed);
}

void LinkWidth::post(What what, unsigned side, Picoseconds at_ps) {
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, std::uint64_t{side} << 4 | what);
}

void LinkWidth::fire(std::uint64_t packed, Picoseconds now_ps) {
  const auto what = static_cast<What>(packed & 0xF);
  const auto index = static_cast<unsigned>(packed >> 4 & 0xF);
  Side& side = sides_[index];
  switch (what) {
    case kAsk:
      if (packed >> 8 != 0) side.wanted = static_cast<unsigned>(packed >> 8);
      ask(index, now_ps);
      break;
    case kMessage: {
      const protocols::WidthMessage message = side.arriving.front().message;
      side.arriving.pop_front();
      send(index, side.end->receive(message, now_ps), now_ps);
      break;
    }
    case kPoll:
      side.poll_ps = kNever;
      send(index, side.end->poll(now_ps), now_ps);
      break;
  }
  settle(index, now_ps);
}

void LinkWidth::ask(unsigned index, Picoseconds now_ps) {
  Side& side = sides_[index];
  if (side.wanted == 0) return;
  if (side.wanted == side.end->lanes() && side.end->next_ps() == kNever) {
    side.wanted = 0;
    return;
  }
  send(index, side.end->ask(side.wanted, now_ps), now_ps);
  // Refused, or not the time to ask: once more when there may be another answer.
  post(kAsk, index, std::max(side.end->ready_ps(), now_ps + kAskAgainPs));
}

void LinkWidth::send(unsigned from, const std::optional<protocols::WidthMessage>& message,
                     Picoseconds now_ps) {
  if (!message) return;
  const unsigned to = 1 - from;
  sides_[to].arriving.push_back({now_ps + crossing_ps_, *message});
  post(kMessage, to, now_ps + crossing_ps_);
}

void LinkWidth::settle(unsigned index, Picoseconds now_ps) {
  Side& side = sides_[index];
  if (side.end->lanes() != side.lanes) {
    side.lanes = side.end->lanes();
    const auto& policy = policy_at(side.lanes);
    side.transmitter->change_policy(*policy, costs_of_(*policy));
    ++changes_;
  }
  const Picoseconds next = side.end->next_ps();
  if (next < side.poll_ps) {
    side.poll_ps = std::max(next, now_ps);
    post(kPoll, index, side.poll_ps);
  }
}

}  // namespace antares::models
