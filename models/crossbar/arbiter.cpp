// SPDX-License-Identifier: Apache-2.0
#include "antares/models/crossbar/arbiter.h"

#include <limits>
#include <stdexcept>
#include <string>

#include "antares/models/crossbar/age_arbiter.h"
#include "antares/models/crossbar/islip_arbiter.h"
#include "antares/models/crossbar/random_arbiter.h"
#include "antares/models/crossbar/round_robin_arbiter.h"

namespace antares::models {

std::unique_ptr<Arbiter> make_arbiter(const CrossbarConfig& config, unsigned inputs,
                                      unsigned outputs, std::uint64_t seed, std::string_view name,
                                      const HeadAge* ages) {
  const std::string who = "crossbar '" + std::string(name) + "': ";
  constexpr unsigned kMost = std::numeric_limits<decltype(Grant::input)>::max();
  if (inputs == 0 || outputs == 0 || inputs > kMost || outputs > kMost) {
    throw std::invalid_argument(who + "an arbiter needs 1 to " + std::to_string(kMost) +
                                " inputs and outputs, not " + std::to_string(inputs) + " and " +
                                std::to_string(outputs));
  }
  const auto iterations = [&] {
    if (config.iterations > 0) return config.iterations;
    throw std::invalid_argument(who + "iterations is 0; at least 1 is needed to match anything");
  };
  switch (config.arbiter) {
    case ArbiterKind::round_robin:
      return std::make_unique<RoundRobinArbiter>(inputs, outputs);
    case ArbiterKind::islip:
      return std::make_unique<IslipArbiter>(inputs, outputs, iterations());
    case ArbiterKind::random:
      return std::make_unique<RandomArbiter>(inputs, outputs, iterations(), seed,
                                             std::string(name));
    case ArbiterKind::age:
      if (ages == nullptr) {
        throw std::invalid_argument(who + "the age arbiter needs the ages of queue heads");
      }
      return std::make_unique<AgeArbiter>(inputs, outputs, *ages);
  }
  throw std::invalid_argument(who + "unknown arbiter kind " +
                              std::to_string(static_cast<unsigned>(config.arbiter)));
}

}  // namespace antares::models
