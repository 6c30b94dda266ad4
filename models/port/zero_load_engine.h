// SPDX-License-Identifier: Apache-2.0
// A reduction engine that has nothing else to do, as LT sees it: operands that come over links
// cross to its port, one after the other where they meet at the crossbar's output, and are folded;
// the sum is there latency_ns after the last. The same functions as AT's, on state of its own.
// Times count from the first bit of the request that all of it is for. Leaves out: operands of
// several trains, of which each is granted by itself. Pure; picoseconds.
#pragma once
#include <vector>

#include "antares/models/port/zero_load.h"
#include "antares/models/reduction/alu_server.h"

namespace antares::models {

class ZeroLoadEngine {
 public:
  /// alu: at the engine's rate, whatever it has done before.
  ZeroLoadEngine(const AluServer& alu, Picoseconds latency_ps)
      : alu_(alu), idle_from_ps_(alu.backlog_below_ps(0) + 1), latency_ps_(latency_ps) {}

  /// An operand, classified for the link hop.in, which it came over as `sent`; hop.out: the
  /// engine's port.
  void add(const Packet& packet, const ZeroLoadHop& hop, const Sent& sent, std::uint64_t elements);
  /// When the sum of those added is made.
  Picoseconds sum_ps();
  /// When the crossbar output of the engine's port is free for the result; after sum_ps().
  Picoseconds output_free_ps() const { return output_free_ps_; }

 private:
  struct Operand {
    Picoseconds head_ps = 0;
    Picoseconds tail_ps = 0;
    TrainCost in;
    TrainCost out;
    double input_speedup = 1;
    double output_speedup = 1;
    std::uint64_t elements = 0;
  };

  AluServer alu_;
  Picoseconds idle_from_ps_;  ///< its clock: by then it has nothing to do
  Picoseconds latency_ps_;
  Picoseconds output_free_ps_ = 0;
  std::vector<Operand> operands_;
};

}  // namespace antares::models
