// SPDX-License-Identifier: Apache-2.0
// What takes no time, over three switches: DMI with its latency and invalidation, debug access,
// statuses of what nobody answers.
#include <gtest/gtest.h>

#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

ChainConfig three() {
  ChainConfig chain;
  chain.device_links.assign(3, make_policy(LinkKind::pcie6_x16));
  chain.trunks.assign(2, make_policy(LinkKind::pcie6_x16));
  return chain;
}

TEST(ChainUntimed, DmiReachesAcrossAndIsInvalidatedEverywhere) {
  ReportGuard reports;
  SwitchChain rig(three());
  static unsigned char store[4096];
  rig.target(2).on_dmi = [](tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(store);
    dmi.set_start_address(0);
    dmi.set_end_address(sizeof store - 1);
    dmi.allow_read_write();
    return true;
  };
  at(1000, [&] {
    unsigned char data[64];
    auto& initiator = rig.initiator(0);
    auto& write = initiator.make(tlm::TLM_WRITE_COMMAND, window(2) + 128, data, sizeof data);
    tlm::tlm_dmi dmi;
    ASSERT_TRUE(initiator.socket->get_direct_mem_ptr(write, dmi));
    EXPECT_EQ(dmi.get_dmi_ptr(), store);
    EXPECT_EQ(dmi.get_start_address(), window(2));
    EXPECT_EQ(dmi.get_end_address(), window(2) + sizeof store - 1);
    EXPECT_EQ(dmi.get_write_latency(), ps(initiator.blocking(write)));
    auto& read = initiator.make(tlm::TLM_READ_COMMAND, window(2) + 128, data, sizeof data);
    EXPECT_EQ(dmi.get_read_latency(), ps(initiator.blocking(read)));
    rig.target(2).socket->invalidate_direct_mem_ptr(0, 99);
    for (auto& each : rig.initiators) {
      ASSERT_EQ(each->invalidated().size(), 1u);
      EXPECT_EQ(each->invalidated()[0].first, window(2));
      EXPECT_EQ(each->invalidated()[0].second, window(2) + 99);
    }
  });
  sc_core::sc_start();
}

TEST(ChainUntimed, DebugAccessMovesDataAndTakesNoTime) {
  ReportGuard reports;
  SwitchChain rig(three());
  at(1000, [&] {
    unsigned char out[4] = {1, 2, 3, 4};
    unsigned char in[4] = {};
    auto& initiator = rig.initiator(2);
    auto& write = initiator.make(tlm::TLM_WRITE_COMMAND, window(0) + 8, out, 4);
    EXPECT_EQ(initiator.socket->transport_dbg(write), 4u);
    EXPECT_EQ(write.get_address(), window(0) + 8);
    auto& read = initiator.make(tlm::TLM_READ_COMMAND, window(0) + 8, in, 4);
    EXPECT_EQ(initiator.socket->transport_dbg(read), 4u);
    EXPECT_EQ(in[3], 4);
    EXPECT_EQ(rig.target(0).byte(8), 1);
  });
  sc_core::sc_start();
  EXPECT_EQ(now_ps(), 1000u);
}

TEST(ChainUntimed, ErrorsOfTheFarDeviceAndUnmappedAddressesHaveTheirStatus) {
  ReportGuard reports;
  SwitchChain rig(three());
  rig.target(2).on_request = [](tlm::tlm_generic_payload& payload, auto&, auto&) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  static unsigned char data[64];
  auto& initiator = rig.initiator(0);
  auto& refused = initiator.make(tlm::TLM_READ_COMMAND, window(2), data, 64);
  auto& nowhere = initiator.make(tlm::TLM_READ_COMMAND, window(3), data, 64);
  auto& across = initiator.make(tlm::TLM_READ_COMMAND, window(2) + kWindowBytes - 32, data, 64);
  for (auto* payload : {&refused, &nowhere, &across})
    at(1000, [&initiator, payload] { initiator.begin(*payload); });
  sc_core::sc_start();
  EXPECT_EQ(refused.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(nowhere.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(across.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(refused.get_address(), window(2));
  rig.expect_all_quiescent();
}

TEST(ChainUntimed, TheCompletersSwitchBridges) {
  ReportGuard reports;
  ChainConfig chain = three();
  chain.device_links[2] = make_policy(LinkKind::ualink_x4);
  SwitchChain rig(chain);
  for (auto& target : rig.targets) serve_with_atomics(*target);
  static unsigned char data[64];
  static unsigned char back[64];
  for (unsigned i = 0; i < 64; ++i) data[i] = static_cast<unsigned char>(i);
  auto& initiator = rig.initiator(0);
  auto& write = initiator.make(tlm::TLM_WRITE_COMMAND, window(2) + 4096, data, 64);
  auto& read = initiator.make(tlm::TLM_READ_COMMAND, window(2) + 4096, back, 64);
  auto& lt_read = initiator.make(tlm::TLM_READ_COMMAND, window(2) + 8192, back, 64);
  // The other way round the trunk speaks not what the requester does: refused, not hung.
  auto& wrong = rig.initiator(2).make(tlm::TLM_READ_COMMAND, window(0), back, 64);
  at(1000, [&] { initiator.begin(write); });
  at(10'000'000, [&] { initiator.begin(read); });
  at(20'000'000, [&] { rig.initiator(2).begin(wrong); });
  Picoseconds lt = 0;
  at(30'000'000, [&] { lt = initiator.blocking(lt_read); });
  sc_core::sc_start();
  EXPECT_TRUE(write.is_response_ok());
  EXPECT_TRUE(read.is_response_ok());
  EXPECT_EQ(initiator.response_ps(read) - 10'000'000, lt);
  EXPECT_EQ(wrong.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_NE(rig.fabric(2).port("dev").adapter().last_refusal().find("does not speak ualink"),
            std::string::npos)
      << rig.fabric(2).port("dev").adapter().last_refusal();
  rig.expect_all_quiescent();
}

}  // namespace
}  // namespace antares::tb
