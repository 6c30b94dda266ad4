// SPDX-License-Identifier: Apache-2.0
#include "tb/system/hypercast/group_rig.h"

#include <gtest/gtest.h>

namespace antares::tb {

namespace {
models::ScoreboardConfig posted_in_order() {
  models::ScoreboardConfig config;
  config.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
  return config;
}
}  // namespace

GroupRig::GroupRig(const SwitchConfig& config) : Fabric(config), board(posted_in_order()) {
  fabric.observe().add_listener(board);
}

tlm::tlm_generic_payload& GroupRig::write(unsigned from, std::uint64_t address, unsigned bytes,
                                          unsigned pattern) {
  data_.emplace_back(bytes);
  for (unsigned i = 0; i < bytes; ++i) data_.back()[i] = data_at(pattern, i);
  return initiator(from).make(tlm::TLM_WRITE_COMMAND, address, data_.back().data(), bytes);
}

void GroupRig::queue(unsigned from, tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  auto& list = queued_[{from, at_ps}];
  list.push_back(&payload);
  if (list.size() != 1) return;
  at(at_ps, [this, from, &list] {
    for (auto* each : list) initiator(from).begin_in_turn(*each);
  });
}

void GroupRig::expect_data(unsigned port, std::uint64_t address, unsigned bytes, unsigned pattern,
                           unsigned from) {
  for (unsigned i = 0; i < bytes; ++i) {
    ASSERT_EQ(target(port).byte(address + i), data_at(pattern, from + i))
        << "member " << port << ", byte " << i;
  }
}

void GroupRig::expect_done() {
  expect_quiescent(fabric, wheel);
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_TRUE(board.conserved());
  EXPECT_EQ(board.in_flight(), 0u);
}

}  // namespace antares::tb
