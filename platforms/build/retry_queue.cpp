// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/retry_queue.h"

namespace antares::platforms {
namespace {
constexpr std::uint16_t kRetryPort = 0xFF9;  // its place in the order of events: after endpoints
constexpr unsigned kTriesShift = 32;
}  // namespace

RetryQueue::RetryQueue(Platform& platform)
    : platform_(platform),
      origin_(models::Origin::kEndpoints, kRetryPort),
      waiting_(platform.endpoints().size()) {}

bool RetryQueue::again(std::size_t endpoint, const models::Request& request,
                       models::Picoseconds now_ps) {
  const models::AcceleratorConfig* config = platform_.endpoints()[endpoint].accelerator;
  if (request.reduction_status != models::ReductionStatus::retry || config == nullptr) return false;
  const std::uint64_t tries = request.cookie >> kTriesShift;
  if (tries >= config->reduction_retries) return false;
  ++retries_;
  Waiting waiting{request, now_ps + models::to_picoseconds(config->reduction_retry_ns)};
  waiting.request.cookie += std::uint64_t{1} << kTriesShift;
  waiting_[endpoint].push_back(waiting);
  platform_.scheduler().post(waiting.at_ps, models::Phase::arrival, origin_, *this, endpoint);
  return true;
}

void RetryQueue::fire(std::uint64_t endpoint, models::Picoseconds) {
  send_waiting(static_cast<std::size_t>(endpoint));
}

bool RetryQueue::send_waiting(std::size_t endpoint) {
  auto& waiting = waiting_[endpoint];
  models::Requester& requester = *platform_.endpoints()[endpoint].requester;
  while (!waiting.empty() && waiting.front().at_ps <= platform_.scheduler().now_ps()) {
    // Out of the queue before it is sent: a refusal may come back within the call.
    const Waiting first = waiting.front();
    waiting.pop_front();
    if (requester.try_issue(first.request)) continue;
    waiting.push_front(first);
    return false;
  }
  return true;
}

}  // namespace antares::platforms
