// SPDX-License-Identifier: Apache-2.0
// Unordered I/O of PCIe has a virtual channel of its own: writes that wait for credits on VC0 hold
// it up neither at the device nor at the switch's egress.
#include <gtest/gtest.h>

#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

protocols::PcieLinkConfig with_uio() {
  protocols::PcieLinkConfig link;
  link.virtual_channels = 4;
  link.uio_vc = 3;
  return link;
}

TEST(UnorderedIo, PassesWritesThatWaitForCreditsOnAnotherChannel) {
  ReportGuard reports;
  protocols::PcieLinkConfig link = with_uio();
  link.posted_header_credits = 16;  // four a virtual channel
  const auto policy = std::make_shared<protocols::PciePolicy>(link);
  Fabric rig(mixed_switch({policy, policy}));
  // The target keeps the END_REQ of the first plain write: nothing of VC0 comes home. Unordered
  // ones go to the same socket, whose request channel is one: it is released for the look below.
  std::vector<tlm_generic_payload*> kept;
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    rig.target(1).serve(payload);
    kept.push_back(&payload);
    return tlm::TLM_ACCEPTED;
  };
  unsigned char data[256] = {};
  constexpr unsigned kWrites = 24;  // four wait at the device's receiver, the others behind them
  std::vector<tlm_generic_payload*> writes;
  for (unsigned i = 0; i < kWrites; ++i) {
    writes.push_back(&rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 256));
    at(1'000'000 + i, [&, i] { rig.initiator(0).begin(*writes[i]); });
  }
  auto& unordered = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1) + 4096, data, 256);
  add_hint(unordered).flags = protocols::kUnorderedIo;
  const auto uio_bytes = [&] {
    return rig.fabric.port(protocols::PortId(1)).adapter().egress_reading().payload_bytes;
  };
  std::uint64_t before = 0;
  at(5'000'000, [&] {
    before = uio_bytes();
    EXPECT_LT(before, std::uint64_t{kWrites} * 256) << "the writes do not wait for credits";
    EXPECT_FALSE(rig.fabric.waits().empty());
    rig.initiator(0).begin(unordered);
  });
  at(9'000'000, [&] {
    EXPECT_EQ(uio_bytes() - before, 256u) << "the unordered write has not left the switch";
    // From here on the target answers as it should; what it holds it takes now.
    rig.target(1).on_request = nullptr;
    rig.target(1).call_back(*kept.front(), tlm::BEGIN_RESP);
  });
  sc_core::sc_start();
  EXPECT_EQ(kept.size(), 1u);
  EXPECT_EQ(rig.initiator(0).responses(), kWrites + 1);
  EXPECT_TRUE(unordered.is_response_ok());
  expect_quiescent(rig.fabric, rig.wheel);
}

// Across the bridge: the others have no such channel, and answer what asked for an answer.
class UnorderedIoAcross : public testing::TestWithParam<LinkKind> {};

TEST_P(UnorderedIoAcross, LooselyTimedEqualsApproximatelyTimed) {
  ReportGuard reports;
  Fabric rig(
      mixed_switch({std::make_shared<protocols::PciePolicy>(with_uio()), make_policy(GetParam())}));
  const auto& from = rig.fabric.port(protocols::PortId(0)).adapter();
  unsigned char data[64] = {};
  Picoseconds when = 1'000'000;
  struct Sample {
    tlm_generic_payload* at;
    tlm_generic_payload* lt;
    Picoseconds sent_ps, lt_ps;
  };
  std::vector<Sample> samples;
  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
    tlm_generic_payload* payloads[2];
    for (auto*& payload : payloads) {
      payload = &rig.initiator(0).make(command, window(1) + (samples.size() << 20), data, 64);
      add_hint(*payload).flags = protocols::kUnorderedIo;
    }
    const Picoseconds lt_ps = rig.initiator(0).blocking(*payloads[0]);
    samples.push_back({payloads[1], payloads[0], when, lt_ps});
    at(when, [&rig, payload = payloads[1]] { rig.initiator(0).begin(*payload); });
    when += 4'000'000;
  }
  sc_core::sc_start();
  // Another PCIe link without the channel says so by name; all others carry it.
  const bool refused = make_policy(GetParam())->protocol() == "pcie";
  for (const Sample& sample : samples) {
    EXPECT_EQ(sample.at->is_response_error(), refused) << from.last_refusal();
    EXPECT_EQ(sample.lt->get_response_status(), sample.at->get_response_status());
    EXPECT_EQ(rig.initiator(0).response_ps(*sample.at) - sample.sent_ps, sample.lt_ps);
  }
  if (refused) {
    EXPECT_NE(from.last_refusal().find("uio_vc"), std::string::npos);
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Links, UnorderedIoAcross, testing::ValuesIn(kLinkKinds),
                         [](const auto& each) { return std::string(name_of(each.param)); });

}  // namespace
}  // namespace antares::tb
