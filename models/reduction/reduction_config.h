// SPDX-License-Identifier: Apache-2.0
// Parameters of the engines that reduce in a switch, one engine a port between the crossbar's
// output and the egress, or some on ports of their own. Nothing about a Scorpio-class engine is
// public but that there is one (facts/product_and_collectives.md 1.2: operators, types, width,
// determinism "not found"); sizes of NVSwitch3 (facts/ualink_nvlink.md B.3, [DRV]) stand beside the
// keys as a measure.
#pragma once
#include <cstdint>

#include "antares/models/reduction/reduction_types.h"

namespace antares::models {

// Rules of the arithmetic (reduce.h, float_format.h). There is one of each; they are keys so that
// whoever reads a description or its assumptions finds them.
enum class RoundingRule : std::uint8_t { nearest_even };
enum class Fp8Overflow : std::uint8_t { saturate };
enum class MadeNan : std::uint8_t { all_ones };
enum class MinMaxOfNan : std::uint8_t { number };
enum class OperatorTable : std::uint8_t { multimem };

/// Where the engines stand: behind each crossbar output, or behind outputs that have nothing else.
enum class EnginePlacement : std::uint8_t { egress_ports, service_ports };

struct ReductionConfig {
  EnginePlacement placement = EnginePlacement::egress_ports;
  std::uint32_t service_ports = 4;
  double alu_Gops = 0;
  double latency_ns = 20;
  std::uint32_t contexts = 2048;
  std::uint32_t context_bytes = 128;
  std::uint64_t buffer_bytes = 256 * 1024;
  std::uint32_t parking = 16;
  double timeout_us = 1000;
  std::uint32_t interleave_bytes = 4096;
  ReductionOrder order = ReductionOrder::index;
  OperatorTable operators = OperatorTable::multimem;
  RoundingRule rounding = RoundingRule::nearest_even;
  Fp8Overflow fp8_overflow = Fp8Overflow::saturate;
  MadeNan made_nan = MadeNan::all_ones;
  MinMaxOfNan min_max_of_nan = MinMaxOfNan::number;

  /// Steps of the address in which requests of this size go to engines in turn.
  std::uint64_t step_bytes(std::uint64_t request_bytes) const {
    std::uint64_t step = interleave_bytes;
    while (step < request_bytes) step *= 2;
    return step;
  }

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ReductionConfig;
    visit(
        "placement", &C::placement,
        "Where engines stand: egress_ports (one behind each crossbar output, before the egress) or "
        "service_ports (behind crossbar ports of their own, which have no link)")
        .names({{"egress_ports", EnginePlacement::egress_ports},
                {"service_ports", EnginePlacement::service_ports}})
        .assumption(
            "no public figure; NVSwitch3 has its reduction buffers in the ports "
            "(facts/ualink_nvlink.md B.3)");
    visit("service_ports", &C::service_ports,
          "With placement: service_ports, how many there are, each as fast as the switch's fastest "
          "port; an operand goes to one of them by a hash of its address")
        .range(1, 64)
        .when("placement", "service_ports")
        .assumption("no public figure");
    visit("alu_Gops", &C::alu_Gops,
          "Elements that an engine combines in a second, 1e9; 0 = one 16-bit element for each two "
          "bytes of the port's line rate")
        .range(0, 1e6)
        .assumption(
            "line rate for 16-bit types; 400 GFLOP/s a chip of 64 ports is quoted for "
            "NVSwitch3 (facts/ualink_nvlink.md B.5, press)");
    visit("latency_ns", &C::latency_ns,
          "From the last operand to the result, beside the ALU's time")
        .range(0, 1e6)
        .assumption("no public figure; a few tens of cycles");
    visit("contexts", &C::contexts,
          "Requests of context_bytes that an engine reduces at once; larger ones take several")
        .range(1, 1 << 20)
        .assumption(
            "no public figure; 256 in a port of NVSwitch3 (facts/ualink_nvlink.md B.3), eight "
            "times that here so that 64 KiB trains need not be cut");
    visit("context_bytes", &C::context_bytes, "Bytes that one context reduces")
        .range(32, 4096)
        .assumption("no public figure; 128 B is NVSwitch3's largest (facts/ualink_nvlink.md B.3)");
    visit("buffer_bytes", &C::buffer_bytes,
          "Space of an engine for sums in the making and for results that have not left")
        .range(32, 1ull << 32)
        .assumption(
            "no public figure; 128 KiB in a port of NVSwitch3 (facts/ualink_nvlink.md B.3)");
    visit("parking", &C::parking,
          "Requests of one source that an engine keeps while it has no context for them; further "
          "ones are answered with a retry status")
        .range(0, 1 << 16)
        .assumption("no public figure");
    visit("timeout_us", &C::timeout_us,
          "A context that is not complete this long after it opened ends with a status")
        .range(0.001, 1e7)
        .assumption("no public figure; far above the skew of ranks");
    visit("interleave_bytes", &C::interleave_bytes,
          "Contributions go to the engines of the group's ports in turn, by address, in steps of "
          "this size, or of the request where that is larger")
        .range(32, 1 << 26)
        .assumption("no public figure; a page");
    visit("order", &C::order, "Sequence in which operands are combined: arrival, index or tree")
        .names({{"arrival", ReductionOrder::arrival},
                {"index", ReductionOrder::index},
                {"tree", ReductionOrder::tree}})
        .assumption("no public figure; by index, so that a float sum does not change with timing");
    visit("operators", &C::operators, "Which operators and types there are")
        .names({{"multimem", OperatorTable::multimem}})
        .assumption(
            "no public figure; the table of the PTX multimem instructions "
            "(facts/ualink_nvlink.md B.5)");
    visit("rounding", &C::rounding, "Rounding of float sums, after each addition")
        .names({{"nearest_even", RoundingRule::nearest_even}})
        .assumption("no public figure; the default of IEEE 754");
    visit("fp8_overflow", &C::fp8_overflow, "What an fp8 sum becomes that is too large")
        .names({{"saturate", Fp8Overflow::saturate}})
        .assumption("no public figure; as conversions with .satfinite do");
    visit("made_nan", &C::made_nan, "The NaN that a float sum makes")
        .names({{"all_ones", MadeNan::all_ones}})
        .assumption("no public figure; every bit but the sign, a NaN in each format");
    visit("min_max_of_nan", &C::min_max_of_nan,
          "min and max of a number and a NaN; of two zeros the negative one is the smaller")
        .names({{"number", MinMaxOfNan::number}})
        .assumption("no public figure; minNum and maxNum of IEEE 754-2008");
  }
};

}  // namespace antares::models
