// SPDX-License-Identifier: Apache-2.0
// Who may cross next. An arbiter is a plain class with no clock; the crossbar shows it sets of
// ports and does what it says. Two ways of working:
//   packet mode  an input or output has just become free: one choice for that port (pick_...),
//                reported back by granted() once the transfer starts
//   slot mode    all inputs and outputs of a slot at once: one matching (match)
// The rules of iSLIP follow McKeown 1999 as summed up in facts/product_and_collectives.md 3.7 (c).
// Left out: classes and VCs (the crossbar knows what may go, and asks again), multicast, pipelining
// delay.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "antares/models/crossbar/bit_matrix.h"
#include "antares/models/crossbar/crossbar_config.h"

namespace antares::models {

struct Grant {
  std::uint16_t input = 0;
  std::uint16_t output = 0;
  friend bool operator==(Grant a, Grant b) { return a.input == b.input && a.output == b.output; }
};

/// How long the packet at the head of (input, output) has waited; larger = older. Asked only for
/// pairs that request. Implemented by the crossbar.
class HeadAge {
 public:
  virtual std::uint64_t head_age_ps(unsigned input, unsigned output) const = 0;

 protected:
  virtual ~HeadAge() = default;
};

class Arbiter {
 public:
  virtual ~Arbiter() = default;

  /// Packet mode, `output` is free: which of the requesting inputs (bits of `requests`) that are
  /// free goes next; -1 when none of them is.
  virtual int pick_input(unsigned output, const std::uint64_t* requests,
                         const std::uint64_t* free_inputs) = 0;
  /// Packet mode, `input` is free: which of the outputs it requests goes next; -1 for none.
  virtual int pick_output(unsigned input, const std::uint64_t* requests,
                          const std::uint64_t* free_outputs) = 0;
  /// Packet mode: this transfer starts now, whether picked here or the only candidate.
  virtual void granted(unsigned input, unsigned output) = 0;

  /// Slot mode: a matching of free inputs and outputs among the requests, appended to `out`. The
  /// two matrices hold the same requests: [output][input] and [input][output].
  virtual void match(const BitMatrix& requests_by_output, const BitMatrix& requests_by_input,
                     const std::uint64_t* free_inputs, const std::uint64_t* free_outputs,
                     std::vector<Grant>& out) = 0;
};

/// Arbiter of a crossbar with so many inputs and outputs. (seed, name) fix the random stream of the
/// random arbiter; `ages` is needed by the age arbiter only and must outlive it. Throws
/// std::invalid_argument when the configuration cannot work.
std::unique_ptr<Arbiter> make_arbiter(const CrossbarConfig& config, unsigned inputs,
                                      unsigned outputs, std::uint64_t seed, std::string_view name,
                                      const HeadAge* ages = nullptr);

/// The usual case: as many inputs as outputs.
inline std::unique_ptr<Arbiter> make_arbiter(const CrossbarConfig& config, unsigned ports,
                                             std::uint64_t seed, std::string_view name,
                                             const HeadAge* ages = nullptr) {
  return make_arbiter(config, ports, ports, seed, name, ages);
}

}  // namespace antares::models
