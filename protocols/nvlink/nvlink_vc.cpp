// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/nvlink/nvlink_vc.h"

namespace antares::protocols {

std::uint32_t nvlink_vc_sets(NvlinkPortRole role) { return role == NvlinkPortRole::access ? 1 : 2; }

std::optional<std::uint8_t> nvlink_wire_vc(std::uint32_t vc_set, bool response) {
  // public: facts/ualink_nvlink.md B.3, DRV: [set][response]
  constexpr std::uint8_t kWireVc[2][2] = {{0, 5}, {6, 7}};
  if (vc_set > 1) return std::nullopt;
  return kWireVc[vc_set][response ? 1 : 0];
}

}  // namespace antares::protocols
