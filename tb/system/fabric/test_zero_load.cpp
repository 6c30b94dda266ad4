// SPDX-License-Identifier: Apache-2.0
// Zero load: LT = AT = closed form (tb/support/closed_form.h), to the picosecond, on the time of
// the last byte, over one switch. Over several: tb/system/links.
// Tolerance 0 between LT and AT where both links have one rate, whatever the trains, and for trains
// of one link packet at any rates. A train of several between unlike links is taken to be regular:
// 100 ps, and a link packet for a read that does not begin at a boundary (its completions are cut
// unevenly).
#include <gtest/gtest.h>

#include <algorithm>

#include "tb/support/closed_form.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::PortAdapter;
using protocols::Packet;
using protocols::PacketKind;
using protocols::PciePolicy;

struct Scenario {
  const char* name;
  unsigned generation_in, lanes_in, generation_out, lanes_out;
};

protocols::PcieLinkConfig link(unsigned generation, unsigned lanes) {
  protocols::PcieLinkConfig config;
  config.generation = generation;
  config.lanes = lanes;
  return config;
}

class ZeroLoad : public testing::TestWithParam<std::tuple<Scenario, std::uint64_t>> {};

TEST_P(ZeroLoad, LooselyTimedEqualsApproximatelyTimedEqualsTheClosedForm) {
  const auto [scenario, train_bytes] = GetParam();
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2, train_bytes);
  config.ports[0] = pcie_port("in", link(scenario.generation_in, scenario.lanes_in));
  config.ports[1] = pcie_port("out", link(scenario.generation_out, scenario.lanes_out));
  Fabric rig(config);
  std::vector<unsigned char> data(1 << 20);
  const auto& in = static_cast<const PciePolicy&>(*config.ports[0].policy);
  const auto& out = static_cast<const PciePolicy&>(*config.ports[1].policy);
  const LinkList way = {config.ports[0].policy, config.ports[1].policy};
  const LinkList back = {way[1], way[0]};
  const double propagation_ps = 1000 * config.ports[0].propagation_ns;

  const bool same_rate = in.rate().usable_GBps() == out.rate().usable_GBps();
  const Picoseconds link_packet_ps =
      std::max(in.rate().collect_ps(256 + 16), out.rate().collect_ps(256 + 16));

  struct Sample {
    tlm::tlm_generic_payload* at;
    Picoseconds lt_ps, sent_ps;
    double expected_ps;
    double floors_ps;
    bool uneven;
  };
  std::vector<Sample> samples;
  Picoseconds when = 1'000'000;
  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
    for (const unsigned bytes :
         {1u, 4u, 64u, 100u, 256u, 257u, 512u, 4096u, 4100u, 65536u, 1u << 20}) {
      for (const unsigned offset : {0u, 64u, 100u, 4095u, 1u}) {
        const std::uint64_t address = window(1) + offset;
        auto& initiator = rig.initiator(0);
        auto& at_payload = initiator.make(command, address, data.data(), bytes);
        auto& lt_payload = initiator.make(command, address, data.data(), bytes);
        Packet packet;
        packet.kind = command == tlm::TLM_READ_COMMAND ? PacketKind::read : PacketKind::write;
        packet.bytes = bytes;
        packet.address_low = static_cast<std::uint16_t>(offset);
        packet.flags = protocols::kLongAddress;
        double expected = zero_load_closed_form_ps(way, packet, config, propagation_ps);
        if (packet.kind == PacketKind::read) {
          packet.kind = PacketKind::completion;
          expected += zero_load_closed_form_ps(back, packet, config, propagation_ps);
        }
        // A handful on the way (occupancy, collection, crossbar), twice for a read; between unlike
        // links one more with each link packet that waits for the one before it.
        const double floors = 8 + (same_rate ? 0.0 : out.wire_cost(packet).link_packets);
        samples.push_back({&at_payload, initiator.blocking(lt_payload), when, expected, floors,
                           packet.kind == PacketKind::completion && offset != 0});
        at(when, [&initiator, &at_payload] { initiator.begin(at_payload); });
        when += 2'000'000 + 6 * static_cast<Picoseconds>(expected);
      }
    }
  }
  // Only timing is looked at: the sparse memory of the target would be slow at 1 MiB.
  rig.target(1).on_request = [](tlm::tlm_generic_payload& payload, auto&, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  sc_core::sc_start();
  for (const Sample& sample : samples) {
    const auto& payload = *sample.at;
    const std::string what = std::string(payload.is_read() ? "read" : "write") + " of " +
                             std::to_string(payload.get_data_length()) + " B at +" +
                             std::to_string(payload.get_address() - window(1));
    EXPECT_NEAR(static_cast<double>(sample.lt_ps), sample.expected_ps, sample.floors_ps) << what;
    const Picoseconds at_ps = rig.initiator(0).response_ps(payload) - sample.sent_ps;
    if (same_rate || train_bytes == 0) {
      EXPECT_EQ(at_ps, sample.lt_ps) << what;
    } else {
      constexpr Picoseconds kUneven_ps = 100;
      const Picoseconds slack = sample.uneven ? link_packet_ps : kUneven_ps;
      EXPECT_LT(at_ps, sample.lt_ps + slack) << what;
      EXPECT_LT(sample.lt_ps, at_ps + slack) << what;
    }
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Widths, ZeroLoad,
                         testing::Combine(testing::Values(Scenario{"x16", 6, 16, 6, 16},
                                                          Scenario{"x4_to_x16", 6, 4, 6, 16},
                                                          Scenario{"x16_to_x4", 6, 16, 6, 4},
                                                          Scenario{"gen5_to_gen6", 5, 16, 6, 16},
                                                          Scenario{"gen6_to_gen5", 6, 16, 5, 16},
                                                          Scenario{"x1", 6, 1, 6, 1}),
                                          testing::Values(0u, 1024u, 16384u, 65536u, 1u << 20)),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param).name) + "_" +
                                  std::to_string(std::get<1>(param.param));
                         });

}  // namespace
}  // namespace antares::tb
