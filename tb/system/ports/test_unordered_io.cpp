// SPDX-License-Identifier: Apache-2.0
// Unordered I/O of PCIe has a virtual channel of its own: writes that wait for credits on VC0 hold
// it up neither at the device nor at the switch's egress.
#include <gtest/gtest.h>

#include "tb/support/simulation.h"
#include "tb/system/ports/link_kinds.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

protocols::PcieLinkConfig with_uio() {
  protocols::PcieLinkConfig link;
  link.virtual_channels = 4;
  link.uio_vc = 3;
  link.posted_header_credits = 16;  // four a virtual channel
  return link;
}

TEST(UnorderedIo, PassesWritesThatWaitForCreditsOnAnotherChannel) {
  ReportGuard reports;
  const auto policy = std::make_shared<protocols::PciePolicy>(with_uio());
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

}  // namespace
}  // namespace antares::tb
