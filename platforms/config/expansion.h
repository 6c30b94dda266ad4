// SPDX-License-Identifier: Apache-2.0
// Spells out what `count` abbreviates: the ports of a switch one by one, the endpoints one by one
// with the port each sits on. The builder, the checks and the tables all go through here, so that
// "gpu3" means the same everywhere. No unit of time.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

struct ExpandedPort {
  std::string name;
  std::size_t group = 0;  ///< index into SwitchDescription::ports
  std::size_t index = 0;  ///< within the group
};

/// All ports of a switch in the order of the description; the position is the PortId.
std::vector<ExpandedPort> expand_ports(const SwitchDescription& description);

/// A port of some switch.
struct PortRef {
  std::size_t switch_index = 0;  ///< index into PlatformConfig::switches
  std::size_t port = 0;          ///< index into expand_ports() of that switch
};
inline bool operator<(const PortRef& a, const PortRef& b) {
  return a.switch_index != b.switch_index ? a.switch_index < b.switch_index : a.port < b.port;
}

struct ExpandedEndpoint {
  std::string name;
  std::size_t description = 0;   ///< index into PlatformConfig::endpoints
  std::size_t index = 0;         ///< within the description
  std::size_t switch_index = 0;  ///< index into PlatformConfig::switches; of the first plane
  std::size_t port = 0;          ///< index into expand_ports() of that switch
  std::vector<PortRef> ports;    ///< all of them, plane by plane; without planes: that one
};

/// Whether some endpoint has ports on several switches.
bool has_planes(const PlatformConfig& config);

/// All endpoints in the order of the description; the position is the EndpointId. Those whose
/// `attach` names nothing, or lacks a port on some plane, are left out: check_platform reports
/// them.
std::vector<ExpandedEndpoint> expand_endpoints(const PlatformConfig& config);
/// Those of one entry of PlatformConfig::endpoints.
std::vector<ExpandedEndpoint> expand_description(const PlatformConfig& config,
                                                 std::size_t description);

/// What a name refers to that may reach over several switches: "leaf[*].gpu", "leaf[0..3].gpu[2]",
/// every second "leaf[1..7:2].gpu", "outer[*].gpu, inner[*].gpu".
struct PortList {
  std::vector<PortRef> ports;  ///< switch by switch
  std::string error;           ///< a sentence; empty when all is well
  std::string hint;
};
PortList resolve_port_list(const PlatformConfig& config, const std::string& text);

/// The group that a port belongs to.
const PortGroup& group_of(const PlatformConfig& config, const PortRef& port);

/// "switch.port", as the tables name it.
std::string port_name(const PlatformConfig& config, const PortRef& port);

/// What a name within one switch refers to.
struct Attachment {
  std::size_t switch_index = 0;
  std::vector<std::size_t> ports;  ///< indices into expand_ports()
  std::string error;               ///< a sentence; empty when all is well
  std::string hint;
};

Attachment resolve_attachment(const PlatformConfig& config, const std::string& attach);
/// The same of one switch's ports, written without its name: "group", "group[3]", "port".
Attachment resolve_ports(const PlatformConfig& config, std::size_t switch_index,
                         const std::string& ports);

/// "p" for count 1, else "p<index>".
std::string numbered_name(const std::string& name, std::size_t count, std::size_t index);

}  // namespace antares::platforms
