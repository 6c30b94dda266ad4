// SPDX-License-Identifier: Apache-2.0
// What a port cannot say, or the port at the far end: refused with a status and a sentence, alike
// by LT and AT, and without a trace in the switch. Then bridging switched off, and targets and
// initiators that do not know atomics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "antares/models/report_ids.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::PacketHint;
using models::PortAdapter;
using protocols::AtomicOp;
using protocols::PacketKind;
using tlm::tlm_generic_payload;

PortAdapter& adapter(const Fabric& rig, std::uint16_t port) {
  return rig.fabric.port(protocols::PortId(port)).adapter();
}

struct Request {
  const char* name;
  PacketKind kind = PacketKind::write;
  AtomicOp op = AtomicOp::fetch_add;
  std::uint8_t operand_bytes = 0;  ///< atomics
  unsigned bytes = 64;
  std::uint64_t offset = 0;  ///< from the window's beginning
  std::uint8_t flags = 0;
  bool holes = false;
};

struct Case {
  LinkKind kind;
  Request request;
  tlm::tlm_response_status status;
  const char* says;
};

const Request kOddSize{"fetch_add_of_3", PacketKind::atomic, AtomicOp::fetch_add, 3};
const Request kMisaligned{"misaligned_add", PacketKind::atomic, AtomicOp::fetch_add, 8, 8, 4};
const Request kMisalignedCas{
    "misaligned_cas", PacketKind::atomic, AtomicOp::compare_and_swap, 8, 16, 4};
const Request kAddOf4{"fetch_add_of_4", PacketKind::atomic, AtomicOp::fetch_add, 4};
const Request kSwap{"swap_of_8", PacketKind::atomic, AtomicOp::swap, 8};
const Request kMessage{"message", PacketKind::message};
const Request kHoles{"write_with_holes", PacketKind::write, AtomicOp::fetch_add, 0, 64, 0, 0, true};
const Request kReadHoles{
    "read_with_holes", PacketKind::read, AtomicOp::fetch_add, 0, 64, 0, 0, true};
const Request kUio{"unordered_write",      PacketKind::write, AtomicOp::fetch_add, 0, 64, 0,
                   protocols::kUnorderedIo};
/// The window of dev1 begins at 2^37 (fabric_fixture.h); kFar moves it to where addresses end.
const Request kFar{"address_beyond_the_width"};

constexpr auto kCommand = tlm::TLM_COMMAND_ERROR_RESPONSE;
constexpr auto kAddress = tlm::TLM_ADDRESS_ERROR_RESPONSE;
constexpr auto kBurst = tlm::TLM_BURST_ERROR_RESPONSE;
constexpr auto kEnables = tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;

const Case kCases[] = {
    {LinkKind::pcie6_x16, kOddSize, kBurst, "PCIe: a FetchAdd or Swap has one operand of 4 or 8 B"},
    {LinkKind::pcie6_x16, kMisaligned, kAddress, "multiple of its operand size"},
    {LinkKind::pcie6_x16, kMisalignedCas, kAddress, "multiple of its operand size"},
    {LinkKind::pcie6_x16, kHoles, kEnables, "PCIe: byte enables with holes"},
    {LinkKind::pcie6_x16, kUio, kCommand, "uio_vc"},
    {LinkKind::pcie5_x8_non_flit, kUio, kCommand, "uio_vc"},
    {LinkKind::ualink_x4, kOddSize, kBurst, "UALink: a one-operand atomic"},
    {LinkKind::ualink_x4, kMisaligned, kAddress, "inside 64 B"},
    {LinkKind::ualink_x4, kMisalignedCas, kAddress, "inside 32 B"},
    {LinkKind::ualink_x4, kReadHoles, kEnables, "UALink: a read's byte enables"},
    {LinkKind::ualink_x4, kFar, kAddress, "UALink: addresses have 57 bits"},
    {LinkKind::nvlink4_x2, kOddSize, kBurst, "NVLink: an atomic has operands of 4 or 8 B"},
    {LinkKind::nvlink4_x2, kMisaligned, kAddress, "NVLink: an atomic is aligned"},
    {LinkKind::nvlink4_x2, kReadHoles, kEnables, "NVLink: only writes carry byte enables"},
    {LinkKind::nvlink4_x2, kFar, kAddress, "NVLink: the address lies beyond"},
    {LinkKind::nvlink4_x2, kMessage, kCommand, "NVLink: no message"},
    {LinkKind::sue_x4, kHoles, kEnables, "SUE/ESUN: no byte enables"},
    {LinkKind::sue_x4, kMessage, kCommand, "SUE/ESUN: no message"},
    {LinkKind::roce_x4, kHoles, kEnables, "RoCEv2: no byte enables"},
    {LinkKind::roce_x4, kSwap, kCommand, "no swap"},
    {LinkKind::roce_x4, kAddOf4, kBurst, "RoCEv2: atomics work on 8 B"},
    {LinkKind::roce_x4, kMisaligned, kAddress, "multiple of 8"},
};

class RefusedByName : public testing::TestWithParam<std::tuple<Case, bool, bool>> {};

TEST_P(RefusedByName, AtItsOwnPortAndAtTheFarOneByLtAndAt) {
  const auto& [what, far_port, lt] = GetParam();
  const Request& request = what.request;
  // The ideal link refuses nothing: the sentence can only be the other one's.
  ReportGuard reports;
  const std::vector<LinkKind> kinds =
      far_port ? std::vector{LinkKind::ideal, what.kind} : std::vector{what.kind, LinkKind::ideal};
  SwitchConfig config = mixed_switch(kinds);
  std::uint64_t address = window(1) + request.offset;
  if (std::strcmp(request.name, kFar.name) == 0) {
    // NVLink: address_bits is 52 here; UALink has 57.
    address = 1ull << (what.kind == LinkKind::ualink_x4 ? 57 : 52);
    config.windows[1].base = address;
  }
  Fabric rig(config);
  serve_with_atomics(rig.target(1));
  unsigned char data[64] = {};
  unsigned char enables[64] = {};
  for (unsigned i = 0; i < 64; i += 2) enables[i] = TLM_BYTE_ENABLED;

  Initiator& initiator = rig.initiator(0);
  tlm_generic_payload* payload;
  if (request.kind == PacketKind::atomic) {
    payload = &make_atomic(initiator, {request.op, request.operand_bytes}, address, data);
  } else {
    const auto command = request.kind == PacketKind::read    ? tlm::TLM_READ_COMMAND
                         : request.kind == PacketKind::write ? tlm::TLM_WRITE_COMMAND
                                                             : tlm::TLM_IGNORE_COMMAND;
    payload = &initiator.make(command, address, data, request.bytes);
    PacketHint& hint = add_hint(*payload);
    hint.kind = request.kind;
    hint.flags = request.flags;
  }
  if (request.holes) {
    payload->set_byte_enable_ptr(enables);
    payload->set_byte_enable_length(64);
  }
  auto status = tlm::TLM_ACCEPTED;
  // C++17 has no capture of structured bindings by reference.
  at(1'000'000, [&, by_lt = lt] {
    if (by_lt) {
      initiator.blocking(*payload);
    } else {
      status = initiator.begin(*payload);
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(payload->get_response_status(), what.status) << payload->get_response_string();
  EXPECT_NE(adapter(rig, 0).last_refusal().find(what.says), std::string::npos)
      << adapter(rig, 0).last_refusal();
  EXPECT_EQ(adapter(rig, 0).counts().refused_requests, far_port ? 0u : 1u);
  EXPECT_EQ(adapter(rig, 0).counts().refused_crossings, far_port ? 1u : 0u);
  if (!lt) {
    // At the socket, or by an answer of the switch.
    EXPECT_EQ(status, far_port ? tlm::TLM_UPDATED : tlm::TLM_COMPLETED);
  }
  EXPECT_EQ(payload->get_address(), address);
  EXPECT_EQ(rig.target(1).requests(), 0u);
  EXPECT_EQ(adapter(rig, 0).ingress_reading().wire_bytes, 0u) << "it took the link";
  EXPECT_EQ(initiator.in_use(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

/// Messages are routed by PCIe's rules, not to a window: tb/system/fabric/test_messages.cpp.
std::vector<Case> cases_with_a_window() {
  std::vector<Case> cases;
  for (const Case& each : kCases)
    if (each.request.kind != PacketKind::message) cases.push_back(each);
  return cases;
}

std::string case_name(const testing::TestParamInfo<RefusedByName::ParamType>& each) {
  const Case& what = std::get<0>(each.param);
  return std::string(name_of(what.kind)) + "_" + what.request.name +
         (std::get<2>(each.param) ? "_lt" : "_at");
}

INSTANTIATE_TEST_SUITE_P(OwnPort, RefusedByName,
                         testing::Combine(testing::ValuesIn(kCases), testing::Values(false),
                                          testing::Bool()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(FarPort, RefusedByName,
                         testing::Combine(testing::ValuesIn(cases_with_a_window()),
                                          testing::Values(true), testing::Bool()),
                         case_name);

// --- a link packet that the other link can never take --------------------------------------------

TEST(Trains, WhatCanNeverLeaveIsRefusedWhenTheSwitchIsBuilt) {
  ReportGuard reports;
  protocols::PcieLinkConfig small;
  small.posted_data_credits = 64;  // 1 KiB; an Ethernet packet brings almost 4 KiB
  SwitchConfig config =
      mixed_switch({make_policy(LinkKind::sue_x4), std::make_shared<protocols::PciePolicy>(small)});
  try {
    FabricSwitch fabric("fabric", config);
    ADD_FAILURE() << "a write of 4 KiB would wait for ever";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    for (const char* part : {"'dev0' (ethernet)", "B at once", "'dev1' (pcie)", "64", "credits"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST(Trains, WithoutABridgeTheyNeverMeet) {
  protocols::PcieLinkConfig small;
  small.posted_data_credits = 64;
  SwitchConfig config =
      mixed_switch({make_policy(LinkKind::sue_x4), std::make_shared<protocols::PciePolicy>(small)});
  config.bridge.enabled = false;
  EXPECT_NO_THROW(FabricSwitch("fabric", config));
}

// --- an id that the protocol's fields do not hold ------------------------------------------------

class Ids : public testing::Test {
 protected:
  /// What the switch says to endpoints with these ids; empty: fine.
  std::string built(SwitchConfig config, std::vector<std::uint16_t> ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      config.endpoints.emplace_back(ids[i]);
      config.windows[i].endpoint = config.endpoints[i];
    }
    try {
      FabricSwitch fabric(sc_core::sc_gen_unique_name("fabric"), config);
      return {};
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }
  ReportGuard reports;
};

// UALink and SUE have 10 bits (facts/ualink_nvlink.md A.2, C.1), PCIe and RoCE more.
TEST_F(Ids, BeyondTheFieldsOfAProtocolAreRefusedWhenTheSwitchIsBuilt) {
  const std::vector<LinkKind> pcie = {LinkKind::pcie6_x16, LinkKind::pcie6_x16};
  EXPECT_EQ(built(mixed_switch(pcie), {0, 2000}), "");
  for (const LinkKind kind : {LinkKind::ualink_x4, LinkKind::sue_x4}) {
    EXPECT_EQ(built(mixed_switch({kind, kind}), {0, 1023}), "");
    EXPECT_THAT(built(mixed_switch({kind, kind}), {0, 1024}),
                testing::HasSubstr("endpoint 1024 behind port 'dev1': ids are below 1024"));
  }
}

TEST_F(Ids, OverABridgeTheSmallestFieldHolds) {
  SwitchConfig config = mixed_switch({LinkKind::ualink_x4, LinkKind::pcie6_x16});
  EXPECT_THAT(built(config, {0, 2000}), testing::HasSubstr("a protocol that bridges lead to"));
  config.bridge.enabled = false;
  EXPECT_EQ(built(config, {0, 2000}), "");
}

TEST_F(Ids, OfARequesterWithoutMemoryAreToldWhenTheSimulationStarts) {
  SwitchConfig config = mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4});
  config.endpoints = {protocols::EndpointId(0), protocols::EndpointId(1024)};
  config.windows.pop_back();
  FabricSwitch fabric("fabric", config);
  Initiator initiator("initiator");
  Target target("target");
  initiator.socket.bind(fabric.port(protocols::PortId(1)).target());
  fabric.port(protocols::PortId(0)).initiator().bind(target.socket);
  reports.expect(models::kReportRoute);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_THAT(reports.last_message(),
              testing::HasSubstr("dev1 has endpoint 1024, and ualink has ids below 1024"));
}

// --- bridging off --------------------------------------------------------------------------------

class BridgeOff : public testing::TestWithParam<std::tuple<LinkKind, LinkKind>> {};

TEST_P(BridgeOff, CrossingsAreRefusedAndNothingElse) {
  const auto [a, b] = GetParam();
  ReportGuard reports;
  SwitchConfig config = mixed_switch({a, b, a});
  config.bridge.enabled = false;
  const auto& names = config.ports;
  const std::string one(names[0].policy->protocol());
  const std::string other(names[1].policy->protocol());
  const bool apart = one != other;
  Fabric rig(config);
  unsigned char data[64] = {};
  unsigned char memory[64] = {};
  for (unsigned port = 1; port < 3; ++port) {
    rig.target(port).on_dmi = [&](tlm_generic_payload&, tlm::tlm_dmi& grant) {
      grant.set_dmi_ptr(memory);
      grant.set_start_address(0);
      grant.set_end_address(63);
      grant.allow_read_write();
      return true;
    };
  }
  Initiator& from = rig.initiator(0);
  auto& lt = from.make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  auto& across = from.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  auto& within = from.make(tlm::TLM_WRITE_COMMAND, window(2), data, 64);
  from.blocking(lt);
  at(1'000'000, [&] { from.begin(across); });
  at(2'000'000, [&] { from.begin(within); });
  sc_core::sc_start();
  for (auto* payload : {&lt, &across}) {
    EXPECT_EQ(payload->get_response_status(), apart ? kCommand : tlm::TLM_OK_RESPONSE);
  }
  EXPECT_TRUE(within.is_response_ok());
  EXPECT_NE(from.response_ps(within), 0u);
  EXPECT_EQ(adapter(rig, 0).counts().refused_crossings, apart ? 2u : 0u);
  const std::string& refusal = adapter(rig, 0).last_refusal();
  if (apart) {
    EXPECT_NE(refusal.find(one), std::string::npos) << refusal;
    EXPECT_NE(refusal.find(other), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("bridge.enabled"), std::string::npos) << refusal;
  } else {
    EXPECT_EQ(refusal, "");
  }
  for (unsigned port = 1; port < 3; ++port) {
    auto& untimed = from.make(tlm::TLM_READ_COMMAND, window(port), data, 64);
    tlm::tlm_dmi dmi;
    const bool reached = port == 2 || !apart;
    EXPECT_EQ(from.socket->get_direct_mem_ptr(untimed, dmi), reached) << "dev" << port;
    EXPECT_EQ(from.socket->transport_dbg(untimed), reached ? 64u : 0u) << "dev" << port;
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Links, BridgeOff,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::ValuesIn(kLinkKinds)),
                         [](const auto& each) {
                           return std::string(name_of(std::get<0>(each.param))) + "_to_" +
                                  name_of(std::get<1>(each.param));
                         });

// --- devices that do not know atomics ------------------------------------------------------------

class ForeignDevices : public testing::TestWithParam<std::tuple<LinkKind, LinkKind, bool>> {
 protected:
  void send(Fabric& rig, tlm_generic_payload& payload) {
    const bool lt = std::get<2>(GetParam());
    at(1'000'000, [&rig, &payload, lt] {
      if (lt) {
        rig.initiator(0).blocking(payload);
      } else {
        rig.initiator(0).begin(payload);
      }
    });
    sc_core::sc_start();
    EXPECT_EQ(rig.initiator(0).in_use(), 0u);
    expect_quiescent(rig.fabric, rig.wheel);
  }
};

TEST_P(ForeignDevices, AnIgnoredCommandWithoutAHintIsRefused) {
  ReportGuard reports;
  Fabric rig(mixed_switch({std::get<0>(GetParam()), std::get<1>(GetParam())}));
  unsigned char data[8] = {};
  auto& payload = rig.initiator(0).make(tlm::TLM_IGNORE_COMMAND, window(1), data, 8);
  send(rig, payload);
  EXPECT_EQ(payload.get_response_status(), kCommand);
  EXPECT_NE(adapter(rig, 0).last_refusal().find("without a PacketHint"), std::string::npos);
  EXPECT_EQ(rig.target(1).requests(), 0u);
}

TEST_P(ForeignDevices, ATargetThatIgnoresAnAtomicDoesNotPassForOneThatExecutedIt) {
  ReportGuard reports;
  Fabric rig(mixed_switch({std::get<0>(GetParam()), std::get<1>(GetParam())}));
  unsigned char data[8] = {1};  // Target::serve() says OK to an ignored command and does nothing
  auto& payload = make_atomic(rig.initiator(0), {AtomicOp::fetch_add, 8}, window(1), data);
  send(rig, payload);
  EXPECT_EQ(payload.get_response_status(), kCommand);
  EXPECT_EQ(adapter(rig, 1).counts().error_responses, 1u);
  EXPECT_NE(adapter(rig, 1).last_refusal().find("does not execute atomics"), std::string::npos)
      << adapter(rig, 1).last_refusal();
}

INSTANTIATE_TEST_SUITE_P(Links, ForeignDevices,
                         testing::Combine(testing::Values(LinkKind::pcie6_x16, LinkKind::ualink_x4,
                                                          LinkKind::nvlink4_x2, LinkKind::roce_x4),
                                          testing::Values(LinkKind::pcie6_x16, LinkKind::ualink_x4,
                                                          LinkKind::sue_x4),
                                          testing::Bool()),
                         [](const auto& each) {
                           return std::string(name_of(std::get<0>(each.param))) + "_to_" +
                                  name_of(std::get<1>(each.param)) +
                                  (std::get<2>(each.param) ? "_lt" : "_at");
                         });

}  // namespace
}  // namespace antares::tb
