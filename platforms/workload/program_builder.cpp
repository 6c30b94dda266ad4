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

models::Message& ProgramBuilder::append(models::MessageKind kind, std::uint32_t from_rank,
                                        models::Region from, std::uint32_t to_rank,
                                        models::Region to, std::uint64_t bytes) {
  models::Message message;
  message.kind = kind;
  message.from_rank = static_cast<std::uint16_t>(from_rank);
  message.to_rank = static_cast<std::uint16_t>(to_rank);
  message.from = from;
  message.to = to;
  message.bytes = bytes;
  if (!models::is_passive(kind)) {
    message.first_dependency = first_dependency_;
    message.dependency_count =
        static_cast<std::uint32_t>(program_.dependencies.size()) - first_dependency_;
  }
  program_.messages.push_back(message);
  return program_.messages.back();
}

std::uint32_t ProgramBuilder::send(std::uint32_t from_rank, models::Region from,
                                   std::uint32_t to_rank, models::Region to, std::uint64_t bytes,
                                   models::OnArrival on_arrival) {
  if (bytes == 0) return kNoMessage;
  append(models::MessageKind::store, from_rank, from, to_rank, to, bytes).on_arrival = on_arrival;
  return last();
}

std::uint32_t ProgramBuilder::multicast(std::uint32_t from_rank, models::Region from,
                                        models::Region to, std::uint64_t bytes, bool to_self) {
  if (bytes == 0) return kNoMessage;
  const auto first = static_cast<std::uint32_t>(program_.messages.size());
  for (std::uint32_t rank = 0; rank < ranks(); ++rank) {
    if (rank == from_rank && !to_self) continue;
    const bool leads = program_.messages.size() == first;
    append(leads ? models::MessageKind::multicast : models::MessageKind::copy, from_rank, from,
           rank, to, bytes)
        .first = first;
  }
  return first;
}

void ProgramBuilder::scatter(std::uint32_t from_rank, const std::vector<std::uint32_t>& receivers,
                             const std::function<models::Region(std::uint32_t)>& from,
                             models::Region to, std::uint64_t bytes) {
  if (bytes == 0) return;
  const auto first = static_cast<std::uint32_t>(program_.messages.size());
  for (const std::uint32_t rank : receivers) {
    const bool leads = program_.messages.size() == first;
    append(leads ? models::MessageKind::scatter : models::MessageKind::slice, from_rank, from(rank),
           rank, to, bytes)
        .first = first;
  }
}

void ProgramBuilder::push_reduction(models::Region from, models::Region to, std::uint64_t bytes) {
  if (bytes == 0) return;
  const auto first = static_cast<std::uint32_t>(program_.messages.size());
  for (std::uint32_t rank = 0; rank < ranks(); ++rank)
    append(models::MessageKind::result, rank, from, rank, to, bytes).first = first;
  for (std::uint32_t rank = 0; rank < ranks(); ++rank)
    append(models::MessageKind::contribution, rank, from, rank, to, bytes).first = first;
}

void ProgramBuilder::push_reduction_to(std::uint32_t owner, models::Region from, models::Region to,
                                       std::uint64_t bytes) {
  if (bytes == 0) return;
  const auto first = static_cast<std::uint32_t>(program_.messages.size());
  models::Message& result = append(models::MessageKind::result, owner, from, owner, to, bytes);
  result.first = first;
  result.on_arrival = models::OnArrival::reduce;
  for (std::uint32_t rank = 0; rank < ranks(); ++rank) {
    if (rank != owner)
      append(models::MessageKind::contribution, rank, from, rank, to, bytes).first = first;
  }
}

std::uint32_t ProgramBuilder::load_reduce(std::uint32_t rank, models::Region from,
                                          models::Region to, std::uint64_t bytes) {
  if (bytes == 0) return kNoMessage;
  append(models::MessageKind::load_reduce, rank, from, rank, to, bytes);
  return last();
}

void ProgramBuilder::begin_dependencies() {
  first_dependency_ = static_cast<std::uint32_t>(program_.dependencies.size());
}

void ProgramBuilder::require(std::uint32_t message, bool aligned) {
  if (message != kNoMessage) program_.dependencies.push_back({message, aligned});
}

}  // namespace antares::platforms
