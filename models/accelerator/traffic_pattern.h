// SPDX-License-Identifier: Apache-2.0
// Who sends to whom in synthetic traffic, the patterns that interconnect studies use. Pure: indices
// in, indices out; the random part is drawn from the caller's stream. No notion of time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/protocols/common/random_stream.h"

namespace antares::models {

enum class Pattern : std::uint8_t { uniform, permutation, transpose, hot_spot, incast };

/// Partner of `self` among n peers under the fixed derangement self + n/2 (mod n): as far away as a
/// ring of ports allows, and nobody sends to himself. Nothing for n < 2.
std::optional<std::uint32_t> permutation_partner(std::uint32_t self, std::uint32_t n);

/// Partner under a matrix transpose. The peers fill a matrix of r = floor(sqrt(n)) rows and
/// c = floor(n/r) columns row by row; element (row, column) sends to where the transposed matrix,
/// stored the same way, has it. For n = 4^k this is the usual swap of the two halves of the index
/// bits. Nothing for the elements that stay where they are (corners, diagonal of a square) and for
/// the n - r c < r that do not fit in.
std::optional<std::uint32_t> transpose_partner(std::uint32_t self, std::uint32_t n);

struct PatternConfig {
  Pattern pattern = Pattern::uniform;
  std::vector<std::uint32_t> targets;  ///< everybody who can be sent to
  std::vector<std::uint32_t> peers;    ///< who sends: partners of permutation and transpose
  bool include_self = false;           ///< uniform: oneself is a target like any other
  std::uint32_t hot_target = 0;        ///< of hot_spot and incast
  double hot_fraction = 0.5;           ///< hot_spot: share of requests that go there, exactly
};

/// Whom one source sends to.
class TargetChoice {
 public:
  /// `self` is one of config.peers.
  TargetChoice(const PatternConfig& config, std::uint32_t self);

  /// Nobody: this source stays silent (a fixed point of transpose, the target of incast).
  bool empty() const { return others_.empty() && hot_fraction_ == 0; }
  std::uint32_t draw(protocols::RandomStream& stream) const;

 private:
  std::vector<std::uint32_t> others_;  ///< equally likely
  std::uint32_t hot_target_ = 0;
  double hot_fraction_ = 0;
};

}  // namespace antares::models
