// SPDX-License-Identifier: Apache-2.0
// Collective operations as programs of remote stores (models/accelerator/program.h): the classic
// algorithms and those that leave copying and reducing to the switch, for any number of ranks and
// any size; definitions and sizes as nccl-tests has them (facts/product_and_collectives.md 3.0):
// for all_gather and reduce_scatter `bytes` is the full buffer of all ranks. Out of place: the
// result stands in the output buffer, the input is not touched.
//
// Uneven sizes: a buffer of `count` elements is cut into n chunks; chunk k is
// floor((k+1)*count/n) - floor(k*count/n) elements. Empty chunks make no message.
// A message from a rank to itself is a local operation with dependencies (recursive doubling needs
// one): it takes no link. A barrier moves flags of `bytes`. No time here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/models/accelerator/program.h"

namespace antares::platforms {

/// What the switch of all ranks does for a collective; `reduces` with its operator and type.
struct InSwitch {
  bool copies = false;
  bool reduces = false;
};

struct CollectiveRequest {
  std::string collective = "all_reduce";
  std::string algorithm = "auto";
  std::uint32_t ranks = 2;
  std::uint64_t bytes = 0;
  std::uint32_t element_bytes = 4;
  /// Of broadcast, reduce, gather, scatter and of all_reduce's tree; the sender of a `pair`.
  std::uint32_t root = 0;
  std::uint32_t peer = 1;  ///< receiver of send_recv's `pair`
  InSwitch in_switch;      ///< what `auto` may choose
  /// Of `hierarchical`: so many consecutive ranks are near each other (on one switch). 0: not
  /// known, the divisor of `ranks` next below its root.
  std::uint32_t group_ranks = 0;
};

struct AlgorithmInfo {
  std::string collective;
  std::string algorithm;
  std::string description;  ///< one line for `antares list`
};

/// Every collective and algorithm there is, collectives in a stable order.
const std::vector<AlgorithmInfo>& algorithms();

/// Whether an operator is applied (redop), whether one rank is special (root).
bool reduces(const std::string& collective);
bool has_root(const std::string& collective);
/// Whether the algorithm needs a switch that copies or reduces.
bool uses_switch(const std::string& algorithm);

/// The algorithm `auto` stands for. Where the switch can do it, and from three ranks on, the one
/// that puts fewer bytes on some link direction and more on none (table 3.0): in_switch_push for
/// all_reduce, reduce_scatter, reduce and barrier, hypercast for all_gather and broadcast.
/// Otherwise: all_reduce, all_gather, reduce_scatter: direct below 1 MiB (few
/// steps), ring from there on (neighbour traffic only); broadcast: tree below 1 MiB, ring from
/// there; every other collective: its first algorithm.
std::string default_algorithm(const CollectiveRequest& request);

/// Throws std::invalid_argument that names what is wrong and what would be right.
models::Program make_program(const CollectiveRequest& request);

}  // namespace antares::platforms
