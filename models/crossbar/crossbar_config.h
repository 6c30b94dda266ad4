// SPDX-License-Identifier: Apache-2.0
// Parameters of a crossbar. Nothing about the inside of a Scorpio-class switch is public
// (facts/product_and_collectives.md 1.1: buffer size, VC count, arbitration "not found"), so every
// default here is an assumption, labelled where it is listed.
#pragma once
#include <cstdint>

namespace antares::models {

enum class Queueing : std::uint8_t {
  voq,     ///< one queue an input, output and class
  fifo,    ///< one queue an input: head-of-line blocking
  output,  ///< arrivals go straight to the output queue (ideal, unlimited speed-up)
};
enum class ArbiterKind : std::uint8_t { round_robin, islip, age, random };

struct CrossbarConfig {
  Queueing queueing = Queueing::voq;
  ArbiterKind arbiter = ArbiterKind::round_robin;
  unsigned iterations = 1;
  double slot_ns = 0;
  double input_speedup = 1.0;
  double output_speedup = 2.0;
  std::uint64_t egress_queue_bytes = 288 * 1024;  // a 64 KiB train with headers is a quarter

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = CrossbarConfig;
    visit("queueing", &C::queueing,
          "Where packets wait: voq (virtual output queues), fifo (one queue an input), output "
          "(ideal output queueing)")
        .names({{"voq", Queueing::voq}, {"fifo", Queueing::fifo}, {"output", Queueing::output}})
        .assumption("no public figure; VOQ is the norm for crossbars of this class");
    visit("arbiter", &C::arbiter,
          "Who wins an output: round_robin, islip, age (oldest first) or random")
        .names({{"round_robin", ArbiterKind::round_robin},
                {"islip", ArbiterKind::islip},
                {"age", ArbiterKind::age},
                {"random", ArbiterKind::random}})
        .assumption("no public figure");
    visit("iterations", &C::iterations,
          "Iterations of the islip and random arbiters in one slot (random with 1 carries about 63 "
          "%)")
        .range(1, 16);
    visit("slot_ns", &C::slot_ns,
          "Slot of the slot-accurate arbiter; 0 = arbitrate whenever a packet arrives or a port "
          "becomes free")
        .range(0, 1e6);
    visit("input_speedup", &C::input_speedup, "Rate of a crossbar input relative to its link")
        .range(1, 16)
        .assumption(
            "no public figure; 1.2 is documented for an older PCIe switch (facts/pcie6.md 3.3)");
    visit("output_speedup", &C::output_speedup, "Rate of a crossbar output relative to its link")
        .range(1, 16)
        .assumption("no public figure; 2 lets an in-switch all-reduce run at link rate (design)");
    visit("egress_queue_bytes", &C::egress_queue_bytes,
          "Space of one egress queue; the arbiter grants only with space there")
        .range(256, 1 << 26)
        .assumption("no public figure");
  }
};

}  // namespace antares::models
