// SPDX-License-Identifier: Apache-2.0
#include "tb/support/switch_chain.h"

namespace antares::tb {

SwitchConfig ChainConfig::switch_config(std::size_t index) const {
  SwitchConfig config;
  config.train_bytes = train_bytes;
  config.index = static_cast<std::uint16_t>(index);
  const auto add = [&](const char* name, std::shared_ptr<const protocols::LinkPolicy> policy,
                       double propagation_ns) {
    models::PortConfig port;
    port.name = name;
    port.policy = std::move(policy);
    port.propagation_ns = propagation_ns;
    config.ports.push_back(port);
    config.endpoints.emplace_back(static_cast<std::uint16_t>(index));
    return protocols::PortId(static_cast<std::uint16_t>(config.ports.size() - 1));
  };
  const auto dev = add("dev", device_links[index], 5);
  const auto left = index == 0 ? dev : add("left", trunks[index - 1], trunk_propagation_ns);
  const auto right =
      index + 1 == switches() ? dev : add("right", trunks[index], trunk_propagation_ns);
  for (std::size_t i = 0; i < switches(); ++i) {
    const auto port = i == index ? dev : i < index ? left : right;
    config.windows.push_back({window(static_cast<unsigned>(i)), kWindowBytes,
                              protocols::EndpointId(static_cast<std::uint16_t>(i)), port, 0});
  }
  if (adjust) adjust(config);
  return config;
}

SwitchChain::SwitchChain(const ChainConfig& config) {
  const std::string& prefix = config.name_prefix;
  if (config.one_wheel) wheel = std::make_unique<models::Scheduler>((prefix + "wheel").c_str());
  for (std::size_t i = 0; i < config.switches(); ++i) {
    const std::string number = std::to_string(i);
    switches.push_back(std::make_unique<FabricSwitch>((prefix + "switch" + number).c_str(),
                                                      config.switch_config(i), wheel.get()));
    initiators.push_back(std::make_unique<Initiator>((prefix + "initiator" + number).c_str()));
    targets.push_back(std::make_unique<Target>((prefix + "target" + number).c_str()));
    const auto port = switches.back()->port("dev");
    initiators.back()->socket.bind(port.target());
    port.initiator().bind(targets.back()->socket);
    if (i != 0) switches[i - 1]->port("right").link().bind(switches[i]->port("left").link());
  }
}

SwitchChain::~SwitchChain() = default;

void SwitchChain::expect_all_quiescent() {
  for (const auto& fabric : switches) expect_quiescent(*fabric, fabric->scheduler());
}

}  // namespace antares::tb
