// SPDX-License-Identifier: Apache-2.0
// Links whose units fail: nothing is lost, duplicated or out of order, and goodput falls by the
// closed form: with go-back-N each failure costs the time from the failed unit's start to its
// start again, so that a share p * restart / unit of the line is lost.
#include <cmath>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

void fail_often(SwitchConfig& config, double probability) {
  may_fail(config);
  for (auto& port : config.ports) port.faults->errors.flit_failure_probability = probability;
}

class Replay : public testing::TestWithParam<LinkKind> {};

TEST_P(Replay, NothingIsLostDuplicatedOrOutOfOrder) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  if (link->make_replay() == nullptr) {
    EXPECT_EQ(GetParam(), LinkKind::ideal) << "every real protocol has a replay";
    return;
  }
  SwitchConfig config = mixed_switch({link, link, link});
  fail_often(config, 0.01);
  Fabric rig(config);
  FlapRun run;
  run.accesses = 100;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  run.go();
  EXPECT_EQ(ShadowLine::errors, 0u) << "a failed unit is the link's own business";
  std::uint64_t failed = 0;
  for (std::uint16_t i = 0; i < 3; ++i) {
    auto& port = rig.fabric.port(protocols::PortId(i)).adapter();
    for (auto* sender : {&port.ingress_link(), &port.egress().link()}) {
      const auto& counts = sender->errors()->counts();
      failed += counts.failed;
      EXPECT_LE(counts.failed, counts.units);
    }
  }
  EXPECT_GT(failed, 20u);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Replay, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

struct Stream {
  double GBps = 0;
  models::LinkErrorCounts counts;
  protocols::ReplayCounts replay;
};

/// 4 KiB stores from device 0 to device 1 in a closed loop deep enough to fill the link.
Stream saturate(Fabric& rig, unsigned requests, unsigned window_requests) {
  constexpr unsigned kBytes = 4096;
  static unsigned char data[kBytes];
  rig.target(1).on_request = [](tlm_generic_payload& payload, auto&, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  auto& initiator = rig.initiator(0);
  unsigned left = requests;
  unsigned answered = 0;
  Picoseconds first = 0;
  Picoseconds last = 0;
  const std::function<void()> next = [&] {
    if (left == 0) return;
    --left;
    initiator.begin(initiator.make(tlm::TLM_WRITE_COMMAND,
                                   window(1) + left % 1024 * std::uint64_t{kBytes}, data, kBytes));
  };
  initiator.on_response = [&](tlm_generic_payload& payload, auto&) {
    EXPECT_TRUE(payload.is_response_ok());
    ++answered;
    if (answered == requests / 10) first = now_ps();
    if (answered == requests - requests / 10) last = now_ps();
    at(now_ps() + 1, next);
    return tlm::TLM_COMPLETED;
  };
  for (unsigned k = 0; k < window_requests; ++k) at(1000 + k, next);
  sc_core::sc_start();
  EXPECT_EQ(answered, requests);
  Stream stream;
  stream.GBps =
      (requests - 2.0 * (requests / 10)) * kBytes / static_cast<double>(last - first) * 1000;
  const auto& errors = *rig.fabric.port(protocols::PortId(0)).adapter().ingress_link().errors();
  stream.counts = errors.counts();
  stream.replay = errors.replay()->counts();
  expect_quiescent(rig.fabric, rig.wheel);
  return stream;
}

class Goodput : public testing::TestWithParam<double> {};

TEST_P(Goodput, FallsByTheLinkTimeThatReplayTakes) {
  ReportGuard reports;
  const double p = GetParam();
  SwitchConfig config = pcie_switch(2);
  config.train_bytes = 4096;
  may_fail(config);
  config.ports[0].faults->errors.flit_failure_probability = p;
  Fabric rig(config);
  const Stream stream = saturate(rig, 8000, 24);
  const auto& link = *config.ports[0].policy;
  const double perfect = link.rate().raw_GBps * link.efficiency(protocols::PacketKind::write, 256);
  // Failures are binomial, of what is sent again, too: 5 standard deviations.
  const double units = static_cast<double>(stream.counts.units);
  const double sent = units + static_cast<double>(stream.replay.resent);
  EXPECT_NEAR(static_cast<double>(stream.replay.failed), sent * p, 5 * std::sqrt(sent * p) + 1);
  // The mean cost of one is what the run says; the loss that follows from it is what we see.
  const double lost_ps = static_cast<double>(stream.counts.lost_ps);
  const double unit_ps = static_cast<double>(link.rate().occupancy_ps(link.replay_unit_bytes()));
  const double loss = lost_ps / (units * unit_ps + lost_ps);
  EXPECT_NEAR(stream.GBps / perfect, 1 - loss, 0.02) << "loss " << loss;
  if (stream.counts.failed == 0) return;
  // A restart takes the round trip: there, back, and the unit itself. A train may end within a unit
  // (one less). Once in 1/p the request for it gets lost, too, and the timer has to notice; the
  // resent units fail in their turn: within three times that.
  const double mean_ps = lost_ps / static_cast<double>(stream.counts.failed);
  const double round_trip_ps = 2.0 * 1000 * config.ports[0].propagation_ns + unit_ps;
  const double timeout_ps = 1000 * protocols::PcieLinkConfig{}.replay.timeout_ns;
  EXPECT_GE(mean_ps, round_trip_ps - unit_ps);
  EXPECT_LE(mean_ps, round_trip_ps + unit_ps + 3 * p * timeout_ps);
}

INSTANTIATE_TEST_SUITE_P(Probabilities, Goodput, testing::Values(0.0, 1e-3, 1e-2, 3e-2));

class Cable : public testing::TestWithParam<unsigned> {};

TEST_P(Cable, TheReplayBufferBindsOnceTheRoundTripIsLonger) {
  ReportGuard reports;
  SwitchConfig config = pcie_switch(2);
  may_fail(config);
  const double propagation_ns = GetParam() * 5.0;  // metres of cable
  protocols::PcieLinkConfig deep;                  // credits are not to bind
  deep.posted_header_credits = 2032;
  deep.posted_data_credits = 32'752;
  for (auto& port : config.ports) {
    port.policy = std::make_shared<protocols::PciePolicy>(deep);
    port.propagation_ns = propagation_ns;
  }
  Fabric rig(config);
  const Stream stream = saturate(rig, 3000, 30);
  const auto& link = *config.ports[0].policy;
  auto& errors = *rig.fabric.port(protocols::PortId(0)).adapter().ingress_link().errors();
  const double unit_ps = static_cast<double>(link.rate().occupancy_ps(link.replay_unit_bytes()));
  const double round_trip_ps =
      2 * 1000 * propagation_ns + unit_ps + static_cast<double>(errors.replay()->acknowledge_ps());
  const double share = std::min(1.0, errors.depth_units() * unit_ps / round_trip_ps);
  const double perfect = link.rate().raw_GBps * link.efficiency(protocols::PacketKind::write, 256);
  // Trains of one link packet: a unit more or less in the buffer, and the window's ends.
  EXPECT_NEAR(stream.GBps / (perfect * share), 1, 0.03) << "share " << share;
}

INSTANTIATE_TEST_SUITE_P(Metres, Cable, testing::Values(1, 10, 50, 90, 130, 200));

}  // namespace
}  // namespace antares::tb
