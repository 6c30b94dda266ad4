// SPDX-License-Identifier: Apache-2.0
// A collective program: for each rank, which bytes go to which peer once which others have arrived.
// One form for the built-in algorithms and (later) for programs written by others. Pure data: no
// clock, no kernel. Push semantics, as load/store fabrics do it: a message is a remote store into
// the receiver's buffer; its last byte tells the receiver that it is there.
//
// Buffers of a rank: input (what the rank contributes), output (the result), scratch. Offsets and
// sizes in bytes. A message longer than the run's slice is pipelined: slice k may leave when slice
// k of each aligned dependency is in (same offset within the message), so chunks stream through a
// ring.
//
// Operations that the switch carries out are messages, too: each that leaves a rank is one, and so
// is each that arrives at one. Their group is all ranks of the program.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace antares::models {

enum class Buffer : std::uint8_t { input, output, scratch };

struct Region {
  Buffer buffer = Buffer::input;
  std::uint64_t offset_bytes = 0;
};

/// What the receiver does with the bytes once they are in.
enum class OnArrival : std::uint8_t {
  copy,    ///< they are stored at `to`
  reduce,  ///< they are added element by element to what stands at `to`
};

enum class MessageKind : std::uint8_t {
  store,         ///< the sender stores into the receiver
  multicast,     ///< one store of the sender that arrives here and as each message of kind copy
  copy,          ///< of the multicast that is message `first`; it costs the sender nothing
  contribution,  ///< an operand of the reduction whose results begin at message `first`; no
                 ///< receiver
  result,        ///< what the switch makes of the contributions; no rank sends it
  scatter,       ///< one request of the sender that brings this receiver its part, and those of
                 ///< all messages of kind slice theirs
  slice,         ///< of the scatter that is message `first`, of as many bytes, for another receiver
  load_reduce,   ///< the receiver, which is also the sender, reads `from` of all ranks, reduced
};
/// Nobody hands such a message to the fabric: it comes of another one.
constexpr bool is_passive(MessageKind kind) {
  return kind == MessageKind::copy || kind == MessageKind::result || kind == MessageKind::slice;
}

/// A message waits for others that arrive at its own sender.
struct Dependency {
  std::uint32_t message = 0;  ///< index into Program::messages; its receiver is this one's sender
  /// Slice k needs only slice k of the dependency (same size, same data). Otherwise all of it.
  bool aligned = true;
};

struct Message {
  std::uint16_t from_rank = 0;  ///< of a result: as to_rank
  std::uint16_t to_rank = 0;    ///< of a contribution: as from_rank
  Region from;
  Region to;
  std::uint64_t bytes = 0;
  OnArrival on_arrival = OnArrival::copy;
  MessageKind kind = MessageKind::store;
  /// Of what others come of, and of these: where they begin. Their receivers rise.
  std::uint32_t first = 0;
  std::uint32_t first_dependency = 0;  ///< index into Program::dependencies
  std::uint32_t dependency_count = 0;
};

/// A copy inside one rank at time 0 (an out-of-place collective moves its own chunk): no link time.
struct LocalCopy {
  std::uint16_t rank = 0;
  Region from;
  Region to;
  std::uint64_t bytes = 0;
};

struct Program {
  std::string collective;  ///< "all_reduce", ...
  std::string algorithm;   ///< "ring", ...
  std::uint16_t ranks = 0;
  std::uint64_t base_bytes = 0;     ///< where a rank's buffers begin in its memory
  std::uint64_t input_bytes = 0;    ///< size of a rank's input buffer
  std::uint64_t output_bytes = 0;   ///< size of a rank's output buffer
  std::uint64_t scratch_bytes = 0;  ///< size of a rank's scratch buffer
  std::vector<LocalCopy> initial_copies;
  /// In the order in which a rank prefers to send. Messages of one rank keep this order among those
  /// that are ready; loads among loads, the others among the others.
  std::vector<Message> messages;
  std::vector<Dependency> dependencies;
};

/// The message by which what begins at `first` (a multicast, a scatter, or results) arrives at
/// `rank`, which must be one of its receivers.
inline std::uint32_t arrival_at(const Program& program, std::uint32_t first, std::uint16_t rank) {
  const Message& begin = program.messages[first];
  std::size_t message =
      std::min<std::size_t>(first + rank - begin.to_rank, program.messages.size() - 1);
  // Where ranks are left out (the sender is) those above stand lower.
  while (program.messages[message].to_rank != rank ||
         program.messages[message].first != begin.first)
    --message;
  return static_cast<std::uint32_t>(message);
}

}  // namespace antares::models
