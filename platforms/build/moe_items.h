// SPDX-License-Identifier: Apache-2.0
// The tokens of one row of workload `moe` as requests: one write a target, or one for all of them
// whose members the packet, or a group, names; on the way back one write a result, or contributions
// that the switch adds up for the token's sender. A token has an address of its own, the same in
// every memory. What an expert has on the token's own accelerator takes no link; what has one
// target takes a plain write, whatever the naming.
//
// The weights of a combine are applied by the experts, before the switch adds: it multiplies
// nothing (models/reduction/reduction_types.h). Naming itself takes no bytes of a packet
// (assumption: E bits or k ids are about 1 % of 256 B). Bytes; no time here.
#pragma once
#include "antares/platforms/build/moe_exchange.h"
#include "antares/platforms/config/moe_config.h"

namespace antares::platforms {

struct MoeTokens {
  std::vector<std::size_t> experts;               ///< endpoints
  std::vector<std::size_t> senders;               ///< endpoints
  std::vector<std::vector<ExpertSet>> of_sender;  ///< each token's experts, by their number
};

/// The first `experts` accelerators hold experts, those behind them send (senders 0: the experts'
/// own). Drawn from (run.seed, workload name, E, k).
MoeTokens moe_tokens(const Platform& platform, const std::string& workload, const MoeWorkload& moe,
                     std::uint32_t experts, std::uint32_t top_k);

/// Bytes between two tokens in every memory.
std::uint64_t moe_slot_bytes(std::uint32_t payload_bytes);

enum class MoeWay : std::uint8_t { unicast, table, bitmap, list };

MoeItems dispatch_items(const Platform& platform, const MoeTokens& tokens, const MoeWorkload& moe,
                        MoeWay way);

/// `reduced`: by the switch, whose members are named in each packet.
MoeItems combine_items(const Platform& platform, const MoeTokens& tokens, const MoeWorkload& moe,
                       bool reduced);

}  // namespace antares::platforms
