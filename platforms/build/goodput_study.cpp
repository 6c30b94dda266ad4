// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/goodput_study.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "antares/models/port/link_transmitter.h"
#include "antares/models/port/zero_load.h"
#include "antares/platforms/build/platform.h"
#include "antares/protocols/common/replay_config.h"

namespace antares::platforms {
namespace {

using models::LinkErrors;
using models::LinkTransmitter;
using protocols::LinkPolicy;
using protocols::Picoseconds;

constexpr std::uint32_t kTrainBytes = 4096;
constexpr double kPicosecondsPerMetre = 5000;
/// Where failures are rarer than this, fewer of them are waited for.
constexpr double kMostUnits = 1e8;
constexpr double kUnitsWithoutFailure = 200'000;
constexpr std::uint64_t kPerfectTrains = 20'000;
/// A tolerance above this share of the value decides nothing.
constexpr double kDecides = 0.5;

/// Behind the failed unit nothing fails but the unit or message that is asked for as number
/// `second` of the episode; kNone: nothing does.
class OneMore : public protocols::UnitFates {
 public:
  static constexpr unsigned kNone = ~0u;
  explicit OneMore(unsigned second) : second_(second) {}
  bool next_fails() override { return asked_++ == second_; }
  unsigned asked() const { return asked_; }

 private:
  unsigned second_;
  unsigned asked_ = 0;
};

/// Second failures of one kind: sums over all units and messages of an episode that may fail.
struct SecondFailures {
  double more_ps = 0;      ///< link time that it costs more
  double more_square = 0;  ///< ... of its square, ps^2
};

/// What a failure costs: link time, by the protocol's own state machines. First order: it stands
/// alone. Second: one more unit or message of its episode fails, which happens with the
/// probability times `second` on average. Where a timer has to find that out it costs hundreds of
/// times as much as a unit, and few do: those are counted, not expected.
struct FailureCost {
  double alone_ps = 0;
  double alone_square = 0;    ///< mean of its square, ps^2: it depends on the place
  SecondFailures second;      ///< that no timer has to find out
  SecondFailures timed;       ///< that one has to
  double timed_count = 0;     ///< how many these are, by timeouts
  double alone_timeouts = 0;  ///< of an episode that stands alone
  double longest_ps = 0;      ///< of an episode with one more failure, not timed
  double new_units = 0;       ///< sent for the first time in an episode that stands alone
  double fates = 0;           ///< units and messages that may fail in it

  double untimed_ps(double probability) const { return alone_ps + probability * second.more_ps; }
  double untimed_variance(double probability) const {  ///< ps^2
    return std::max(0.0, alone_square - alone_ps * alone_ps) + probability * second.more_square;
  }
  double mean_ps(double probability) const {
    return untimed_ps(probability) + probability * timed.more_ps;
  }
  /// Of one timeout more.
  double timeout_ps() const { return timed_count == 0 ? 0 : timed.more_ps / timed_count; }
  double timeout_variance() const {
    const double mean = timeout_ps();
    return timed_count == 0 ? 0 : std::max(0.0, timed.more_square / timed_count - mean * mean);
  }
};

/// One direction of a link of a port group.
class LinkUnderStudy {
 public:
  /// `name`: of its random stream.
  LinkUnderStudy(const LinkPolicy& policy, Picoseconds crossing_ps, std::uint32_t train_bytes,
                 std::string name)
      : policy_(policy), crossing_ps_(crossing_ps), name_(std::move(name)) {
    packet_.bytes = train_bytes;
    policy.classify(packet_);
    const models::TrainCost cost = models::train_cost(policy, packet_);
    const std::uint32_t bytes = policy.replay_unit_bytes();
    unit_ps_ = bytes == 0 ? cost.occupancy.whole_ps / cost.wire.link_packets
                          : policy.rate().occupancy_ps(bytes);
    units_a_train_ = bytes == 0 ? cost.wire.link_packets : 1.0 * cost.wire.bytes / bytes;
    const auto replay = policy.make_replay();
    depth_units_ = replay->depth_units();
    acknowledge_ps_ = replay->acknowledge_ps();
  }

  double unit_ps() const { return static_cast<double>(unit_ps_); }
  double units_a_train() const { return units_a_train_; }
  double depth_units() const { return depth_units_; }
  double round_trip_ps() const {
    return static_cast<double>(unit_ps_ + 2 * crossing_ps_ + acknowledge_ps_);
  }
  /// On average over the failed unit's place in its train and between two control messages of the
  /// receiver, where a protocol has such (Ethernet).
  FailureCost failure_cost() const {
    constexpr unsigned kPlaces = 64;
    FailureCost cost;
    const auto train = static_cast<unsigned>(std::max(1.0, std::round(units_a_train_)));
    for (unsigned place = 0; place < kPlaces; ++place) {
      // A long line behind it: the few units of a train would blur what one failure takes.
      const double long_ps = episode(place, 100'000, OneMore::kNone).cost_ps;
      cost.alone_ps += long_ps / kPlaces;
      cost.alone_square += long_ps * long_ps / kPlaces;
      const std::uint64_t following = train - 1 - place % train;
      const Episode alone = episode(place, following, OneMore::kNone);
      cost.new_units += alone.new_units / kPlaces;
      cost.fates += 1.0 * alone.asked / kPlaces;
      cost.alone_timeouts += 1.0 * alone.timeouts / kPlaces;
      for (unsigned second = 0; second < alone.asked; ++second) {
        const Episode twice = episode(place, following, second);
        const double more_ps = twice.cost_ps - alone.cost_ps;
        const bool timed = twice.timeouts > alone.timeouts;
        SecondFailures& kind = timed ? cost.timed : cost.second;
        kind.more_ps += more_ps / kPlaces;
        kind.more_square += more_ps * more_ps / kPlaces;
        if (timed)
          cost.timed_count += 1.0 * (twice.timeouts - alone.timeouts) / kPlaces;
        else
          cost.longest_ps = std::max(cost.longest_ps, twice.cost_ps);
      }
    }
    return cost;
  }

  struct Stream {
    double ps_a_train = 0;
    models::LinkErrorCounts counts;
    double timeouts = 0;
  };
  /// probability < 0: a link that cannot fail, without a replay buffer.
  Stream send(double probability, std::uint64_t trains, std::uint64_t seed) {
    protocols::CreditLedgerConfig credits = policy_.receiver_credits();
    for (auto& grant : credits.grants) grant.infinite_header = grant.infinite_data = true;
    LinkTransmitter link(policy_, crossing_ps_, credits);
    if (probability >= 0) {
      protocols::ErrorConfig errors;
      errors.flit_failure_probability = probability;
      link.set_errors(std::make_unique<LinkErrors>(
          policy_, errors, protocols::RandomStream(seed, name_), crossing_ps_));
    }
    for (std::uint64_t i = 0; i < trains; ++i) {
      const Picoseconds free = link.free_ps();
      if (link.encodes()) link.encode(packet_, i * packet_.bytes, free);
      const auto& cost = link.cost(packet_);
      const Picoseconds start = link.credits_at(packet_, cost, free);
      link.send(packet_, cost, {start, 0}, start);
      // A link that was given up is of use again at once: what a reset takes is not the question.
      if (probability >= 0 && link.errors()->take_gave_up() != protocols::kNever)
        link.errors()->restart();
    }
    Stream stream;
    stream.ps_a_train = static_cast<double>(link.free_ps()) / static_cast<double>(trains);
    if (probability >= 0) {
      stream.counts = link.errors()->counts();
      stream.timeouts = static_cast<double>(link.errors()->replay()->counts().timeouts);
    }
    return stream;
  }

 private:
  struct Episode {
    double cost_ps = 0;
    double new_units = 0;
    unsigned asked = 0;
    std::uint64_t timeouts = 0;
  };
  Episode episode(unsigned place, std::uint64_t following, unsigned second) const {
    constexpr unsigned kPlaces = 64;
    protocols::ReplayEpisode begun;
    begun.unit_ps = unit_ps_;
    begun.crossing_ps = crossing_ps_;
    begun.start_ps = 1'000'000 + place * acknowledge_ps_ / kPlaces;
    begun.following = following;
    OneMore fates(second);
    const auto replay = policy_.make_replay();
    const protocols::Recovery recovery = replay->recover(begun, fates);
    // What is new waits for restart_ps, which may be later than the end of the train.
    const Picoseconds free_ps = begun.start_ps + (following + 1) * unit_ps_ + recovery.lost_ps;
    const Picoseconds waits_ps = recovery.restart_ps > free_ps ? recovery.restart_ps - free_ps : 0;
    // With the replay buffer full it waits until the failed unit is acknowledged at last.
    const double full_ps =
        static_cast<double>(begun.start_ps) + depth_units_ * static_cast<double>(unit_ps_);
    const double freed_ps =
        static_cast<double>(recovery.held_until_ps + acknowledge_ps_ + crossing_ps_);
    return {std::max(static_cast<double>(recovery.lost_ps + waits_ps), freed_ps - full_ps),
            static_cast<double>(recovery.units_new), fates.asked(), replay->counts().timeouts};
  }

  const LinkPolicy& policy_;
  Picoseconds crossing_ps_;
  std::string name_;
  protocols::Packet packet_;
  Picoseconds unit_ps_ = 0;
  double units_a_train_ = 0;
  double depth_units_ = 0;
  Picoseconds acknowledge_ps_ = 0;
};

/// So many failures are waited for that the spread of what they cost is well below the mean, also
/// where it is mostly second failures that cost.
double failures_wanted(const FailureCost& cost, double probability, double asked) {
  constexpr double kSpreads = 25;  // five standard deviations are a fifth of the mean
  constexpr double kRare = 0.02;   // timeouts of a stream: so few hardly ever come
  const auto enough = [&](double mean_ps, double variance) {
    return std::max(asked, kSpreads * kSpreads * variance / (mean_ps * mean_ps));
  };
  const double untimed = enough(cost.untimed_ps(probability), cost.untimed_variance(probability));
  if (untimed * probability * cost.timed_count < kRare) return untimed;
  return std::max(
      untimed, enough(cost.mean_ps(probability),
                      cost.untimed_variance(probability) + probability * cost.timed.more_square));
}

/// As chance has it: within five standard deviations of a count, and one.
bool is_likely(double count, double expected) {
  return std::abs(count - expected) <= 5 * std::sqrt(expected) + 1;
}

void study(LinkUnderStudy& link, double probability, std::uint32_t failures, std::uint64_t seed,
           GoodputRow& row) {
  const double u = link.unit_ps();
  const double slow_ps = std::max(u, link.round_trip_ps() / link.depth_units());
  const FailureCost cost = link.failure_cost();
  const double mean_ps = cost.mean_ps(probability);
  // Renewal: from failure to failure 1/p units and those that an episode sends for the first time.
  const double failure_share = probability / (1 + probability * (cost.new_units - 1));
  const double wanted =
      probability == 0
          ? kUnitsWithoutFailure
          : std::min(kMostUnits, failures_wanted(cost, probability, failures) / probability);
  const auto trains = static_cast<std::uint64_t>(std::ceil(wanted / link.units_a_train()));
  const LinkUnderStudy::Stream broken = link.send(probability, trains, seed);
  const LinkUnderStudy::Stream perfect = link.send(-1, std::min(trains, kPerfectTrains), seed);
  row.unit_ns = u * 1e-3;
  row.round_trip_ns = link.round_trip_ps() * 1e-3;
  row.depth_units = static_cast<std::uint64_t>(link.depth_units());
  row.failure_ns = cost.alone_ps * 1e-3;
  row.failure_probability = probability;
  row.units = broken.counts.units;
  row.failed = broken.counts.failed;
  row.lost_share_formula = 1 - u / (slow_ps + failure_share * mean_ps);
  // How many failures there were, and how many of them a timer had to find out, is chance, and
  // judged by itself; what they cost is the model.
  const double units = static_cast<double>(std::max<std::uint64_t>(1, row.units));
  const auto failed = static_cast<double>(row.failed);
  const double timeouts = std::max(0.0, broken.timeouts - failed * cost.alone_timeouts);
  const double cost_ps = failed * cost.untimed_ps(probability) + timeouts * cost.timeout_ps();
  row.lost_share_expected = 1 - u / (slow_ps + cost_ps / units);
  row.lost_share = 1 - perfect.ps_a_train / broken.ps_a_train;
  row.buffer_binds = slow_ps > u;
  const double total_ps = broken.ps_a_train * static_cast<double>(trains);
  const double spread_ps = 5 * std::sqrt(failed * cost.untimed_variance(probability) +
                                         timeouts * cost.timeout_variance());
  // Third order: two more failures in one episode, which may cost a timeout more.
  const double third_ps = 3 * failed * probability * cost.fates * probability *
                          (cost.second.more_ps + cost.timed.more_ps);
  // A train starts once the buffer has room for all of it, and a failure empties it.
  const double fill = std::fmod(link.depth_units(), link.units_a_train());
  const bool always_full = probability == 0 && fill == 0;
  const double train =
      row.buffer_binds && !always_full ? 2 * link.units_a_train() / link.depth_units() : 0;
  // A stream's first and last unit are no whole ones; nor does what is sent again begin and end
  // with one, where it is many.
  const double ends = 2 / (link.units_a_train() * static_cast<double>(trains)) +
                      failed * std::min(u, 0.05 * cost.alone_ps) / total_ps +
                      // The buffer is empty at first, and as many units wait for nothing.
                      (row.buffer_binds ? row.lost_share_expected * link.depth_units() / units : 0);
  row.tolerance = (spread_ps + third_ps) / total_ps + train + ends;
  // Where hardly a second failure is to be expected, one may happen all the same.
  row.tolerance += probability * cost.second.more_square > 0 ? cost.longest_ps / total_ps : 0;
  const bool nothing_lost = probability == 0 && !row.buffer_binds;
  row.decided = nothing_lost || row.tolerance <= kDecides * row.lost_share_expected;
  row.timeouts = static_cast<std::uint64_t>(std::llround(timeouts));
  const bool as_many = is_likely(failed, failure_share * units) &&
                       is_likely(timeouts, failed * probability * cost.timed_count);
  row.equal = as_many && std::abs(row.lost_share - row.lost_share_expected) <= row.tolerance;
}

}  // namespace

bool any_replay(const PlatformConfig& config) {
  for (const SwitchDescription& part : config.switches)
    for (const PortGroup& group : part.ports)
      if (group.make_policy()->make_replay() != nullptr) return true;
  return false;
}

void run_goodput(const PlatformConfig& config, const WorkloadDescription& workload,
                 ResultSink& sink) {
  const GoodputWorkload& asked = workload.goodput;
  unsigned differ = 0;
  for (const SwitchDescription& part : config.switches) {
    for (const PortGroup& group : part.ports) {
      const auto policy = group.make_policy();
      if (policy->make_replay() == nullptr) continue;
      std::vector<double> cables = asked.cables_m;
      if (cables.empty()) cables.push_back(-1);
      for (const double cable_m : cables) {
        const Picoseconds propagation_ps =
            cable_m < 0 ? models::to_picoseconds(group.propagation_ns)
                        : static_cast<Picoseconds>(cable_m * kPicosecondsPerMetre + 0.5);
        // Where the buffer is the question, trains are to be small beside it.
        LinkUnderStudy link(*policy, propagation_ps + policy->link_delay_ps(),
                            cable_m < 0
                                ? kTrainBytes
                                : policy->max_link_payload_bytes(protocols::PacketKind::write),
                            part.name + "." + group.name);
        for (const double probability : asked.failure_probabilities) {
          GoodputRow row;
          row.workload = workload.name;
          row.link = part.name + "." + group.name;
          row.protocol = std::string(policy->protocol()) + " x" + std::to_string(policy->lanes());
          row.cable_m = cable_m;
          study(link, probability, asked.failures, config.run.seed, row);
          differ += row.equal ? 0 : 1;
          sink.goodput(row);
          sink.progress(workload.name, 0);
        }
      }
    }
  }
  if (differ != 0)
    throw RunFailure("workload '" + workload.name + "': " + std::to_string(differ) +
                     " row(s) differ from the closed form by more than their tolerance");
}

}  // namespace antares::platforms
