// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/moe_items.h"

#include <algorithm>

#include "antares/platforms/build/switch_requests.h"
#include "antares/platforms/workload/expert_choice.h"

namespace antares::platforms {
namespace {

constexpr std::uint64_t kPage = 4096;

std::shared_ptr<models::GroupNaming> naming_of(const Platform& platform,
                                               const std::vector<std::size_t>& members,
                                               bool bitmap) {
  auto naming = std::make_shared<models::GroupNaming>();
  naming->by = bitmap ? models::NamedBy::bitmap : models::NamedBy::list;
  for (const std::size_t member : members) {
    const models::EndpointId id = platform.endpoints()[member].id;
    naming->list.push_back(id);
    naming->bitmap.resize(std::max<std::size_t>(naming->bitmap.size(), id.value() / 64u + 1));
    naming->bitmap[id.value() / 64u] |= std::uint64_t{1} << id.value() % 64u;
  }
  return naming;
}

models::Request write_of(const Platform& platform, std::size_t from, std::uint64_t address,
                         std::uint32_t bytes) {
  models::Request request;
  request.address = address;
  request.bytes = bytes;
  request.request_bytes = static_cast<std::uint16_t>(platform.endpoints()[from].request_bytes);
  return request;
}

/// What a contribution may be at most: the engine's, and within one plane.
std::uint32_t contribution_bytes(const Platform& platform, const std::vector<std::size_t>& ranks) {
  std::uint64_t most = protocols::kNever;
  for (const std::size_t rank : ranks) {
    const PlatformEndpoint& endpoint = platform.endpoints()[rank];
    for (models::PortAdapter* port : endpoint.ports)
      most = std::min(most, port->fabric().reduction_request_bytes);
    if (endpoint.spreader != nullptr)
      most = std::min(most, endpoint.spreader->table().granule_bytes());
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kPage));
}

}  // namespace

MoeTokens moe_tokens(const Platform& platform, const std::string& workload, const MoeWorkload& moe,
                     std::uint32_t experts, std::uint32_t top_k) {
  std::vector<std::size_t> accelerators;
  for (std::size_t i = 0; i < platform.endpoints().size(); ++i)
    if (platform.endpoints()[i].accelerator != nullptr) accelerators.push_back(i);
  MoeTokens tokens;
  const auto begin = accelerators.begin();
  tokens.experts.assign(begin, begin + experts);
  tokens.senders = tokens.experts;
  if (moe.senders != 0) tokens.senders.assign(begin + experts, begin + experts + moe.senders);
  const ExpertChoice choice(experts, top_k, moe.popularity);
  protocols::RandomStream random(
      platform.config().run.seed,
      workload + " " + std::to_string(experts) + " " + std::to_string(top_k));
  for (std::size_t s = 0; s < tokens.senders.size(); ++s) {
    tokens.of_sender.emplace_back();
    for (std::uint32_t t = 0; t < moe.tokens; ++t)
      tokens.of_sender.back().push_back(choice.draw(random));
  }
  return tokens;
}

std::uint64_t moe_slot_bytes(std::uint32_t payload_bytes) {
  return (payload_bytes + kPage - 1) / kPage * kPage;
}

MoeItems dispatch_items(const Platform& platform, const MoeTokens& tokens, const MoeWorkload& moe,
                        MoeWay way) {
  MoeItems items;
  items.of_endpoint.resize(platform.endpoints().size());
  std::uint64_t address = 0;
  for (std::size_t s = 0; s < tokens.senders.size(); ++s) {
    const std::size_t from = tokens.senders[s];
    for (const ExpertSet& set : tokens.of_sender[s]) {
      std::vector<std::size_t> targets;
      for (const std::uint16_t expert : set)
        if (tokens.experts[expert] != from) targets.push_back(tokens.experts[expert]);
      const std::uint64_t place = address;
      address += moe_slot_bytes(moe.token_bytes);
      if (targets.empty()) continue;
      items.arriving_bytes += targets.size() * std::uint64_t{moe.token_bytes};
      std::vector<models::Request> writes;
      for (const std::size_t target : targets)
        writes.push_back(write_of(platform, from, platform.endpoints()[target].window_base + place,
                                  moe.token_bytes));
      MoeItem item;
      if (way == MoeWay::unicast || targets.size() == 1) {
        item.requests = std::move(writes);
      } else {
        item.requests = {write_of(platform, from, place, moe.token_bytes)};
        if (way == MoeWay::table) {
          item.set = set;
          if (moe.on_miss == MoeMiss::unicast) item.instead = std::move(writes);
        } else {
          item.requests.front().group = naming_of(platform, targets, way == MoeWay::bitmap);
        }
      }
      items.of_endpoint[from].push_back(std::move(item));
    }
  }
  return items;
}

MoeItems combine_items(const Platform& platform, const MoeTokens& tokens, const MoeWorkload& moe,
                       bool reduced) {
  MoeItems items;
  items.of_endpoint.resize(platform.endpoints().size());
  const std::uint32_t piece = reduced ? contribution_bytes(platform, tokens.experts) : 0;
  const models::ReductionKind kind =
      reduction_kind(DataType::bfloat16, ReductionOperator::sum, models::ReductionPath::push);
  const std::uint64_t slot = moe_slot_bytes(moe.combine_bytes);
  // Token by token over all senders: every expert contributes in one and the same order, so that
  // the oldest sum always has its contributions under way (models/reduction/README.md).
  for (std::uint32_t t = 0; t < moe.tokens; ++t) {
    for (std::size_t s = 0; s < tokens.senders.size(); ++s) {
      const PlatformEndpoint& owner = platform.endpoints()[tokens.senders[s]];
      std::vector<std::size_t> from;
      for (const std::uint16_t expert : tokens.of_sender[s][t])
        if (tokens.experts[expert] != tokens.senders[s]) from.push_back(tokens.experts[expert]);
      const std::uint64_t number = std::uint64_t{t} * tokens.senders.size() + s;
      if (!reduced || from.size() < 2) {
        for (std::size_t k = 0; k < from.size(); ++k) {
          MoeItem item;
          item.requests = {write_of(platform, from[k],
                                    owner.window_base + (number * from.size() + k) * slot,
                                    moe.combine_bytes)};
          items.of_endpoint[from[k]].push_back(std::move(item));
        }
        items.arriving_bytes += from.size() * std::uint64_t{moe.combine_bytes};
        continue;
      }
      std::vector<std::size_t> members = from;
      members.push_back(tokens.senders[s]);
      const auto group = naming_of(platform, members, false);
      models::ReductionNaming sum;
      sum.kind = kind;
      sum.owner = owner.id;
      const auto naming = std::make_shared<const models::ReductionNaming>(sum);
      for (const std::size_t expert : from) {
        MoeItem item;
        for (std::uint32_t done = 0; done < moe.combine_bytes; done += piece) {
          models::Request request = write_of(platform, expert, number * slot + done,
                                             std::min(piece, moe.combine_bytes - done));
          request.group = group;
          request.reduction = naming;
          item.requests.push_back(std::move(request));
        }
        items.of_endpoint[expert].push_back(std::move(item));
      }
      items.arriving_bytes += moe.combine_bytes;
    }
  }
  return items;
}

}  // namespace antares::platforms
