// SPDX-License-Identifier: Apache-2.0
// Two tiers of switches for tests of reductions: leaves with devices, spines above them, `links` in
// parallel between each two; without spines the two leaves are linked to each other. Device d of
// leaf l is endpoint l * devices + d, window(endpoint); packets go up and down by their
// destination's number. Elements of any type, and what is to come of them: an oracle of its own,
// told who reduces what. Times in picoseconds.
#pragma once
#include <random>

#include "antares/models/observe/scoreboard.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {

struct TierConfig {
  unsigned leaves = 4;
  unsigned devices = 2;  ///< of a leaf
  unsigned spines = 2;   ///< 0: two leaves, linked to each other
  unsigned links = 2;
  LinkKind kind = LinkKind::pcie6_x16;
  LinkKind trunk = LinkKind::pcie6_x16;
  bool one_wheel = true;
  ReductionConfig engines;
  std::function<void(SwitchConfig&)> adjust;  ///< of each switch, before it is built

  unsigned endpoints() const { return leaves * devices; }
  unsigned leaf_of(unsigned endpoint) const { return endpoint / devices; }
};

class TierRig {
 public:
  explicit TierRig(const TierConfig& config);
  ~TierRig();

  FabricSwitch& leaf(unsigned index) { return *switches[index]; }
  FabricSwitch& spine(unsigned index) { return *switches[config.leaves + index]; }
  Initiator& initiator(unsigned endpoint) { return *initiators[endpoint]; }
  Target& target(unsigned endpoint) { return *targets[endpoint]; }
  models::PortAdapter& port(unsigned endpoint);
  models::PortAdapter& trunk(unsigned leaf_index, unsigned link);  ///< its end at the leaf
  unsigned trunks() const { return std::max(config.spines, 1u) * config.links; }

  /// Elements of an endpoint, made by the first who asks; small numbers, so that floats are
  /// rounded, and orders differ.
  const std::vector<std::uint64_t>& elements(unsigned endpoint, const models::ReductionKind& kind,
                                             unsigned count);
  /// The next to be asked for are others.
  void forget_elements() { elements_.clear(); }
  tlm::tlm_generic_payload& contribution(unsigned from, const std::vector<unsigned>& members,
                                         std::uint64_t address, unsigned count,
                                         const models::ReductionKind& kind = u32_sum(),
                                         std::uint32_t scatter_unit_bytes = 0);
  void give_to(tlm::tlm_generic_payload& payload, unsigned owner);
  /// The memories get their elements first.
  tlm::tlm_generic_payload& load(unsigned from, const std::vector<unsigned>& members,
                                 std::uint64_t address, unsigned count,
                                 const models::ReductionKind& kind = u32_sum());
  void begin_at(Picoseconds at_ps, unsigned from, tlm::tlm_generic_payload& payload);
  static models::ReductionKind u32_sum();

  /// What the switches make of the elements of `members`, one number an element: each leaf reduces
  /// its own, then one switch (or `owner`'s leaf, with its own members) the partial results. came:
  /// members in the sequence in which they came, for order `arrival`.
  std::vector<std::uint64_t> expected(const std::vector<unsigned>& members, unsigned count,
                                      const models::ReductionKind& kind, unsigned root_leaf,
                                      const std::vector<unsigned>& came = {});
  static constexpr unsigned kSpine = ~0u;  ///< root_leaf: it is a spine
  std::vector<std::uint64_t> memory(unsigned endpoint, std::uint64_t address, unsigned count,
                                    const models::ReductionKind& kind);
  static std::vector<std::uint64_t> numbers(const unsigned char* data, unsigned count,
                                            const models::ReductionKind& kind);
  std::uint64_t results();   ///< of all engines
  std::uint64_t partials();  ///< of all engines, for other switches
  void expect_done();

  TierConfig config;
  std::unique_ptr<models::Scheduler> wheel;
  std::vector<std::unique_ptr<FabricSwitch>> switches;  ///< leaves, then spines
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
  models::Scoreboard board;

 private:
  SwitchConfig switch_config(unsigned index) const;
  void ask(tlm::tlm_generic_payload& payload, const std::vector<unsigned>& members,
           const models::ReductionKind& kind, std::uint32_t scatter_unit_bytes);

  std::mt19937_64 random_{7};
  std::map<unsigned, std::vector<std::uint64_t>> elements_;
  std::deque<std::vector<unsigned char>> data_;
};

}  // namespace antares::tb
