// SPDX-License-Identifier: Apache-2.0
// Routing by load over parallel links: it carries a permutation that fixed ways let collide, costs
// nothing at zero load, keeps the order that protocols promise, and gives the same times with one
// wheel and with two.
#include <cmath>

#include "antares/models/observe/scoreboard.h"
#include "tb/support/link_kinds.h"
#include "tb/support/shadow_line.h"
#include "tb/system/links/parallel_links.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;

std::shared_ptr<const protocols::LinkPolicy> pcie_of(const protocols::PcieLinkConfig& link = {}) {
  return std::make_shared<protocols::PciePolicy>(link);
}

protocols::PcieLinkConfig small_buffers() {
  protocols::PcieLinkConfig small;  // credits run out all the time
  small.posted_header_credits = small.non_posted_header_credits = small.completion_header_credits =
      16;
  small.posted_data_credits = small.completion_data_credits = 256;
  return small;
}

Picoseconds occupancy_of(const protocols::LinkPolicy& policy, std::uint32_t bytes) {
  protocols::Packet packet;
  packet.bytes = bytes;
  packet.flags = protocols::kLongAddress;
  policy.classify(packet);
  return models::train_cost(policy, packet).occupancy.whole_ps;
}

/// Each device of switch 0 writes to its like on switch 1; when the last byte is there.
void start_permutation(ParallelLinks& rig, unsigned devices, unsigned writes, unsigned bytes,
                       std::vector<unsigned char>& data) {
  // From inside the simulation: before it, no link between switches is known yet.
  at(kStart, [&rig, devices, writes, bytes, &data] {
    for (unsigned d = 0; d < devices; ++d)
      for (unsigned k = 0; k < writes; ++k)
        rig.initiator(d).begin_in_turn(rig.initiator(d).make(
            tlm::TLM_WRITE_COMMAND, window(devices + d) + k * bytes, data.data(), bytes));
  });
}

Picoseconds last_arrival(ParallelLinks& rig, unsigned devices) {
  Picoseconds last = 0;
  for (unsigned d = 0; d < devices; ++d)
    last = std::max(last, rig.target(devices + d).phases().back().at_ps);
  return last;
}

TEST(AdaptiveWays, CarryAPermutationThatFixedWaysLetCollide) {
  ReportGuard reports;
  constexpr unsigned kDevices = 4, kWrites = 800, kBytes = 256;
  ParallelConfig config;
  config.device = config.trunk = pcie_of();
  // What a hash does one time in many: two and two share a link, two links idle.
  config.link_of = [](unsigned d) { return d / 2; };
  config.name_prefix = "adaptive_";
  ParallelLinks adaptive(config);
  config.adaptive = false;
  config.name_prefix = "fixed_";
  ParallelLinks fixed(config);
  std::vector<unsigned char> data(kBytes, 1);
  start_permutation(adaptive, kDevices, kWrites, kBytes, data);
  start_permutation(fixed, kDevices, kWrites, kBytes, data);
  sc_core::sc_start();
  const Picoseconds each = occupancy_of(*config.device, kBytes);
  const Picoseconds alone = adaptive.target(kDevices).phases().front().at_ps - kStart;
  // Links as wide as the devices': a link for each is the devices' line rate. 1 %: the first
  // packets of one instant wait for each other in the crossbar.
  const Picoseconds own_link = alone + (kWrites - 1) * each;
  EXPECT_GE(last_arrival(adaptive, kDevices) - kStart + kWrites, own_link);
  EXPECT_LE(last_arrival(adaptive, kDevices) - kStart, own_link + own_link / 100);
  EXPECT_GE(last_arrival(fixed, kDevices) - kStart + 2 * kWrites, alone + (2 * kWrites - 1) * each)
      << "two share a link";
  EXPECT_EQ(adaptive.links_used(0), 4u);
  EXPECT_EQ(fixed.links_used(0), 2u);
  adaptive.expect_all_quiescent();
  fixed.expect_all_quiescent();
}

// By a hash of the two endpoints: a pair stays on one link, however full it is and whenever it is
// asked, both ways of many pairs are spread over all.
TEST(EqualCostWays, APairHasOneAndManyPairsHaveAll) {
  ReportGuard reports;
  constexpr unsigned kDevices = 8, kWrites = 50, kBytes = 256;
  ParallelConfig config;
  config.devices = kDevices;
  config.device = config.trunk = pcie_of(small_buffers());
  config.by_hash = true;
  ParallelLinks rig(config);
  std::vector<unsigned char> data(kBytes, 1);
  const auto write = [&](unsigned from, unsigned to, unsigned writes, Picoseconds at_ps) {
    at(at_ps, [&rig, &data, from, to, writes] {
      for (unsigned k = 0; k < writes; ++k)
        rig.initiator(from).begin_in_turn(rig.initiator(from).make(
            tlm::TLM_WRITE_COMMAND, window(to) + k * kBytes, data.data(), kBytes));
    });
  };
  const auto carried = [&](unsigned link) {
    return rig.up(0, link).egress_reading().payload_bytes;
  };
  write(0, kDevices, kWrites, kStart);
  sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_US));
  ASSERT_EQ(rig.links_used(0), 1u);
  unsigned own = 0;
  while (carried(own) == 0) ++own;
  EXPECT_EQ(carried(own), kWrites * kBytes);
  write(0, kDevices, kWrites, now_ps() + kStart);
  sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_US));
  EXPECT_EQ(carried(own), 2 * kWrites * kBytes) << "again";
  for (unsigned from = 0; from < kDevices; ++from)
    for (unsigned to = kDevices; to < 2 * kDevices; ++to) write(from, to, 1, now_ps() + kStart);
  sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_US));
  std::uint64_t all = 0;
  for (unsigned link = 0; link < config.links; ++link) {
    const std::uint64_t pairs = (carried(link) - (link == own ? 2 * kWrites * kBytes : 0)) / kBytes;
    all += pairs;
    // 64 pairs over four links: 16 each, and five standard deviations of a fair choice.
    EXPECT_NEAR(static_cast<double>(pairs), 16, 5 * std::sqrt(64 * 0.25 * 0.75)) << link;
    EXPECT_GT(pairs, 0u) << link;
  }
  EXPECT_EQ(all, kDevices * kDevices);
  rig.expect_all_quiescent();
}

class AdaptiveKinds : public testing::TestWithParam<LinkKind> {};

TEST_P(AdaptiveKinds, CostNothingAtZeroLoad) {
  ReportGuard reports;
  ParallelConfig config;
  config.device = config.trunk = make_policy(GetParam());
  config.name_prefix = "adaptive_";
  ParallelLinks adaptive(config);
  config.adaptive = false;
  config.name_prefix = "fixed_";
  ParallelLinks fixed(config);
  unsigned char data[64] = {};
  tlm_generic_payload* payloads[2][2];
  for (const unsigned read : {0u, 1u}) {
    for (const unsigned which : {0u, 1u}) {
      ParallelLinks& rig = which == 0 ? adaptive : fixed;
      payloads[which][read] =
          &rig.initiator(1).make(read != 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                 window(6) + 128 * read, data, 64);
      // A link that remembers what it sent: requests of one kind only meet a fresh one.
      if (read == 0 || GetParam() != LinkKind::ualink_x4)
        at(kStart * (1 + 100 * read),
           [payload = payloads[which][read], &rig] { rig.initiator(1).begin(*payload); });
    }
  }
  sc_core::sc_start();
  for (const unsigned read : {0u, 1u}) {
    if (read == 1 && GetParam() == LinkKind::ualink_x4) break;
    const Picoseconds took = adaptive.initiator(1).response_ps(*payloads[0][read]);
    EXPECT_NE(took, 0u);
    EXPECT_EQ(took, fixed.initiator(1).response_ps(*payloads[1][read])) << "read " << read;
    auto& again =
        adaptive.initiator(1).make(read != 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                   window(6) + 128 * read, data, 64);
    EXPECT_EQ(adaptive.initiator(1).blocking(again), took - kStart * (1 + 100 * read));
  }
  for (auto& fabric : adaptive.switches) expect_quiescent(*fabric, fabric->scheduler());
}

/// Lines of every device to every device, many at a time; the scoreboard looks at their order.
TEST_P(AdaptiveKinds, KeepDataAndOrder) {
  ReportGuard reports;
  ParallelConfig config;
  config.device = config.trunk =
      GetParam() == LinkKind::pcie6_x16 ? pcie_of(small_buffers()) : make_policy(GetParam());
  config.devices = 2;
  config.links = 3;
  ParallelLinks rig(config);
  models::ScoreboardConfig ordered;
  ordered.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
  models::Scoreboard board(ordered);
  for (auto& fabric : rig.switches) fabric->observe().add_listener(board);
  constexpr unsigned kLines = 8, kAccesses = 25;
  std::vector<std::unique_ptr<ShadowLine>> lines[4];
  for (unsigned from = 0; from < rig.endpoints(); ++from) {
    for (unsigned k = 0; k < kLines; ++k) {
      const std::uint64_t base =
          window(k % 4) + (from * kLines + k) * std::uint64_t{ShadowLine::kBytes};
      lines[from].push_back(
          std::make_unique<ShadowLine>(rig.initiator(from), base, 100 * from + k, kAccesses));
      at(1000 + 777 * k, [line = lines[from].back().get()] { line->next(); });
    }
    rig.initiator(from).on_response = [&, from](tlm_generic_payload& payload, auto&) {
      for (auto& line : lines[from])
        if (line->owns(payload)) line->answered();
      return tlm::TLM_COMPLETED;
    };
  }
  sc_core::sc_start();
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_TRUE(board.conserved());
  EXPECT_GT(ShadowLine::compared, rig.endpoints() * kLines * kAccesses / 3);
  EXPECT_EQ(rig.links_used(0), 3u);
  rig.expect_all_quiescent();
  for (auto& fabric : rig.switches) fabric->observe().remove_listener(board);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AdaptiveKinds, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

struct Stream {
  bool unordered;
  unsigned links;  ///< that one stream of requests takes
};

class OneStream : public testing::TestWithParam<Stream> {};

/// One device writes without a break. Where the protocol promises an order it stays on one link;
/// unordered I/O takes whichever has most credit. Trains of one request go one way in both cases.
TEST_P(OneStream, StaysOnItsLinkWhereOrderIsPromised) {
  ReportGuard reports;
  protocols::PcieLinkConfig link;
  link.virtual_channels = 4;
  link.uio_vc = 3;
  ParallelConfig config;
  config.device = config.trunk = pcie_of(link);
  config.train_bytes = 1024;
  ParallelLinks rig(config);
  models::ScoreboardConfig ordered;
  ordered.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
  ordered.unordered_channels = 1u << link.uio_vc;
  models::Scoreboard board(ordered);
  for (auto& fabric : rig.switches) fabric->observe().add_listener(board);
  constexpr unsigned kWrites = 300;
  std::vector<unsigned char> data(4096, 3);
  at(kStart, [&] {
    for (unsigned k = 0; k < kWrites; ++k) {
      auto& payload =
          rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(5) + k * 4096, data.data(), 4096);
      if (GetParam().unordered) add_hint(payload).flags = protocols::kUnorderedIo;
      rig.initiator(0).begin_in_turn(payload);
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).responses(), kWrites);
  EXPECT_EQ(rig.target(5).requests(), kWrites);
  EXPECT_EQ(rig.links_used(0), GetParam().links);
  for (unsigned k = 0; k < kWrites; ++k)
    ASSERT_EQ(rig.target(5).byte(k * 4096 + 4095), 3) << "write " << k;
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  rig.expect_all_quiescent();
}

INSTANTIATE_TEST_SUITE_P(Order, OneStream, testing::Values(Stream{false, 1}, Stream{true, 4}),
                         [](const auto& param) {
                           return std::string(param.param.unordered ? "unordered" : "ordered");
                         });

TEST(AdaptiveWays, OneWheelAndAWheelEachGiveTheSameTimes) {
  ReportGuard reports;
  std::vector<Picoseconds> answers[2];
  std::vector<std::unique_ptr<ParallelLinks>> rigs;
  std::vector<std::unique_ptr<ShadowLine>> lines[2][4];
  for (const unsigned which : {0u, 1u}) {
    ParallelConfig config;
    config.devices = 2;
    config.links = 3;
    config.device = config.trunk = pcie_of(small_buffers());
    config.one_wheel = which == 0;
    config.name_prefix = which == 0 ? "one_" : "each_";
    rigs.push_back(std::make_unique<ParallelLinks>(config));
    for (unsigned from = 0; from < 4; ++from) {
      Initiator& initiator = rigs[which]->initiator(from);
      for (unsigned k = 0; k < 8; ++k) {
        const std::uint64_t base =
            window(k % 4) + (from * 8 + k) * std::uint64_t{ShadowLine::kBytes};
        lines[which][from].push_back(
            std::make_unique<ShadowLine>(initiator, base, 100 * from + k, 30));
        at(1000 + 777 * k, [line = lines[which][from].back().get()] { line->next(); });
      }
      initiator.on_response = [&, which, from](tlm_generic_payload& payload, auto&) {
        answers[which].push_back(now_ps());
        for (auto& line : lines[which][from])
          if (line->owns(payload)) line->answered();
        return tlm::TLM_COMPLETED;
      };
    }
  }
  sc_core::sc_start();
  EXPECT_EQ(answers[0].size(), 4u * 8 * 30);
  EXPECT_EQ(answers[0], answers[1]);
  for (auto& rig : rigs) rig->expect_all_quiescent();
}

TEST(AdaptiveWays, GoRoundALinkThatIsDown) {
  ReportGuard reports;
  ParallelConfig config;
  config.device = config.trunk = pcie_of();
  config.may_fail = true;
  ParallelLinks rig(config);
  rig.up(0, 0).schedule_link(LinkEvent::lose, 1000);  // the fixed way of all
  std::vector<unsigned char> data(256, 1);
  constexpr unsigned kWrites = 200;
  start_permutation(rig, 4, kWrites, 256, data);
  sc_core::sc_start();
  for (unsigned d = 0; d < 4; ++d) {
    EXPECT_EQ(rig.initiator(d).responses(), kWrites);
    EXPECT_EQ(rig.target(4 + d).requests(), kWrites) << "device " << d;
  }
  EXPECT_EQ(rig.links_used(0), 3u);
  for (const auto& fabric : rig.switches)
    for (const std::string& problem : fabric->quiescence_problems()) ADD_FAILURE() << problem;
}

/// A link goes down and up again under traffic: what is on it may fail, nothing is left behind.
TEST(AdaptiveWays, LoseNothingForEverWhenALinkFails) {
  ReportGuard reports;
  ParallelConfig config;
  config.device = config.trunk = pcie_of(small_buffers());
  config.train_bytes = 1024;
  config.may_fail = true;
  ParallelLinks rig(config);
  for (const Picoseconds down : {3'000'000u, 9'000'000u, 15'000'000u}) {
    rig.up(0, down / 6'000'000).schedule_link(LinkEvent::lose, down);
    rig.up(0, down / 6'000'000).schedule_link(LinkEvent::restore, down + 2'000'000);
  }
  std::vector<unsigned char> data(4096, 1);
  constexpr unsigned kRequests = 400;
  at(kStart, [&] {
    for (unsigned e = 0; e < rig.endpoints(); ++e)
      for (unsigned k = 0; k < kRequests; ++k)
        rig.initiator(e).begin_in_turn(
            rig.initiator(e).make(k % 3 == 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                  window((e + 4 + k % 2) % 8) + k * 4096, data.data(), 4096));
  });
  sc_core::sc_start();
  for (unsigned e = 0; e < rig.endpoints(); ++e)
    EXPECT_EQ(rig.initiator(e).responses(), kRequests) << "endpoint " << e;
  for (const auto& fabric : rig.switches) {
    EXPECT_EQ(fabric->transactions_in_flight(), 0u);
    EXPECT_EQ(fabric->packets_in_flight(), 0u);
    for (const std::string& problem : fabric->quiescence_problems()) ADD_FAILURE() << problem;
  }
}

}  // namespace
}  // namespace antares::tb
