// SPDX-License-Identifier: Apache-2.0
// Zero load over two and three switches: LT = AT = closed form (tb/support/closed_form.h), to the
// picosecond, on the time of the last byte; mixed widths, every train size, other protocols.
// Tolerance: as over one switch (tb/system/fabric/test_zero_load.cpp): 0 where all links have one
// rate and for trains of one link packet; else one link packet of the slowest link for each switch.
// LT against the closed form: a handful of floors a hop, and between unlike links one with each
// link packet that waits for the one before it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using protocols::Packet;
using protocols::PacketKind;

std::shared_ptr<const protocols::LinkPolicy> pcie(unsigned generation, unsigned lanes) {
  protocols::PcieLinkConfig config;
  config.generation = generation;
  config.lanes = lanes;
  return std::make_shared<protocols::PciePolicy>(config);
}

struct Scenario {
  const char* name;
  LinkList links;  ///< device, trunks, device
};

ChainConfig chain_of(const LinkList& links, std::uint64_t train_bytes) {
  ChainConfig chain;
  chain.trunks.assign(links.begin() + 1, links.end() - 1);
  // Devices in the middle have no part in it.
  chain.device_links.assign(links.size() - 1, links.front());
  chain.device_links.back() = links.back();
  chain.train_bytes = train_bytes;
  return chain;
}

class ChainZeroLoad : public testing::TestWithParam<std::tuple<Scenario, std::uint64_t>> {};

TEST_P(ChainZeroLoad, LooselyTimedEqualsApproximatelyTimedEqualsTheClosedForm) {
  const auto [scenario, train_bytes] = GetParam();
  ReportGuard reports;
  const ChainConfig chain = chain_of(scenario.links, train_bytes);
  SwitchChain rig(chain);
  const std::size_t last = chain.switches() - 1;
  serve_with_atomics(rig.target(last));
  std::vector<unsigned char> data(1 << 17);
  const LinkList& way = scenario.links;
  const LinkList back(way.rbegin(), way.rend());
  const auto& first_link = *way.front();
  bool same_rate = true;
  Picoseconds link_packet_ps = 0;
  for (const auto& link : way) {
    same_rate = same_rate && link->rate().usable_GBps() == way[0]->rate().usable_GBps();
    link_packet_ps = std::max(link_packet_ps, link->rate().collect_ps(256 + 16));
  }

  struct Sample {
    tlm::tlm_generic_payload* at;
    tlm::tlm_generic_payload* lt;
    Picoseconds sent_ps;
    double expected_ps;
    double floors_ps;
  };
  std::vector<Sample> samples;
  Picoseconds when = 1'000'000;
  auto& initiator = rig.initiator(0);
  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
    for (const unsigned bytes : {1u, 64u, 256u, 257u, 4100u, 65536u}) {
      for (const unsigned offset : {0u, 100u, 4095u}) {
        const std::uint64_t address = window(static_cast<unsigned>(last)) + offset;
        auto& at_payload = initiator.make(command, address, data.data(), bytes);
        auto& lt_payload = initiator.make(command, address, data.data(), bytes);
        Packet packet;
        packet.kind = command == tlm::TLM_READ_COMMAND ? PacketKind::read : PacketKind::write;
        packet.bytes = bytes;
        packet.address_low = static_cast<std::uint16_t>(offset);
        packet.flags = protocols::kLongAddress;
        const SwitchConfig alike = chain.switch_config(0);
        double expected = zero_load_closed_form_ps(way, packet, alike, 5000);
        if (packet.kind == PacketKind::read) {
          packet.kind = PacketKind::completion;
          expected += zero_load_closed_form_ps(back, packet, alike, 5000);
        }
        const double waits = same_rate ? 0.0 : first_link.wire_cost(packet).link_packets;
        const double floors = (6 + waits) * static_cast<double>(chain.switches());
        samples.push_back({&at_payload, &lt_payload, when, expected, floors});
        at(when, [&initiator, &at_payload] { initiator.begin(at_payload); });
        when += 4'000'000 + 8 * static_cast<Picoseconds>(expected);
      }
    }
  }
  std::vector<Picoseconds> lt(samples.size());
  at(when, [&] {
    for (std::size_t i = 0; i < samples.size(); ++i) lt[i] = initiator.blocking(*samples[i].lt);
  });
  sc_core::sc_start();
  const Picoseconds slack = link_packet_ps * chain.switches() * 2;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    const auto& payload = *sample.at;
    const std::string what = std::string(payload.is_read() ? "read" : "write") + " of " +
                             std::to_string(payload.get_data_length()) + " B at +" +
                             std::to_string(payload.get_address() % 4096);
    EXPECT_TRUE(payload.is_response_ok()) << what;
    EXPECT_NEAR(static_cast<double>(lt[i]), sample.expected_ps, sample.floors_ps) << what;
    const Picoseconds at_ps = initiator.response_ps(payload) - sample.sent_ps;
    if (same_rate || train_bytes == 0) {
      EXPECT_EQ(at_ps, lt[i]) << what;
    } else {
      EXPECT_LT(at_ps, lt[i] + slack) << what;
      EXPECT_LT(lt[i], at_ps + slack) << what;
    }
  }
  rig.expect_all_quiescent();
}

const Scenario kScenarios[] = {
    {"two_x16", {pcie(6, 16), pcie(6, 16), pcie(6, 16)}},
    {"three_x16", {pcie(6, 16), pcie(6, 16), pcie(6, 16), pcie(6, 16)}},
    {"three_x4_x16_x8_x16", {pcie(6, 4), pcie(6, 16), pcie(6, 8), pcie(6, 16)}},
    {"three_x16_x4_x8_x4", {pcie(6, 16), pcie(6, 4), pcie(6, 8), pcie(6, 4)}},
    {"three_gen5_in_the_middle", {pcie(6, 16), pcie(5, 16), pcie(5, 16), pcie(6, 16)}},
};

INSTANTIATE_TEST_SUITE_P(Widths, ChainZeroLoad,
                         testing::Combine(testing::ValuesIn(kScenarios),
                                          testing::Values(0u, 1024u, 16384u, 1u << 20)),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param).name) + "_" +
                                  std::to_string(std::get<1>(param.param));
                         });

/// Other protocols, one link packet: LT = AT, and what an added switch costs does not depend on
/// which it is.
class ChainOfKind : public testing::TestWithParam<LinkKind> {};

TEST_P(ChainOfKind, LooselyTimedEqualsApproximatelyTimed) {
  ReportGuard reports;
  const LinkList links(4, make_policy(GetParam()));
  SwitchChain rig(chain_of(links, 0));
  for (auto& target : rig.targets) serve_with_atomics(*target);
  unsigned char data[64] = {};
  struct Sample {
    tlm::tlm_generic_payload* at;
    tlm::tlm_generic_payload* lt;
    Picoseconds sent_ps;
    unsigned switches;
  };
  std::vector<Sample> samples;
  auto& initiator = rig.initiator(0);
  Picoseconds when = 1'000'000;
  std::uint64_t region = 0;
  for (const unsigned to : {0u, 1u, 2u}) {
    for (const unsigned kind : {0u, 1u, 2u}) {
      const auto make = [&]() -> tlm::tlm_generic_payload& {
        // Each access has a region of its own: no transmitter remembers its address.
        const std::uint64_t address = window(to) + (region++ << 20);
        if (kind == 2) return make_atomic(initiator, AtomicShape{}, address, data);
        return initiator.make(kind == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address,
                              data, sizeof data);
      };
      auto& at_payload = make();
      samples.push_back({&at_payload, &make(), when, to + 1});
      at(when, [&initiator, &at_payload] { initiator.begin(at_payload); });
      when += 20'000'000;
    }
  }
  std::vector<Picoseconds> lt(samples.size());
  at(when, [&] {
    for (std::size_t i = 0; i < samples.size(); ++i) lt[i] = initiator.blocking(*samples[i].lt);
  });
  sc_core::sc_start();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_TRUE(samples[i].at->is_response_ok()) << i;
    EXPECT_TRUE(samples[i].lt->is_response_ok()) << i;
    EXPECT_EQ(initiator.response_ps(*samples[i].at) - samples[i].sent_ps, lt[i]) << i;
  }
  for (const unsigned kind : {0u, 1u, 2u})
    EXPECT_EQ(lt[6 + kind] - lt[3 + kind], lt[3 + kind] - lt[kind]) << kind;
  rig.expect_all_quiescent();
}

INSTANTIATE_TEST_SUITE_P(Kinds, ChainOfKind, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace antares::tb
