// SPDX-License-Identifier: Apache-2.0
#include "tb/support/flap_run.h"

namespace antares::tb {

using tlm::tlm_generic_payload;

void may_fail(SwitchConfig& config) {
  for (auto& port : config.ports) {
    port.faults.emplace();
    port.faults->completion_timeout_us = 30;
    port.faults->state.time_scale = 0;  // trained at once
  }
}

void flap(models::PortAdapter& port, unsigned seed, unsigned failures, Picoseconds until_ps) {
  boost::random::mt19937 engine(seed);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) {
    return boost::random::uniform_int_distribution<std::uint64_t>(low, high)(engine);
  };
  if (failures == 0) return;
  const Picoseconds each = until_ps / failures;
  for (unsigned i = 0; i < failures; ++i) {
    const Picoseconds down = 2'000'000 + i * each + pick(0, each / 2);
    port.schedule_link(LinkEvent::lose, down);
    port.schedule_link(LinkEvent::restore,
                       down + pick(1, std::min<Picoseconds>(each / 2, 3'000'000)));
  }
}

void roam(FabricSwitch& fabric, unsigned seed, unsigned moves, Picoseconds until_ps) {
  boost::random::mt19937 engine(seed);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) {
    return boost::random::uniform_int_distribution<std::uint64_t>(low, high)(engine);
  };
  const auto& partitions = fabric.config().partitions;
  for (unsigned i = 0; i < moves; ++i) {
    const auto port = static_cast<std::uint16_t>(pick(0, fabric.port_count() - 1));
    const std::size_t to = pick(0, partitions.size());
    fabric.move_port(protocols::PortId(port), to == partitions.size() ? "" : partitions[to].name,
                     2'000'000 + pick(0, until_ps));
  }
}

void expect_partitions_hold(FabricSwitch& fabric, const std::vector<Initiator*>& initiators) {
  const auto partition_of = [&](std::size_t i) {
    return &fabric.port(protocols::PortId(static_cast<std::uint16_t>(i))).adapter().partition();
  };
  static unsigned char data[64];
  std::vector<tlm_generic_payload*> reads;
  Picoseconds at_ps = now_ps() + 1'000'000;
  for (Initiator* initiator : initiators) {
    initiator->on_response = nullptr;
    for (unsigned to = 0; to < initiators.size(); ++to) {
      reads.push_back(&initiator->make(tlm::TLM_READ_COMMAND, window(to), data, 64));
      at(at_ps += 5'000'000, [initiator, read = reads.back()] { initiator->begin(*read); });
    }
  }
  sc_core::sc_start();
  const models::Partition* const spare = fabric.partitions().back().get();
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const std::size_t from = i / initiators.size();
    const std::size_t to = i % initiators.size();
    const bool seen = partition_of(from) == partition_of(to) && partition_of(from) != spare;
    EXPECT_EQ(reads[i]->get_response_status(),
              seen ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE)
        << from << " to " << to;
  }
}

namespace {

bool blocked(models::PortAdapter& port) {
  if (port.config().faults == std::nullopt) return false;
  return port.ingress_link().errors()->blocked() || port.egress().link().errors()->blocked();
}

}  // namespace

// Failures that are planted wait for something to hit: a link may be blocked by what comes last.
void FlapRun::release_what_is_blocked() {
  for (bool again = true; again;) {
    again = false;
    for (FabricSwitch* fabric : fabrics) {
      for (std::uint16_t p = 0; p < fabric->port_count(); ++p) {
        auto& port = fabric->port(protocols::PortId(p)).adapter();
        if (!blocked(port)) continue;
        port.schedule_link(LinkEvent::release, now_ps() + 1);
        again = true;
      }
    }
    if (again) sc_core::sc_start();
  }
}

void FlapRun::start_collectives() {
  for (unsigned i = 0; i < groups.size(); ++i) {
    collectives.push_back(std::make_unique<CollectiveLine>(groups[i]));
    at(1000 + 555 * i, [line = collectives.back().get()] { line->next(); });
  }
}

void FlapRun::check_collectives() {
  unsigned missed = 0;
  for (auto& line : collectives) {
    EXPECT_TRUE(line->done()) << "an operation of a group was never answered";
    line->check_memories();
    missed += line->copies_missed();
  }
  std::uint64_t failed = 0;
  for (FabricSwitch* fabric : fabrics) {
    for (std::uint16_t p = 0; p < fabric->port_count(); ++p) {
      const auto& counts = fabric->port(protocols::PortId(p)).adapter().counts();
      // A copy for members behind another switch stands for several of them.
      failed += (counts.copies_failed + counts.copies_refused) * initiators.size();
    }
  }
  EXPECT_LE(missed, failed) << "members without a sum that was made, and no copy failed";
}

void FlapRun::go() {
  for (FabricSwitch* fabric : fabrics) fabric->observe().add_listener(board);
  const auto devices = static_cast<unsigned>(initiators.size());
  for (unsigned from = 0; from < devices; ++from) {
    for (unsigned k = 0; k < lines_each; ++k) {
      const std::uint64_t base =
          window(k % devices) + (from * lines_each + k) * std::uint64_t{ShadowLine::kBytes};
      lines.push_back(std::make_unique<ShadowLine>(*initiators[from], base,
                                                   1000 * seed + 100 * from + k, accesses));
      lines.back()->links_fail = true;
      lines.back()->ports_move = ports_move;
      lines.back()->expect_address_errors =
          !ports_move && k % devices % partitions != from % partitions;
      at(1000 + 777 * k, [line = lines.back().get()] { line->next(); });
    }
    initiators[from]->on_response = [this](tlm_generic_payload& payload, auto&) {
      for (auto& line : collectives)
        if (line->answered(payload)) return tlm::TLM_COMPLETED;
      ++answers;
      for (auto& line : lines) {
        if (line->owns(payload)) line->answered();
      }
      return tlm::TLM_COMPLETED;
    };
  }
  start_collectives();
  sc_core::sc_start();
  release_what_is_blocked();
  EXPECT_EQ(answers, devices * lines_each * accesses) << "an access was never answered";
  check_collectives();
  for (Initiator* initiator : initiators) EXPECT_EQ(initiator->in_use(), 0u);
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(board.injected_totals().packets,
            board.delivered_totals().packets + board.dropped_totals().packets);
}

}  // namespace antares::tb
