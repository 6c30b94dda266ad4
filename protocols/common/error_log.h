// SPDX-License-Identifier: Apache-2.0
// What went wrong at a port, as its registers will show it one day: class, severity, the first of
// them, when, and what the packet was. The kinds are those of PCIe's advanced error reporting
// (facts/pcie6.md 4.5) as far as the model has paths for them; the other protocols count the same
// things under other names (facts/ualink_nvlink.md B.3, SXid). Pure; picoseconds.
//
// Left out: masks, registers and interrupts, which read from here.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "antares/protocols/common/ids.h"
#include "antares/protocols/common/packet.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

enum class ErrorKind : std::uint8_t {
  replay_rollover,        ///< so many replays without progress: the link is trained anew
  surprise_down,          ///< the link went down, and nobody had asked for it
  poisoned,               ///< data marked as damaged came in
  poison_blocked,         ///< ... and was kept from going out by this port
  completion_timeout,     ///< the requester gave up waiting
  unexpected_completion,  ///< an answer to nothing, or twice
  malformed,              ///< length, byte enables, command: no such request
  unsupported_request,    ///< no window, a dead link, or what the completer's protocol can't say
  access_violation,       ///< access control said no
  completer_abort,        ///< the target answered with an error
  replay_gave_up,         ///< the link layer gave up: what was not acknowledged is lost
};
inline constexpr std::size_t kErrorKinds = 11;
const char* to_string(ErrorKind kind);

enum class ErrorSeverity : std::uint8_t { correctable, nonfatal, fatal };
const char* to_string(ErrorSeverity severity);

/// Default severity (public: facts/pcie6.md 4.5, S3 A; replay rollover is a correctable error
/// there; giving up is fatal like PCIe's data link protocol error, and as UALink has it,
/// facts/ualink_nvlink.md A.5 SEC). An unexpected completion is advisory: the role-based rules turn
/// it into a correctable one (4.8).
ErrorSeverity severity_of(ErrorKind kind);

/// What a header log keeps of the packet.
struct ErrorHeader {
  PacketKind kind = PacketKind::write;
  EndpointId source;
  std::optional<EndpointId> destination;  ///< nothing: the address is nobody's
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  std::uint8_t flags = 0;  ///< as Packet::flags
};

struct ErrorRecord {
  ErrorKind kind = ErrorKind::malformed;
  ErrorSeverity severity = ErrorSeverity::nonfatal;
  Picoseconds at_ps = 0;
  std::optional<ErrorHeader> header;  ///< none: no packet is to blame
  /// The first of its severity since the log was cleared, whose header a register keeps.
  bool first = false;
};

/// Bounded: the oldest records go, but never the first of a severity; the counts stay.
class ErrorLog {
 public:
  static constexpr std::size_t kMostRecords = 64;

  const ErrorRecord& record(ErrorKind kind, Picoseconds at_ps,
                            const std::optional<ErrorHeader>& header);
  const std::deque<ErrorRecord>& records() const { return records_; }
  /// nullptr: none of this severity yet.
  const ErrorRecord* first(ErrorSeverity severity) const;
  std::uint64_t count(ErrorKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t total() const { return total_; }
  /// Records that had to make room.
  std::uint64_t forgotten() const { return total_ - records_.size(); }
  void clear();

 private:
  std::deque<ErrorRecord> records_;
  std::array<std::uint64_t, kErrorKinds> counts_{};
  std::array<std::optional<ErrorRecord>, 3> first_;
  std::uint64_t total_ = 0;
};

}  // namespace antares::protocols
