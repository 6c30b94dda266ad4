// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/absent_ranks.h"

#include <algorithm>

namespace antares::platforms {

models::Program without_ranks(models::Program program, const std::vector<std::uint16_t>& absent) {
  const std::size_t messages = program.messages.size();
  for (const std::uint16_t rank : absent) {
    // A local operation that waits for itself: what waits for it, waits for ever.
    models::Message never;
    never.from_rank = never.to_rank = rank;
    never.bytes = 1;
    const auto number = static_cast<std::uint32_t>(program.messages.size());
    const auto on_never = [&](models::Message& message) {
      std::vector<models::Dependency> all(
          program.dependencies.begin() + message.first_dependency,
          program.dependencies.begin() + message.first_dependency + message.dependency_count);
      all.push_back({number, false});
      message.first_dependency = static_cast<std::uint32_t>(program.dependencies.size());
      message.dependency_count = static_cast<std::uint32_t>(all.size());
      program.dependencies.insert(program.dependencies.end(), all.begin(), all.end());
    };
    for (std::size_t m = 0; m < messages; ++m) {
      models::Message& message = program.messages[m];
      if (message.from_rank == rank && !models::is_passive(message.kind)) on_never(message);
    }
    on_never(never);
    program.messages.push_back(never);
  }
  return program;
}

}  // namespace antares::platforms
