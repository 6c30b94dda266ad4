// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/error_model.h"

#include <stdexcept>

#include "antares/protocols/common/config_checks.h"

namespace antares::protocols {
namespace {

const ErrorConfig& checked(const ErrorConfig& config) {
  const std::vector<std::string> found = problems(config);
  if (found.empty()) return config;
  std::string text = "Errors of a link cannot be modelled:";
  for (const std::string& each : found) text += "\n  " + each;
  throw std::invalid_argument(text);
}

}  // namespace

std::vector<std::string> problems(const ErrorConfig& config) {
  std::vector<std::string> found;
  require_range(found, "flit_failure_probability", config.flit_failure_probability, 0, 1);
  require_range(found, "repaired_share", config.repaired_share, 0, 1);
  require_range(found, "burst_units", config.burst_units, 1, 1e6);
  return found;
}

ErrorModel::ErrorModel(const ErrorConfig& config, RandomStream stream)
    : stream_(stream),
      after_good_(checked(config).flit_failure_probability / config.burst_units),
      after_failed_(1 - (1 - config.flit_failure_probability) / config.burst_units),
      repaired_(config.repaired_share),
      gap_(after_good_) {}

std::uint64_t ErrorModel::units_until_failure() {
  if (forced_ != 0) {
    --forced_;
    failed_ = true;
    return 1;
  }
  if (failed_) {
    if (stream_.bernoulli(after_failed_)) return 1;
    failed_ = false;
    const std::uint64_t rest = gap_(stream_);
    failed_ = rest != GeometricGap::kForever;
    return failed_ ? rest + 1 : rest;
  }
  const std::uint64_t gap = gap_(stream_);
  failed_ = gap != GeometricGap::kForever;
  return gap;
}

bool ErrorModel::next_fails() {
  if (forced_ != 0) {
    --forced_;
    return failed_ = true;
  }
  failed_ = stream_.bernoulli(failed_ ? after_failed_ : after_good_);
  return failed_;
}

std::uint64_t ErrorModel::repaired_among(std::uint64_t units) {
  return stream_.binomial(units, repaired_);
}

}  // namespace antares::protocols
