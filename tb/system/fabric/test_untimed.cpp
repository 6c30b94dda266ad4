// SPDX-License-Identifier: Apache-2.0
// What needs no event: loosely timed calls, DMI, debug access, requests that are refused, and
// writes that are answered when the switch has them.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "antares/models/report_ids.h"
#include "antares/models/sockets/packet_hint.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

class Untimed : public testing::Test {
 protected:
  ReportGuard reports;
  Fabric rig{pcie_switch(2)};
  std::array<unsigned char, 256> data{};

  tlm_generic_payload& make(std::uint64_t address, unsigned bytes,
                            tlm::tlm_command command = tlm::TLM_WRITE_COMMAND) {
    return rig.initiator(0).make(command, address, data.data(), bytes);
  }
};

/// A payload that both ways of calling must refuse in the same way.
struct Refusal {
  const char* name;
  std::uint64_t address;
  std::function<void(tlm_generic_payload&)> change;
  tlm::tlm_response_status status;
};

TEST_F(Untimed, IllegalAndUnmappedRequestsGetTheirStatusOnBothPaths) {
  static unsigned char enable = TLM_BYTE_ENABLED;
  const std::vector<Refusal> refusals = {
      {"unmapped", 0, [](auto&) {}, tlm::TLM_ADDRESS_ERROR_RESPONSE},
      {"over the end", window(1) + kWindowBytes - 63, [](auto&) {},
       tlm::TLM_ADDRESS_ERROR_RESPONSE},
      {"empty", window(1), [](auto& p) { p.set_data_length(0); }, tlm::TLM_BURST_ERROR_RESPONSE},
      {"streaming", window(1), [](auto& p) { p.set_streaming_width(4); },
       tlm::TLM_BURST_ERROR_RESPONSE},
      {"no enables", window(1),
       [](auto& p) {
         p.set_byte_enable_ptr(&enable);
         p.set_byte_enable_length(0);
       },
       tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE},
      {"ignore", window(1), [](auto& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); },
       tlm::TLM_COMMAND_ERROR_RESPONSE},
      {"no data", window(1), [](auto& p) { p.set_data_ptr(nullptr); },
       tlm::TLM_GENERIC_ERROR_RESPONSE}};
  std::vector<tlm_generic_payload*> sent;
  for (const Refusal& refusal : refusals) {
    auto& lt = make(refusal.address, 64);
    refusal.change(lt);
    rig.initiator(0).blocking(lt);
    EXPECT_EQ(lt.get_response_status(), refusal.status) << refusal.name << ", LT";
    EXPECT_EQ(lt.get_address(), refusal.address);
    sent.push_back(&make(refusal.address, 64));
    refusal.change(*sent.back());
    at(1'000'000 * sent.size(), [&, payload = sent.back()] { rig.initiator(0).begin(*payload); });
  }
  sc_core::sc_start();
  for (std::size_t i = 0; i < refusals.size(); ++i)
    EXPECT_EQ(sent[i]->get_response_status(), refusals[i].status) << refusals[i].name << ", AT";
  EXPECT_EQ(rig.target(1).requests(), 0u);
  EXPECT_EQ(rig.initiator(0).in_use(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Untimed, ByteEnablesAreHonouredEndToEnd) {
  std::array<unsigned char, 4> enables = {0xFF, 0, 0, 0xFF};
  for (unsigned i = 0; i < 16; ++i) {
    data[i] = static_cast<unsigned char>(0xA0 + i);
    rig.target(1).byte(i) = 0x11;
  }
  // PCIe carries masks with holes on one double word, or on two at a multiple of 8 B.
  auto& payload = make(window(1), 8);
  payload.set_byte_enable_ptr(enables.data());
  payload.set_byte_enable_length(4);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  for (unsigned i = 0; i < 16; ++i)
    EXPECT_EQ(rig.target(1).byte(i), i < 8 && enables[i % 4] != 0 ? 0xA0 + i : 0x11u) << i;
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Untimed, TheTargetSeesItsOwnAddressAndItsErrorsComeThrough) {
  rig.target(1).on_blocking = [](tlm_generic_payload& payload, sc_core::sc_time&) {
    EXPECT_EQ(payload.get_address(), 0x40u);
    if (payload.is_write()) payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  };
  auto& error = make(window(1) + 0x40, 64);
  rig.initiator(0).blocking(error);
  EXPECT_EQ(error.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  auto& forgotten = make(window(1) + 0x40, 64, tlm::TLM_READ_COMMAND);
  rig.initiator(0).blocking(forgotten);
  EXPECT_EQ(forgotten.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(forgotten.get_address(), window(1) + 0x40);
}

TEST_F(Untimed, LooselyTimedLatencyKnowsRequestSizes) {
  // The same access, first as the link likes it, then in packets of 32 B: more headers, more time.
  auto& plain = make(window(1), 256);
  auto& split = make(window(1), 256);
  models::PacketHint hint;
  hint.request_bytes = 32;
  split.set_extension(&hint);
  const Picoseconds whole_ps = rig.initiator(0).blocking(plain);
  EXPECT_GT(rig.initiator(0).blocking(split), whole_ps);
  EXPECT_EQ(rig.initiator(0).blocking(plain), whole_ps);
  split.clear_extension(&hint);
}

TEST_F(Untimed, LooselyTimedCallsInBetweenChangeNothingForTheOthers) {
  auto& alone = make(window(1), 256);
  auto& among = make(window(1), 256);
  at(1'000'000, [&] { rig.initiator(0).begin(alone); });
  at(5'000'000, [&] { rig.initiator(0).begin(among); });
  for (unsigned i = 0; i < 100; ++i) {
    at(5'000'000 + 1000 * i, [&] {
      auto& lt = make(window(1), 256);
      rig.initiator(0).blocking(lt);
      EXPECT_EQ(lt.get_response_status(), tlm::TLM_OK_RESPONSE);
    });
  }
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).response_ps(among) - 5'000'000,
            rig.initiator(0).response_ps(alone) - 1'000'000);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Untimed, DmiIsTranslatedClippedAndCostsTheZeroLoadLatency) {
  // The target offers more than its window shows: it is clipped, and the pointer moves along.
  static unsigned char memory[16];
  rig.target(1).on_dmi = [](tlm_generic_payload& payload, tlm::tlm_dmi& grant) {
    EXPECT_EQ(payload.get_address(), 0x1000u);
    grant.set_start_address(0);
    grant.set_end_address(2 * kWindowBytes);
    grant.set_dmi_ptr(memory);
    grant.allow_read_write();
    grant.set_read_latency(ps(77));
    return true;
  };
  auto& payload = make(window(1) + 0x1000, 64);
  tlm::tlm_dmi grant;
  ASSERT_TRUE(rig.initiator(0).socket->get_direct_mem_ptr(payload, grant));
  EXPECT_EQ(payload.get_address(), window(1) + 0x1000);
  EXPECT_EQ(grant.get_start_address(), window(1));
  EXPECT_EQ(grant.get_end_address(), window(1) + kWindowBytes - 1);
  EXPECT_EQ(grant.get_dmi_ptr(), memory);
  EXPECT_EQ(grant.get_write_latency(), ps(rig.initiator(0).blocking(make(window(1), 64))));
  EXPECT_EQ(grant.get_read_latency(),
            ps(77 + rig.initiator(0).blocking(make(window(1), 64, tlm::TLM_READ_COMMAND))));
  // Withdrawing maps back: every initiator hears of the global addresses.
  rig.target(1).socket->invalidate_direct_mem_ptr(0x100, 8 * kWindowBytes);
  for (unsigned i : {0u, 1u}) {
    ASSERT_EQ(rig.initiator(i).invalidated().size(), 1u);
    EXPECT_EQ(rig.initiator(i).invalidated()[0].first, window(1) + 0x100);
    EXPECT_EQ(rig.initiator(i).invalidated()[0].second, window(1) + kWindowBytes - 1);
  }
}

TEST_F(Untimed, DmiOutsideOfTheWindowIsRefusedInGlobalAddresses) {
  rig.target(1).on_dmi = [](tlm_generic_payload&, tlm::tlm_dmi& grant) {
    static unsigned char memory[1];
    grant.set_start_address(kWindowBytes);
    grant.set_end_address(2 * kWindowBytes);
    grant.set_dmi_ptr(memory);
    return true;
  };
  tlm::tlm_dmi grant;
  EXPECT_FALSE(rig.initiator(0).socket->get_direct_mem_ptr(make(window(1), 4), grant));
  EXPECT_GE(grant.get_start_address(), window(1));
  EXPECT_FALSE(rig.initiator(0).socket->get_direct_mem_ptr(make(0, 4), grant));
}

TEST_F(Untimed, DebugAccessMovesDataAndNothingElse) {
  for (unsigned i = 0; i < 8; ++i) rig.target(1).byte(i) = static_cast<unsigned char>(i + 1);
  auto& payload = make(window(1), 8, tlm::TLM_READ_COMMAND);
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(payload), 8u);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(data[i], i + 1);
  EXPECT_EQ(payload.get_address(), window(1));
  // Over the end of a window: as much as there is.
  auto& over = make(window(1) + kWindowBytes - 3, 8, tlm::TLM_READ_COMMAND);
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(over), 3u);
  EXPECT_EQ(over.get_data_length(), 8u);
  auto& nowhere = make(0, 8, tlm::TLM_READ_COMMAND);
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(nowhere), 0u);
  const auto& counts = rig.fabric.port("dev0").adapter().counts();
  EXPECT_EQ(counts.lt_transactions + counts.at_transactions + counts.unmapped_requests, 0u);
  EXPECT_EQ(rig.wheel.pending(), 0u);
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
}

TEST(Unbound, ADeviceMayHaveAnInitiatorOnlyOrATargetOnly) {
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2);
  config.windows.erase(config.windows.begin());  // nothing to reach behind dev0
  FabricSwitch fabric("fabric", config);
  Initiator initiator("initiator");
  Target target("target");
  initiator.socket.bind(fabric.port("dev0").target());
  fabric.port("dev1").initiator().bind(target.socket);
  unsigned char data[4] = {};
  auto& write = initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 4);
  at(1'000'000, [&] { initiator.begin(write); });
  sc_core::sc_start();
  EXPECT_TRUE(write.is_response_ok());
  target.socket->invalidate_direct_mem_ptr(0, 100);
  EXPECT_EQ(initiator.invalidated().size(), 1u);
  expect_quiescent(fabric, fabric.scheduler());
}

TEST(Unbound, AWindowWithNoTargetBehindItIsTheNamedError) {
  ReportGuard reports;
  reports.expect(models::kReportUnboundPort);
  FabricSwitch fabric("fabric", pcie_switch(2));
  Initiator initiator("initiator");
  Target target("target");
  initiator.socket.bind(fabric.port("dev0").target());
  fabric.port("dev0").initiator().bind(target.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_NE(reports.last_message().find("fabric.dev1 has an address window"), std::string::npos);
  unsigned char data[4] = {};
  auto& write = initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 4);
  initiator.blocking(write);
  EXPECT_EQ(write.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(initiator.socket->transport_dbg(write), 0u);
}

TEST(PostedAtAccept, TheDataIsCopiedAndALateErrorIsCounted) {
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2);
  config.ports[0].posted_response = models::PostedResponse::at_accept;
  Fabric rig(config);
  std::array<unsigned char, 4096> data;
  data.fill(0x5A);
  rig.initiator(0).on_response = [&](tlm_generic_payload&, auto&) {
    data.fill(0xFF);  // the requester's buffer is its own again
    return tlm::TLM_COMPLETED;
  };
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    EXPECT_EQ(payload.get_data_ptr()[4095], 0x5A);
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  auto& write = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data.data(), 4096);
  at(1'000'000, [&] { rig.initiator(0).begin(write); });
  const Picoseconds delivered =
      1'000'000 + rig.initiator(0).blocking(
                      rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data.data(), 4096));
  sc_core::sc_start();
  EXPECT_EQ(write.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_LT(rig.initiator(0).response_ps(write), delivered);
  EXPECT_EQ(rig.fabric.port("dev1").adapter().counts().lost_posted_errors, 1u);
  EXPECT_EQ(rig.initiator(0).in_use(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(PostedAtAccept, AnEarlyAnswerNeverComesBeforeEndReq) {
  // More writes than the device's queue holds: END_REQ is held back, and the answer with it.
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2);
  config.ports[0].posted_response = models::PostedResponse::at_accept;
  Fabric rig(config);
  std::array<unsigned char, 4096> data{};
  tlm_generic_payload* held = nullptr;
  at(1'000'000, [&] {
    for (unsigned i = 0; i < 60 && held == nullptr; ++i) {
      auto& write = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data.data(), 4096);
      if (rig.initiator(0).begin(write) == tlm::TLM_ACCEPTED) held = &write;
    }
  });
  sc_core::sc_start();
  ASSERT_NE(held, nullptr) << "the queue was never full";
  std::vector<tlm::tlm_phase> phases;
  for (const Phase& phase : rig.initiator(0).phases()) {
    if (phase.payload == held) phases.push_back(phase.phase);
  }
  ASSERT_EQ(phases.size(), 2u);
  EXPECT_EQ(phases[0], tlm::END_REQ);
  EXPECT_EQ(phases[1], tlm::BEGIN_RESP);
  expect_quiescent(rig.fabric, rig.wheel);
}

}  // namespace
}  // namespace antares::tb
