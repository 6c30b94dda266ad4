// SPDX-License-Identifier: Apache-2.0
// Cards under load: what bounds the throughput, and that nothing is lost or mixed up.
#include "antares/protocols/common/random_stream.h"
#include "tb/system/nic/nic_rig.h"

namespace antares::tb {
namespace {

/// A card in which nothing but what the test sets is scarce.
models::NicConfig generous() {
  models::NicConfig nic;
  nic.message_gap_ns = 0;
  nic.dma_rate_GBps = 10000;
  nic.send_queue_depth = 1 << 16;
  nic.receive_buffer_bytes = 1ull << 30;
  return nic;
}

/// Mean distance of two answers; the first fifth, in which the path fills, does not count.
double spacing_ps(const std::vector<Picoseconds>& done_ps) {
  const std::size_t first = done_ps.size() / 5;
  return static_cast<double>(done_ps.back() - done_ps[first]) /
         static_cast<double>(done_ps.size() - 1 - first);
}

std::vector<models::Request> requests(bool read, std::uint32_t bytes, unsigned count) {
  std::vector<models::Request> list(count);
  for (unsigned i = 0; i < count; ++i) {
    list[i].address = window(1) + std::uint64_t{i} * bytes % kNicMemoryBytes;
    list[i].bytes = bytes;
    list[i].read = read;
  }
  return list;
}

class NicBound : public testing::TestWithParam<bool> {};  // parameter: loads

TEST_P(NicBound, TheDmaRateWhereItIsTheSmallest) {
  ReportGuard reports;
  models::NicConfig nic = generous();
  nic.dma_rate_GBps = 12;  // the line carries about 98
  PumpedNics rig(nic);
  rig.pump.requests = requests(GetParam(), 4096, 2000);
  sc_core::sc_start();
  ASSERT_EQ(rig.pump.done_ps.size(), 2000u);
  const double expected_ps = 4096 * 1000.0 / nic.dma_rate_GBps;
  EXPECT_NEAR(spacing_ps(rig.pump.done_ps), expected_ps, 0.01 * expected_ps);
  // The channel keeps its rate in whole femtoseconds a byte.
  EXPECT_GE(spacing_ps(rig.pump.done_ps), expected_ps * (1 - 1e-5)) << "faster than the channel";
  rig.expect_at_rest();
}

TEST_P(NicBound, TheMessageRateWhereItIsTheSmallest) {
  ReportGuard reports;
  models::NicConfig nic = generous();
  nic.message_gap_ns = 50;  // the line takes one of 64 B in about 2 ns
  PumpedNics rig(nic);
  rig.pump.requests = requests(GetParam(), 64, 2000);
  sc_core::sc_start();
  ASSERT_EQ(rig.pump.done_ps.size(), 2000u);
  const double expected_ps = 1000 * nic.message_gap_ns;
  EXPECT_NEAR(spacing_ps(rig.pump.done_ps), expected_ps, 0.01 * expected_ps);
  rig.expect_at_rest();
}

TEST_P(NicBound, OneRoundTripAtATimeWithASendQueueOfOne) {
  ReportGuard reports;
  models::NicConfig nic = generous();
  nic.send_queue_depth = 1;
  PumpedNics rig(nic);
  rig.pump.requests = requests(GetParam(), 256, 50);
  const auto work = models::NicWork::of(
      GetParam() ? protocols::PacketKind::read : protocols::PacketKind::write, 256);
  const models::NicEngine& engine = rig.nics[0]->engine();
  Picoseconds round_trip =
      engine.requester_ps(work) + engine.target_ps(work) + rig.wire_ps(GetParam(), 256);
  if (GetParam())
    round_trip += static_cast<Picoseconds>(1000 * kNicMemoryLatency_ns) +
                  static_cast<Picoseconds>(1000.0 / kNicMemoryRate_GBps * 256);
  sc_core::sc_start();
  ASSERT_EQ(rig.pump.done_ps.size(), 50u);
  for (unsigned i = 0; i < 50; ++i)
    EXPECT_EQ(rig.pump.done_ps[i], 1'000'000 + (i + 1) * round_trip) << "request " << i;
  rig.expect_at_rest();
}

TEST_P(NicBound, TheLineWhereNothingElseIsScarce) {
  ReportGuard reports;
  PumpedNics rig(generous());
  rig.pump.requests = requests(GetParam(), 4096, 2000);
  const double line_GBps =
      rig.port(0).policy().efficiency(
          GetParam() ? protocols::PacketKind::read : protocols::PacketKind::write, 4096) *
      rig.port(0).policy().rate().raw_GBps;
  sc_core::sc_start();
  const double expected_ps = 4096 * 1000.0 / line_GBps;
  EXPECT_NEAR(spacing_ps(rig.pump.done_ps), expected_ps, 0.01 * expected_ps);
  rig.expect_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Directions, NicBound, testing::Bool(),
                         [](const auto& param) { return param.param ? "loads" : "stores"; });

TEST(NicUnderLoad, DataArrivesWholeThroughFullQueuesInBothDirections) {
  ReportGuard reports;
  models::NicConfig nic;
  nic.send_queue_depth = 3;
  nic.receive_buffer_bytes = 6000;  // less than three requests may carry: the port has to wait
  nic.dma_rate_GBps = 20;
  nic.inline_bytes = 100;
  PumpedNics rig(nic);
  constexpr unsigned kCount = 400;
  constexpr std::uint32_t kSlot = 4096;
  std::vector<std::vector<unsigned char>> sent[2], read_back[2];
  Pump* pumps[2] = {&rig.pump, &rig.other};
  for (unsigned side = 0; side < 2; ++side) {
    protocols::RandomStream stream(7, "side" + std::to_string(side));
    sent[side].resize(kCount);
    read_back[side].resize(kCount);
    for (unsigned i = 0; i < kCount; ++i) {
      auto& bytes = sent[side][i];
      bytes.resize(1 + stream.uniform_below(kSlot));
      for (auto& byte : bytes) byte = static_cast<unsigned char>(stream.uniform_below(256));
      read_back[side][i].resize(bytes.size());
      models::Request store;
      store.address = window(1 - side) + std::uint64_t{i} * kSlot;
      store.bytes = static_cast<std::uint32_t>(bytes.size());
      store.data = bytes.data();
      pumps[side]->requests.push_back(store);
      // Straight behind it: the load has to see what the store wrote.
      models::Request load = store;
      load.read = true;
      load.data = read_back[side][i].data();
      pumps[side]->requests.push_back(load);
    }
  }
  sc_core::sc_start();
  for (unsigned side = 0; side < 2; ++side) {
    EXPECT_EQ(pumps[side]->done_ps.size(), 2 * kCount);
    for (unsigned i = 0; i < kCount; ++i) {
      const unsigned char* memory =
          rig.memories[1 - side]->store().data() + std::uint64_t{i} * kSlot;
      EXPECT_TRUE(std::equal(sent[side][i].begin(), sent[side][i].end(), memory))
          << "store " << i << " of side " << side;
      EXPECT_EQ(read_back[side][i], sent[side][i]) << "load " << i << " of side " << side;
    }
    EXPECT_EQ(rig.nics[side]->counts().posted, 2 * kCount);
    EXPECT_EQ(rig.nics[side]->counts().completed, 2 * kCount);
    EXPECT_EQ(rig.nics[side]->counts().served, 2 * kCount);
    EXPECT_EQ(rig.nics[side]->counts().failed, 0u);
  }
  rig.expect_at_rest();
}

}  // namespace
}  // namespace antares::tb
