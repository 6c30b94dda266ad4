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
      lines.back()->expect_address_errors = k % devices % partitions != from % partitions;
      at(1000 + 777 * k, [line = lines.back().get()] { line->next(); });
    }
    initiators[from]->on_response = [this](tlm_generic_payload& payload, auto&) {
      ++answers;
      for (auto& line : lines) {
        if (line->owns(payload)) line->answered();
      }
      return tlm::TLM_COMPLETED;
    };
  }
  sc_core::sc_start();
  EXPECT_EQ(answers, devices * lines_each * accesses) << "an access was never answered";
  for (Initiator* initiator : initiators) EXPECT_EQ(initiator->in_use(), 0u);
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(board.injected_totals().packets,
            board.delivered_totals().packets + board.dropped_totals().packets);
}

}  // namespace antares::tb
