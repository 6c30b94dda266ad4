// SPDX-License-Identifier: Apache-2.0
// goodput [--round-trip-ns T] [--failures N] [--rates P...]: what a saturated link loses to replay,
// by protocol and probability that a unit (flit, frame, packet) fails, closed form beside
// simulation. The link is the model's own (LinkTransmitter with LinkErrors), fed with trains of
// writes and never short of credits; nothing else of a switch is in it. Exit: 0 fine, 1 they
// differ, 2 bad input.
//
// Closed form, first order: a failure costs the link time C that the protocol takes for one failure
// that stands alone (go-back-N: the round trip; selective: one unit; NVLink: its timer), so that of
// the line p C / (u + p C) is lost, u being the time of a unit. facts/pcie6.md 6: 0.05 % at 5e-6
// and 200 ns on x16. What the first order leaves out: resent units and requests for them that fail,
// too.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <systemc>
#include <vector>

#include "antares/models/port/link_transmitter.h"
#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/nvlink/nvlink_policy.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"

namespace {

using namespace antares;
using models::LinkErrors;
using models::LinkTransmitter;
using protocols::LinkPolicy;
using protocols::Picoseconds;

constexpr std::uint32_t kTrainBytes = 4096;
/// Where failures are rarer than this, fewer of them are waited for.
constexpr double kMostUnits = 4e8;

struct Kind {
  const char* name;
  std::shared_ptr<const LinkPolicy> policy;
};

std::vector<Kind> kinds() {
  protocols::PcieLinkConfig selective;
  selective.selective_nak = true;
  return {{"pcie6_x16", std::make_shared<protocols::PciePolicy>()},
          {"pcie6_x16_selective", std::make_shared<protocols::PciePolicy>(selective)},
          {"ualink_x4", std::make_shared<protocols::UalinkPolicy>()},
          {"nvlink4_x2", std::make_shared<protocols::NvlinkPolicy>()},
          {"ethernet_x4", std::make_shared<protocols::EthernetPolicy>()}};
}

protocols::CreditLedgerConfig no_limit(const LinkPolicy& policy) {
  protocols::CreditLedgerConfig config = policy.receiver_credits();
  for (auto& grant : config.grants) grant.infinite_header = grant.infinite_data = true;
  return config;
}

struct Stream {
  double ps = 0;
  models::LinkErrorCounts counts;
};

protocols::Packet write_of(const LinkPolicy& policy) {
  protocols::Packet packet;
  packet.bytes = kTrainBytes;
  policy.classify(packet);
  return packet;
}

Stream send(const LinkPolicy& policy, double probability, std::uint64_t trains,
            Picoseconds crossing_ps) {
  LinkTransmitter link(policy, crossing_ps, no_limit(policy));
  protocols::ErrorConfig errors;
  errors.flit_failure_probability = probability;
  link.set_errors(std::make_unique<LinkErrors>(policy, errors,
                                               protocols::RandomStream(1, "goodput"), crossing_ps));
  protocols::Packet packet = write_of(policy);
  for (std::uint64_t i = 0; i < trains; ++i) {
    const Picoseconds free = link.free_ps();
    if (link.encodes()) link.encode(packet, i * kTrainBytes, free);
    const auto& cost = link.cost(packet);
    const Picoseconds start = link.credits_at(packet, cost, free);
    link.send(packet, cost, {start, 0}, start);
  }
  return {static_cast<double>(link.free_ps()), link.errors()->counts()};
}

/// Nothing but the one unit fails.
class NothingElse : public protocols::UnitFates {
 public:
  bool next_fails() override { return false; }
};

struct Unit {
  double ps = 0;
  double failure_ps = 0;  ///< link time that one failure costs
  double per_train = 0;
};

Unit unit_of(const LinkPolicy& policy, Picoseconds crossing_ps) {
  const protocols::Packet packet = write_of(policy);
  const models::TrainCost cost = models::train_cost(policy, packet);
  const std::uint32_t bytes = policy.replay_unit_bytes();
  protocols::ReplayEpisode episode;
  episode.unit_ps = bytes == 0 ? cost.occupancy.whole_ps / cost.wire.link_packets
                               : policy.rate().occupancy_ps(bytes);
  episode.crossing_ps = crossing_ps;
  episode.start_ps = 1'000'000;
  // As many as a train brings behind a failed unit on average would blur it: none, or a long line.
  episode.following = 100'000;
  NothingElse fates;
  const auto recovery = policy.make_replay()->recover(episode, fates);
  Unit unit;
  unit.ps = static_cast<double>(episode.unit_ps);
  unit.failure_ps = static_cast<double>(recovery.lost_ps);
  unit.per_train = bytes == 0 ? cost.wire.link_packets : 1.0 * cost.wire.bytes / bytes;
  return unit;
}

int run(double round_trip_ns, double failures, const std::vector<double>& rates) {
  std::printf("# a saturated link, one way: share of the line that replay takes\n");
  std::printf("%-20s %8s %10s %11s %12s %9s %13s %13s %8s\n", "protocol", "unit_ns", "failure_ns",
              "probability", "units", "failed", "closed_form_%", "simulated_%", "sigma_%");
  unsigned differ = 0;
  for (const Kind& kind : kinds()) {
    const LinkPolicy& policy = *kind.policy;
    Unit unit = unit_of(policy, 0);
    // The unit itself belongs to the round trip: from its first bit until it could be sent again.
    const double crossing_ns = std::max(0.0, (round_trip_ns - unit.ps * 1e-3) / 2);
    const auto crossing_ps = static_cast<Picoseconds>(crossing_ns * 1000);
    unit = unit_of(policy, crossing_ps);
    for (const double p : rates) {
      const double units = std::min(kMostUnits, failures / p);
      const auto trains = static_cast<std::uint64_t>(std::ceil(units / unit.per_train));
      const Stream broken = send(policy, p, trains, crossing_ps);
      const Stream perfect = send(policy, 0, trains, crossing_ps);
      const double closed = p * unit.failure_ps / (unit.ps + p * unit.failure_ps);
      const double simulated = 1 - perfect.ps / broken.ps;
      const double failed = static_cast<double>(broken.counts.failed);
      const double sigma = failed == 0 ? closed : simulated / std::sqrt(failed);
      std::printf("%-20s %8.3f %10.3f %11.1e %12llu %9.0f %13.5f %13.5f %8.5f\n", kind.name,
                  unit.ps * 1e-3, unit.failure_ps * 1e-3, p,
                  static_cast<unsigned long long>(broken.counts.units), failed, closed * 100,
                  simulated * 100, sigma * 100);
      // Second order: another failure within the round trip or the train may cost a timeout.
      const double timeout_units = protocols::ReplayConfig{}.timeout_ns * 1e3 / unit.ps;
      const double window_units = round_trip_ns * 1e3 / unit.ps + unit.per_train;
      const double second = p * p * window_units * timeout_units + 3 * closed * closed;
      differ += std::abs(simulated - closed) > 5 * sigma + second ? 1 : 0;
    }
  }
  if (differ == 0) return 0;
  std::printf("# %u rows differ by more than five standard deviations and the second order\n",
              differ);
  return 1;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  CLI::App app("What a link loses to replay, by protocol and failure probability");
  double round_trip_ns = 200;
  double failures = 1000;
  std::vector<double> rates = {1e-7, 1e-6, 5e-6, 1e-5, 1e-4, 1e-3};
  app.add_option("--round-trip-ns", round_trip_ns,
                 "from a unit's first bit until it could be sent again")
      ->check(CLI::Range(1.0, 1e6));
  app.add_option("--failures", failures, "failures waited for a row, where 4e8 units bring so many")
      ->check(CLI::Range(1.0, 1e6));
  app.add_option("--rates", rates, "probabilities that a unit fails")->check(CLI::Range(1e-9, 0.1));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(round_trip_ns, failures, rates);
}
