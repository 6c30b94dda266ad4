// SPDX-License-Identifier: Apache-2.0
#include "tb/system/reduction/tier_rig.h"

#include <gtest/gtest.h>

#include <cstring>

#include "antares/models/port/port_reduction.h"
#include "tb/unit/models/reduction/oracle.h"

namespace antares::tb {
namespace {

constexpr std::uint16_t kTrunkEndpoints = 4096;  // ids of ports without a device

}  // namespace

SwitchConfig TierRig::switch_config(unsigned index) const {
  SwitchConfig one;
  one.index = static_cast<std::uint16_t>(index);
  one.train_bytes = 4096;
  const bool is_leaf = index < config.leaves;
  const auto add = [&](const std::string& name, LinkKind kind, unsigned endpoint) {
    models::PortConfig port;
    port.name = name;
    port.policy = make_policy(kind);
    port.propagation_ns = 5;
    one.ports.push_back(port);
    one.endpoints.emplace_back(static_cast<std::uint16_t>(endpoint));
  };
  unsigned next = kTrunkEndpoints + 64 * index;
  for (unsigned d = 0; is_leaf && d < config.devices; ++d)
    add("dev" + std::to_string(d), config.kind, index * config.devices + d);
  const unsigned count = is_leaf ? trunks() : config.leaves * config.links;
  for (unsigned t = 0; t < count; ++t) add("trunk" + std::to_string(t), config.trunk, next++);
  for (unsigned e = 0; e < config.endpoints(); ++e) {
    unsigned port = config.leaf_of(e) * config.links + e % config.links;  // of a spine
    if (is_leaf)
      port = config.leaf_of(e) == index ? e % config.devices : config.devices + e % trunks();
    one.windows.push_back({window(e), kWindowBytes, EndpointId(static_cast<std::uint16_t>(e)),
                           PortId(static_cast<std::uint16_t>(port)), 0});
  }
  one = with_engines(one, config.engines);
  if (config.adjust) config.adjust(one);
  return one;
}

TierRig::TierRig(const TierConfig& with) : config(with) {
  if (config.one_wheel) wheel = std::make_unique<models::Scheduler>("wheel");
  for (unsigned s = 0; s < config.leaves + config.spines; ++s) {
    switches.push_back(std::make_unique<FabricSwitch>(("switch" + std::to_string(s)).c_str(),
                                                      switch_config(s), wheel.get()));
    switches.back()->observe().add_listener(board);
  }
  for (unsigned e = 0; e < config.endpoints(); ++e) {
    initiators.push_back(std::make_unique<Initiator>(("initiator" + std::to_string(e)).c_str()));
    targets.push_back(std::make_unique<Target>(("target" + std::to_string(e)).c_str()));
    const auto at = leaf(config.leaf_of(e)).port("dev" + std::to_string(e % config.devices));
    initiators.back()->socket.bind(at.target());
    at.initiator().bind(targets.back()->socket);
  }
  for (unsigned l = 0; l < config.leaves; ++l) {
    for (unsigned t = 0; t < trunks(); ++t) {
      // Trunk t of a leaf goes to spine t / links.
      if (config.spines == 0 && l != 0) continue;
      FabricSwitch& other = config.spines == 0 ? leaf(1) : spine(t / config.links);
      const unsigned there = config.spines == 0 ? t : l * config.links + t % config.links;
      trunk(l, t).link.bind(other.port("trunk" + std::to_string(there)).link());
    }
  }
}

TierRig::~TierRig() = default;

models::PortAdapter& TierRig::port(unsigned endpoint) {
  return leaf(config.leaf_of(endpoint))
      .port("dev" + std::to_string(endpoint % config.devices))
      .adapter();
}

models::PortAdapter& TierRig::trunk(unsigned leaf_index, unsigned link) {
  return leaf(leaf_index).port("trunk" + std::to_string(link)).adapter();
}

models::ReductionKind TierRig::u32_sum() {
  models::ReductionKind kind;
  kind.type = models::ElementType::u32;
  return kind;
}

const std::vector<std::uint64_t>& TierRig::elements(unsigned endpoint,
                                                    const models::ReductionKind& kind,
                                                    unsigned count) {
  std::vector<std::uint64_t>& mine = elements_[endpoint];
  const unsigned bits = 8 * models::element_bytes(kind.type);
  const bool is_float = kind.type >= models::ElementType::f16;
  while (mine.size() < count) {
    std::uint64_t code = random_() >> (64 - bits);
    // Of the upper half of the exponents nothing: sums would be infinite, whatever the order.
    if (is_float) code &= ~(std::uint64_t{1} << (bits - 2));
    mine.push_back(code);
  }
  return mine;
}

void TierRig::ask(tlm::tlm_generic_payload& payload, const std::vector<unsigned>& members,
                  const models::ReductionKind& kind, std::uint32_t scatter_unit_bytes) {
  name_members(payload, NamedBy::list, members, scatter_unit_bytes);
  models::ReductionNaming naming;
  naming.kind = kind;
  payload.get_extension<models::PacketHint>()->reduction =
      std::make_shared<models::ReductionNaming>(naming);
}

tlm::tlm_generic_payload& TierRig::contribution(unsigned from, const std::vector<unsigned>& members,
                                                std::uint64_t address, unsigned count,
                                                const models::ReductionKind& kind,
                                                std::uint32_t scatter_unit_bytes) {
  const unsigned size = models::element_bytes(kind.type);
  const auto& mine = elements(from, kind, count);
  auto& data = data_.emplace_back(count * size);
  for (unsigned i = 0; i < count; ++i) std::memcpy(&data[i * size], &mine[i], size);
  auto& payload = initiator(from).make(tlm::TLM_WRITE_COMMAND, address, data.data(), count * size);
  ask(payload, members, kind, scatter_unit_bytes);
  return payload;
}

void TierRig::give_to(tlm::tlm_generic_payload& payload, unsigned owner) {
  auto* hint = payload.get_extension<models::PacketHint>();
  auto naming = std::make_shared<models::ReductionNaming>(*hint->reduction);
  naming->owner = EndpointId(static_cast<std::uint16_t>(owner));
  hint->reduction = naming;
}

tlm::tlm_generic_payload& TierRig::load(unsigned from, const std::vector<unsigned>& members,
                                        std::uint64_t address, unsigned count,
                                        const models::ReductionKind& kind) {
  const unsigned size = models::element_bytes(kind.type);
  for (const unsigned member : members) {
    const auto& has = elements(member, kind, count);
    for (unsigned i = 0; i < count * size; ++i)
      target(member).byte(address + i) =
          static_cast<unsigned char>(has[i / size] >> 8 * (i % size));
  }
  auto& data = data_.emplace_back(count * size);
  auto& payload = initiator(from).make(tlm::TLM_READ_COMMAND, address, data.data(), count * size);
  ask(payload, members, kind, 0);
  return payload;
}

void TierRig::begin_at(Picoseconds at_ps, unsigned from, tlm::tlm_generic_payload& payload) {
  at(at_ps, [this, from, &payload] { initiator(from).begin_in_turn(payload); });
}

std::vector<std::uint64_t> TierRig::expected(const std::vector<unsigned>& members, unsigned count,
                                             const models::ReductionKind& kind, unsigned root_leaf,
                                             const std::vector<unsigned>& came) {
  const auto turn = [&](unsigned member) {
    const auto& by = came.empty() ? members : came;
    return std::find(by.begin(), by.end(), member) - by.begin();
  };
  struct Operand {
    unsigned lowest;
    std::ptrdiff_t turn;
    std::uint64_t value;
  };
  const auto reduced = [&](std::vector<Operand> operands) {
    std::sort(operands.begin(), operands.end(),
              [](const Operand& a, const Operand& b) { return a.lowest < b.lowest; });
    std::vector<std::uint64_t> values;
    std::vector<std::uint32_t> arrival;
    for (const Operand& one : operands) {
      values.push_back(one.value);
      arrival.push_back(static_cast<std::uint32_t>(arrival.size()));
    }
    std::sort(arrival.begin(), arrival.end(), [&](std::uint32_t a, std::uint32_t b) {
      return operands[a].turn < operands[b].turn;
    });
    Operand all = operands.front();
    for (const Operand& one : operands) all.turn = std::max(all.turn, one.turn);
    all.value = oracle_reduce(kind, values, arrival);
    return all;
  };
  std::vector<std::uint64_t> results;
  for (unsigned i = 0; i < count; ++i) {
    std::vector<Operand> at_root;
    for (unsigned l = 0; l < config.leaves; ++l) {
      std::vector<Operand> here;
      for (const unsigned member : members)
        if (config.leaf_of(member) == l)
          here.push_back({member, turn(member), elements(member, kind, count)[i]});
      if (l == root_leaf)
        at_root.insert(at_root.end(), here.begin(), here.end());
      else if (!here.empty())
        at_root.push_back(reduced(here));
    }
    // A root among the leaves gets the partial results of all others as one, if a spine made it.
    if (root_leaf != kSpine && config.spines != 0) {
      std::vector<Operand> others;
      std::vector<Operand> own;
      for (const Operand& one : at_root)
        (config.leaf_of(one.lowest) == root_leaf ? own : others).push_back(one);
      if (!others.empty()) own.push_back(reduced(others));
      at_root = own;
    }
    results.push_back(reduced(at_root).value);
  }
  return results;
}

std::vector<std::uint64_t> TierRig::numbers(const unsigned char* data, unsigned count,
                                            const models::ReductionKind& kind) {
  std::vector<std::uint64_t> found(count, 0);
  const unsigned size = models::element_bytes(kind.type);
  for (unsigned i = 0; i < count; ++i) std::memcpy(&found[i], data + i * size, size);
  return found;
}

std::vector<std::uint64_t> TierRig::memory(unsigned endpoint, std::uint64_t address, unsigned count,
                                           const models::ReductionKind& kind) {
  std::vector<unsigned char> bytes(count * models::element_bytes(kind.type));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = target(endpoint).byte(address + i);
  return numbers(bytes.data(), count, kind);
}

namespace {

template <class Count>
std::uint64_t sum_over_ports(TierRig& rig, const Count& count) {
  std::uint64_t total = 0;
  for (auto& one : rig.switches)
    for (std::size_t p = 0; p < one->port_count(); ++p)
      total += count(one->port(PortId(static_cast<std::uint16_t>(p))).adapter().counts());
  return total;
}

}  // namespace

std::uint64_t TierRig::results() {
  return sum_over_ports(*this, [](const auto& counts) { return counts.reductions; });
}

std::uint64_t TierRig::partials() {
  return sum_over_ports(*this, [](const auto& counts) { return counts.partial_results; });
}

void TierRig::expect_done() {
  for (const auto& one : switches) expect_quiescent(*one, one->scheduler());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_TRUE(board.conserved());
  EXPECT_EQ(board.in_flight(), 0u);
}

}  // namespace antares::tb
