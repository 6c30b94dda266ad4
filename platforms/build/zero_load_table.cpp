// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/zero_load_table.h"

#include <algorithm>

#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/build/latency_parts.h"
#include "antares/platforms/config/expansion.h"

namespace antares::platforms {
namespace {

using models::PacketKind;
using models::Picoseconds;

}  // namespace

models::Packet packet_of(const protocols::LinkPolicy& policy, PacketKind kind, std::uint32_t bytes,
                         std::uint64_t address, std::uint32_t request_bytes) {
  models::Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.address_low = static_cast<std::uint16_t>(address % 4096);
  packet.request_bytes = static_cast<std::uint16_t>(request_bytes);
  packet.flags = protocols::kLastTrain;
  if (address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  policy.classify(packet);
  return packet;
}

ZeroLoadTable::ZeroLoadTable(const Platform& platform, std::vector<models::RequestShape> shapes)
    : endpoints_(platform.endpoints()),
      groups_(group_bases(platform.config())),
      shapes_(std::move(shapes)),
      rows_(platform.endpoints().size()) {
  for (const ExpandedEndpoint& endpoint : expand_endpoints(platform.config()))
    memories_.push_back(memory_of(platform.config().endpoints[endpoint.description]));
}

Picoseconds ZeroLoadTable::compute_ps(std::uint32_t source, std::uint32_t target,
                                      const models::RequestShape& shape) const {
  if (target >= endpoints_.size()) {
    const std::uint64_t group = groups_[target - endpoints_.size()];
    return endpoints_[source].port_to(group).zero_load_group_ps(
        group, shape.bytes, static_cast<std::uint16_t>(endpoints_[source].request_bytes));
  }
  const std::uint64_t address = endpoints_[target].window_base;
  const PacketKind kind = shape.read ? PacketKind::read : PacketKind::write;
  const std::uint32_t request_bytes = endpoints_[source].request_bytes;
  std::uint32_t bytes = shape.bytes;
  if (const models::PlaneSpreader* spreader = endpoints_[source].spreader)
    bytes = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(bytes, spreader->table().granule_bytes()));
  const std::uint32_t answer_bytes = shape.read ? bytes : 0;
  Picoseconds sum_ps = protocols::kNever;
  for (const Way& way : ways(endpoints_[source], endpoints_[target])) {
    const auto request = packet_of(way.in->policy(), kind, bytes, address, request_bytes);
    sum_ps = std::min(sum_ps, way.in->zero_load(request, *way.out).tail_ps +
                                  way.out->zero_load_answer_ps(request, answer_bytes, *way.in));
  }
  const auto work = models::NicWork::of(kind, shape.bytes);
  if (const models::Nic* nic = endpoints_[source].nic) sum_ps += nic->engine().requester_ps(work);
  if (const models::Nic* nic = endpoints_[target].nic) sum_ps += nic->engine().target_ps(work);
  if (!shape.read) return sum_ps;
  return sum_ps + memory_ps(memories_[target], bytes);
}

}  // namespace antares::platforms
