// SPDX-License-Identifier: Apache-2.0
#include "tb/system/reduction/reduction_rig.h"

#include <gtest/gtest.h>

#include <cstring>

#include "antares/models/port/port_reduction.h"

namespace antares::tb {
namespace {

models::ReductionNaming u32_sum() {
  models::ReductionNaming naming;
  naming.kind.type = models::ElementType::u32;
  return naming;
}

void ask(tlm::tlm_generic_payload& payload, const std::vector<unsigned>& members) {
  name_members(payload, NamedBy::list, members);
  payload.get_extension<models::PacketHint>()->reduction =
      std::make_shared<models::ReductionNaming>(u32_sum());
}

}  // namespace

SwitchConfig with_engines(SwitchConfig config, const ReductionConfig& engines) {
  config = with_groups(config, {});
  config.reduction = engines;
  return config;
}

std::uint32_t ReductionRig::sum(const std::vector<unsigned>& members, unsigned element) {
  std::uint32_t total = 0;
  for (const unsigned member : members) total += value(member, element);
  return total;
}

tlm::tlm_generic_payload& ReductionRig::contribution(unsigned from,
                                                     const std::vector<unsigned>& members,
                                                     std::uint64_t address, unsigned elements) {
  auto& data = elements_.emplace_back(elements);
  for (unsigned i = 0; i < elements; ++i) data[i] = value(from, i);
  auto& payload = initiator(from).make(tlm::TLM_WRITE_COMMAND, address,
                                       reinterpret_cast<unsigned char*>(data.data()), 4 * elements);
  ask(payload, members);
  return payload;
}

void ReductionRig::give_to(tlm::tlm_generic_payload& payload, unsigned owner) {
  auto naming = std::make_shared<models::ReductionNaming>(u32_sum());
  naming->owner = EndpointId(static_cast<std::uint16_t>(owner));
  payload.get_extension<models::PacketHint>()->reduction = naming;
}

tlm::tlm_generic_payload& ReductionRig::load(unsigned from, const std::vector<unsigned>& members,
                                             std::uint64_t address, unsigned elements) {
  for (const unsigned member : members) {
    for (unsigned i = 0; i < elements; ++i) {
      const std::uint32_t number = value(member, i);
      for (unsigned b = 0; b < 4; ++b)
        target(member).byte(address + 4 * i + b) = static_cast<unsigned char>(number >> 8 * b);
    }
  }
  auto& data = elements_.emplace_back(elements);
  auto& payload = initiator(from).make(tlm::TLM_READ_COMMAND, address,
                                       reinterpret_cast<unsigned char*>(data.data()), 4 * elements);
  ask(payload, members);
  return payload;
}

void ReductionRig::begin_at(Picoseconds at_ps, unsigned from, tlm::tlm_generic_payload& payload) {
  at(at_ps, [this, from, &payload] { initiator(from).begin_in_turn(payload); });
}

ReductionStatus ReductionRig::status(const tlm::tlm_generic_payload& payload) {
  return payload.get_extension<models::PacketHint>()->reduction_status;
}

void ReductionRig::expect_sum(unsigned port, std::uint64_t address,
                              const std::vector<unsigned>& contributors, unsigned elements) {
  for (unsigned i = 0; i < elements; ++i) {
    std::uint32_t found = 0;
    for (unsigned b = 0; b < 4; ++b)
      found |= std::uint32_t{target(port).byte(address + 4 * i + b)} << 8 * b;
    ASSERT_EQ(found, sum(contributors, i)) << "member " << port << ", element " << i;
  }
}

void ReductionRig::expect_sum(const tlm::tlm_generic_payload& payload,
                              const std::vector<unsigned>& contributors, unsigned elements) {
  for (unsigned i = 0; i < elements; ++i) {
    std::uint32_t found = 0;
    std::memcpy(&found, payload.get_data_ptr() + 4 * i, sizeof found);
    ASSERT_EQ(found, sum(contributors, i)) << "element " << i;
  }
}

std::uint64_t ReductionRig::results() {
  std::uint64_t count = 0;
  for (std::size_t p = 0; p < fabric.port_count(); ++p)
    count += port(static_cast<unsigned>(p)).counts().reductions;
  return count;
}

}  // namespace antares::tb
