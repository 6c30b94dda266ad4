// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/traffic_pattern.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace antares::models {

std::optional<std::uint32_t> permutation_partner(std::uint32_t self, std::uint32_t n) {
  if (n < 2) return std::nullopt;
  return (self + n / 2) % n;
}

std::optional<std::uint32_t> transpose_partner(std::uint32_t self, std::uint32_t n) {
  if (n == 0) return std::nullopt;
  auto rows = static_cast<std::uint32_t>(std::sqrt(static_cast<double>(n)));
  while (rows * rows > n) --rows;  // sqrt may round up
  const std::uint32_t columns = n / rows;
  if (self >= rows * columns) return std::nullopt;
  const std::uint32_t partner = self % columns * rows + self / columns;
  if (partner == self) return std::nullopt;
  return partner;
}

TargetChoice::TargetChoice(const PatternConfig& config, std::uint32_t self) {
  const auto partner = [&](auto function) {
    const auto place = std::find(config.peers.begin(), config.peers.end(), self);
    assert(place != config.peers.end());
    const auto index = static_cast<std::uint32_t>(place - config.peers.begin());
    const auto other = function(index, static_cast<std::uint32_t>(config.peers.size()));
    if (other) others_.push_back(config.peers[*other]);
  };
  const auto everybody_but = [&](std::uint32_t one, std::uint32_t two) {
    for (const std::uint32_t target : config.targets) {
      if (target != one && target != two) others_.push_back(target);
    }
  };
  switch (config.pattern) {
    case Pattern::uniform:
      if (config.include_self)
        others_ = config.targets;
      else
        everybody_but(self, self);
      break;
    case Pattern::permutation:
      partner(permutation_partner);
      break;
    case Pattern::transpose:
      partner(transpose_partner);
      break;
    case Pattern::hot_spot:
      everybody_but(self, config.hot_target);
      if (self == config.hot_target) break;
      hot_target_ = config.hot_target;
      hot_fraction_ = others_.empty() ? 1 : config.hot_fraction;
      break;
    case Pattern::incast:
      if (self != config.hot_target) others_.push_back(config.hot_target);
      break;
  }
}

std::uint32_t TargetChoice::draw(protocols::RandomStream& stream) const {
  if (hot_fraction_ > 0 && (hot_fraction_ >= 1 || stream.bernoulli(hot_fraction_)))
    return hot_target_;
  if (others_.size() == 1) return others_.front();
  return others_[stream.uniform_below(others_.size())];
}

}  // namespace antares::models
