// SPDX-License-Identifier: Apache-2.0
// The pure classes of the packet path, one by one, in the state and at the sizes of a busy 64-port
// switch: where the instructions of a packet-hop go, and what an idea for one of them brings.
// Nothing here is a test; bench_fabric measures the whole. Items a second are operations.
#include <benchmark/benchmark.h>

#include "antares/models/crossbar/arbiter.h"
#include "antares/models/observe/latency_histogram.h"
#include "antares/models/observe/scoreboard.h"
#include "antares/models/port/device_queue.h"
#include "antares/models/scheduler/event_queue.h"
#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ideal/ideal_policy.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace {

using namespace antares::models;
using namespace antares::protocols;

constexpr unsigned kPorts = 64;
constexpr std::uint32_t kPacketBytes = 256;
constexpr Picoseconds kFlitPs = 1000;
constexpr Picoseconds kPacketPs = 16 * kFlitPs;
constexpr unsigned kCreditPackets = 64;

void items(benchmark::State& state) { state.SetItemsProcessed(state.iterations()); }

/// A queue that holds range(0) events, each pop followed by a push up to two packet times later, on
/// a grid of range(1) picoseconds: 1000 as synchronous links make it, 1 as unrelated ones do.
void event_queue(benchmark::State& state) {
  const auto pending = static_cast<std::uint64_t>(state.range(0));
  const auto grid = static_cast<Picoseconds>(state.range(1));
  RandomStream stream(1, "event_queue");
  std::vector<Picoseconds> delays(4096);  // drawn beforehand: a draw costs as much as a push
  for (Picoseconds& each : delays) each = (1 + stream.uniform_below(2 * kPacketPs / grid)) * grid;
  EventQueue queue;
  std::uint64_t order = 0;
  const auto delay = [&] { return delays[order % delays.size()]; };
  for (; order < pending; ++order) queue.push({delay(), order, nullptr, 0});
  for (auto _ : state) {
    const Event event = queue.pop();
    queue.push({event.time_ps + delay(), order, nullptr, 0});
    ++order;
  }
  items(state);
}
BENCHMARK(event_queue)->ArgsProduct({{16, 256, 4096, 65536}, {1, 1000}});

/// A packet's credits are asked for, taken and given back a hop later, range(0) packets in between.
void credit_ledger(benchmark::State& state) {
  CreditLedgerConfig config;
  config.grants.assign(kTrafficClasses, {{kCreditPackets, 16 * kCreditPackets}});
  CreditLedger ledger(config);
  const VcId vc(0);
  constexpr auto kPosted = TrafficClass::posted;
  const CreditAmount need{1, 16};
  const Picoseconds delay_ps = static_cast<Picoseconds>(state.range(0)) * kPacketPs;
  Picoseconds now_ps = 0;
  for (auto _ : state) {
    now_ps = ledger.available_at(vc, kPosted, need, now_ps + kPacketPs);
    ledger.consume(vc, kPosted, need, now_ps);
    ledger.give_back(vc, kPosted, need, now_ps + delay_ps, now_ps + delay_ps);
  }
  if (!ledger.balanced()) state.SkipWithError("the ledger is out of balance");
  items(state);
}
// The last one has fewer credits than packets under way: each waits for a return.
BENCHMARK(credit_ledger)->Arg(1)->Arg(16)->Arg(kCreditPackets + 2);

/// One free output, range(1) of 64 inputs ask for it; all inputs are free.
void pick_input(benchmark::State& state) {
  CrossbarConfig config;
  config.arbiter = static_cast<ArbiterKind>(state.range(0));
  struct Ages : HeadAge {
    std::uint64_t head_age_ps(unsigned input, unsigned output) const override {
      return (input * 37 + output * 11) % 101;
    }
  } ages;
  const auto arbiter = make_arbiter(config, kPorts, 1, "pick_input", &ages);
  RandomStream stream(1, "requests");
  std::vector<std::uint64_t> requests(kPorts, 0);
  for (std::uint64_t& row : requests) {
    for (std::int64_t i = 0; i < state.range(1); ++i)
      row |= std::uint64_t{1} << stream.uniform_below(kPorts);
  }
  const std::uint64_t free_inputs = ~std::uint64_t{0};
  unsigned output = 0;
  for (auto _ : state) {
    const int input = arbiter->pick_input(output, &requests[output], &free_inputs);
    arbiter->granted(static_cast<unsigned>(input), output);
    output = (output + 1) % kPorts;
  }
  items(state);
}
BENCHMARK(pick_input)
    ->ArgNames({"arbiter", "requests"})
    ->ArgsProduct({{static_cast<int>(ArbiterKind::round_robin), static_cast<int>(ArbiterKind::age),
                    static_cast<int>(ArbiterKind::random)},
                   {2, 16}});

/// A whole matching of a slot, each pair asking with a probability of 1/2; an item is a matching.
void match_islip(benchmark::State& state) {
  CrossbarConfig config;
  config.arbiter = ArbiterKind::islip;
  config.iterations = static_cast<unsigned>(state.range(0));
  const auto arbiter = make_arbiter(config, kPorts, 1, "match");
  BitMatrix by_output(kPorts, kPorts);
  BitMatrix by_input(kPorts, kPorts);
  RandomStream stream(1, "requests");
  for (unsigned input = 0; input < kPorts; ++input) {
    for (unsigned output = 0; output < kPorts; ++output) {
      if (stream.uniform_below(2) == 0) continue;
      by_output.set(output, input);
      by_input.set(input, output);
    }
  }
  const std::uint64_t free_ports = ~std::uint64_t{0};
  std::vector<Grant> matching;
  for (auto _ : state) {
    matching.clear();
    arbiter->match(by_output, by_input, &free_ports, &free_ports, matching);
    benchmark::DoNotOptimize(matching.data());
  }
  items(state);
}
BENCHMARK(match_islip)->Arg(1)->Arg(4);

Packet write_packet() {
  Packet packet;
  packet.kind = PacketKind::write;
  packet.bytes = kPacketBytes;
  return packet;
}

/// A packet on a link, credits and all; they come back eight packet times later.
void link_transmitter(benchmark::State& state, const LinkPolicy& policy) {
  LinkTransmitter link(policy, 5000, policy.receiver_credits());
  Packet packet = write_packet();
  policy.classify(packet);
  Picoseconds at_ps = 0;
  for (auto _ : state) {
    const TrainCost& cost = link.cost(packet);
    at_ps = link.credits_at(packet, cost, at_ps);
    const Sent sent = link.send(packet, cost, {at_ps, 0}, at_ps);
    const Picoseconds back_ps = sent.tail_ps + 8 * kPacketPs;
    link.ledger().give_back(packet.vc, packet.traffic_class, cost.demand, back_ps, back_ps);
    at_ps = sent.free_ps;
  }
  items(state);
}
IdealLinkConfig credited_ideal_link() {
  IdealLinkConfig config;
  config.buffer_packets = kCreditPackets;
  return config;
}
const IdealPolicy kIdeal(credited_ideal_link());
const PciePolicy kPcie;
BENCHMARK_CAPTURE(link_transmitter, ideal, kIdeal);
BENCHMARK_CAPTURE(link_transmitter, pcie, kPcie);

/// A write enters an otherwise empty device queue and is launched at once.
void device_queue(benchmark::State& state, const LinkPolicy& policy) {
  LinkTransmitter link(policy, 5000, policy.receiver_credits());
  DeviceQueue queue(link, policy);
  Transaction transaction;
  transaction.kind = PacketKind::write;
  transaction.bytes = kPacketBytes;
  Packet packet = write_packet();
  policy.classify(packet);
  SendJob job;
  job.transaction = &transaction;
  job.bytes = kPacketBytes;
  job.traffic_class = packet.traffic_class;
  job.vc = packet.vc;
  job.lane = static_cast<std::uint8_t>(antares::protocols::queue_index(job.vc, job.traffic_class));
  Packet train;
  for (auto _ : state) {
    job.ready_ps = link.free_ps();
    queue.enqueue(job);
    const Launched launched = queue.launch(train);
    if (!launched.any) {
      state.SkipWithError("the train was not launched");
      break;
    }
    const Picoseconds back_ps = launched.sent.tail_ps + 8 * kPacketPs;
    link.ledger().give_back(train.vc, train.traffic_class, link.cost(train).demand, back_ps,
                            back_ps);
  }
  items(state);
}
BENCHMARK_CAPTURE(device_queue, ideal, kIdeal);
BENCHMARK_CAPTURE(device_queue, pcie, kPcie);

/// A packet is injected and, range(0) packets later, delivered.
void scoreboard(benchmark::State& state) {
  const auto in_flight = static_cast<std::uint64_t>(state.range(0));
  Scoreboard board({1u << static_cast<unsigned>(TrafficClass::posted), 20});
  const auto event = [](PacketWhat what, std::uint64_t k) {
    PacketEvent record;
    const auto source = static_cast<std::uint16_t>(k % kPorts);
    record.packet_id = std::uint64_t{source + 1u} << 40 | k / kPorts;
    record.bytes = kPacketBytes;
    record.source = EndpointId(source);
    record.destination = EndpointId(static_cast<std::uint16_t>(k * 29 / kPorts % kPorts));
    record.where.index =
        (what == PacketWhat::injected ? record.source : record.destination).value();
    record.what = what;
    return record;
  };
  std::uint64_t k = 0;
  for (; k < in_flight; ++k) board.on(event(PacketWhat::injected, k));
  for (auto _ : state) {
    board.on(event(PacketWhat::injected, k));
    board.on(event(PacketWhat::delivered, k - in_flight));
    ++k;
  }
  if (!board.ok()) state.SkipWithError("the scoreboard found a problem");
  items(state);
}
BENCHMARK(scoreboard)->Arg(64)->Arg(4096);

void latency_histogram(benchmark::State& state) {
  LatencyHistogram histogram;
  RandomStream stream(1, "latencies");
  std::vector<Picoseconds> latencies(4096);
  for (Picoseconds& each : latencies) each = kPacketPs + stream.uniform_below(500 * kFlitPs);
  std::size_t next = 0;
  for (auto _ : state) {
    histogram.record(latencies[next]);
    next = (next + 1) % latencies.size();
  }
  benchmark::DoNotOptimize(histogram.mean_ns());
  items(state);
}
BENCHMARK(latency_histogram);

}  // namespace

BENCHMARK_MAIN();
