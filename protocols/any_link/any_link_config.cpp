// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/any_link/any_link_config.h"

#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/ideal/ideal_policy.h"
#include "antares/protocols/nvlink/nvlink_policy.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"

namespace antares::protocols {
namespace {

/// What one protocol says about its part of the configuration.
struct Protocol {
  const char* key;
  std::vector<std::string> (*problems)(const AnyLinkConfig&);
  std::shared_ptr<const LinkPolicy> (*make)(const AnyLinkConfig&);
  LaneNeed (*lanes)(const AnyLinkConfig&);
};

template <class Policy, auto Part>
Protocol protocol(const char* key, LaneNeed (*lanes)(const AnyLinkConfig&)) {
  return {key, [](const AnyLinkConfig& config) { return problems(config.*Part); },
          [](const AnyLinkConfig& config) -> std::shared_ptr<const LinkPolicy> {
            return std::make_shared<const Policy>(config.*Part);
          },
          lanes};
}

/// In the order of ProtocolKind.
const Protocol& protocol_of(ProtocolKind kind) {
  static const Protocol protocols[] = {
      protocol<PciePolicy, &AnyLinkConfig::pcie>("pcie",
                                                 [](const AnyLinkConfig& config) {
                                                   return LaneNeed{1, config.pcie.lanes};
                                                 }),
      protocol<UalinkPolicy, &AnyLinkConfig::ualink>("ualink",
                                                     [](const AnyLinkConfig& config) {
                                                       return LaneNeed{1, config.ualink.lanes};
                                                     }),
      protocol<NvlinkPolicy, &AnyLinkConfig::nvlink>(
          "nvlink",
          [](const AnyLinkConfig& config) {
            return LaneNeed{config.nvlink.links, nvlink_generation(config.nvlink.generation).lanes};
          }),
      protocol<EthernetPolicy, &AnyLinkConfig::ethernet>(
          "ethernet",
          [](const AnyLinkConfig& config) {
            return LaneNeed{1, config.ethernet.lanes};
          }),
      protocol<IdealPolicy, &AnyLinkConfig::ideal>(
          "ideal", [](const AnyLinkConfig&) { return LaneNeed{}; })};
  return protocols[static_cast<unsigned>(kind)];
}

}  // namespace

const char* AnyLinkConfig::key() const { return protocol_of(protocol).key; }

std::vector<std::string> AnyLinkConfig::problems() const {
  return protocol_of(protocol).problems(*this);
}

std::shared_ptr<const LinkPolicy> AnyLinkConfig::make_policy() const {
  return protocol_of(protocol).make(*this);
}

LaneNeed AnyLinkConfig::lane_need() const { return protocol_of(protocol).lanes(*this); }

}  // namespace antares::protocols
