// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/program_builder.h"

#include <stdexcept>

namespace antares::platforms {

namespace {
// assumption: 64 Mi messages (3.5 GiB) is more than any run wants; it stops a direct algorithm on
// tens of thousands of ranks before it eats the machine.
constexpr std::uint64_t kMostMessages = 1ull << 26;
}  // namespace

ProgramBuilder::ProgramBuilder(const CollectiveRequest& request, const std::string& algorithm)
    : request_(request), chunks_(request.bytes, request.element_bytes, request.ranks) {
  program_.collective = request.collective;
  program_.algorithm = algorithm;
  program_.ranks = static_cast<std::uint16_t>(request.ranks);
}

void ProgramBuilder::set_buffers(std::uint64_t input_bytes, std::uint64_t output_bytes,
                                 std::uint64_t scratch_bytes) {
  program_.input_bytes = input_bytes;
  program_.output_bytes = output_bytes;
  program_.scratch_bytes = scratch_bytes;
}

void ProgramBuilder::reserve(std::uint64_t messages, std::uint64_t dependencies) {
  if (messages > kMostMessages || dependencies > kMostMessages) {
    throw std::invalid_argument(
        request_.collective + " with algorithm '" + program_.algorithm + "' on " +
        std::to_string(request_.ranks) + " ranks needs " + std::to_string(messages) +
        " messages; the most a program may have is " + std::to_string(kMostMessages) +
        ": choose fewer ranks or another algorithm (ring, tree)");
  }
  program_.messages.reserve(messages);
  program_.dependencies.reserve(dependencies);
}

void ProgramBuilder::copy(std::uint32_t rank, models::Region from, models::Region to,
                          std::uint64_t bytes) {
  if (bytes == 0) return;
  program_.initial_copies.push_back({static_cast<std::uint16_t>(rank), from, to, bytes});
}

std::uint32_t ProgramBuilder::send(std::uint32_t from_rank, models::Region from,
                                   std::uint32_t to_rank, models::Region to, std::uint64_t bytes,
                                   models::OnArrival on_arrival) {
  if (bytes == 0) return kNoMessage;
  models::Message message;
  message.from_rank = static_cast<std::uint16_t>(from_rank);
  message.to_rank = static_cast<std::uint16_t>(to_rank);
  message.from = from;
  message.to = to;
  message.bytes = bytes;
  message.on_arrival = on_arrival;
  message.first_dependency = first_dependency_;
  message.dependency_count =
      static_cast<std::uint32_t>(program_.dependencies.size()) - first_dependency_;
  program_.messages.push_back(message);
  return static_cast<std::uint32_t>(program_.messages.size() - 1);
}

void ProgramBuilder::begin_dependencies() {
  first_dependency_ = static_cast<std::uint32_t>(program_.dependencies.size());
}

void ProgramBuilder::require(std::uint32_t message, bool aligned) {
  if (message != kNoMessage) program_.dependencies.push_back({message, aligned});
}

}  // namespace antares::platforms
