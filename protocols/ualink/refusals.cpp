// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/refusals.h"

#include "antares/protocols/ualink/tl_items.h"
#include "antares/protocols/ualink/upli.h"

namespace antares::protocols {
namespace {

using Why = Refusal::Why;

Refusal refuse_ualink_atomic(const RequestShape& request) {
  // One operand: elements of 4 or 8 B inside a beat. Two: a 32 B region holds the operands, compare
  // value in byte lanes 0-31, new value in 32-63. An operand on a multiple of its size crosses
  // neither. A neutral atomic is a single element (assumption: no vectors through a bridge).
  const bool two = request.atomic == AtomicOp::compare_and_swap;
  const std::uint32_t operand = two ? request.bytes / 2 : request.bytes;
  if ((two && request.bytes % 2 != 0) || (operand != 4 && operand != 8)) {
    return {Why::size, two ? "UALink: a two-operand atomic has operands of 4 or 8 B each"
                           : "UALink: a one-operand atomic has an operand of 4 or 8 B"};
  }
  if (request.address % operand != 0) {
    return {Why::address,
            two ? "UALink: a two-operand atomic lies on a multiple of its operand, inside 32 B"
                : "UALink: a one-operand atomic lies on a multiple of its operand, inside 64 B"};
  }
  if ((request.flags & kByteEnables) != 0) {
    return {Why::byte_enables, "UALink: an atomic's byte enables mark its operands, nothing else"};
  }
  return {};
}

}  // namespace

Refusal ualink_refuses(const RequestShape& request) {
  if (request.kind == PacketKind::completion) {
    return {Why::command, "UALink: a completion is no request; UPLI has response channels for it"};
  }
  if (request.kind == PacketKind::message) {
    // public: facts/ualink_nvlink.md A.3, SEC: types 0xF0-0xFF of the UPLI write message are for
    // vendors. assumption: they carry a neutral message, in one data beat.
    if (request.bytes > kBeatBytes) {
      return {Why::size, "UALink: a UPLI write message carries one data beat of 64 B at most"};
    }
    return {};
  }
  if (request.bytes == 0) {
    return {Why::size, "UALink: a request moves 4 B at least; Len counts double words minus one"};
  }
  constexpr std::uint64_t kEnd = std::uint64_t{1} << kUalinkAddressBits;
  if (request.address >= kEnd || request.bytes > kEnd - request.address) {
    return {Why::address, "UALink: addresses have 57 bits; the request ends beyond 2^57"};
  }
  if (request.kind == PacketKind::atomic) return refuse_ualink_atomic(request);
  // assumption: the 8 bits of Attr are those of a first and a last double word, so that a read may
  // start and end at any byte but not leave bytes out in between.
  if (request.kind == PacketKind::read && request.byte_enable_holes) {
    return {Why::byte_enables,
            "UALink: a read's byte enables are 8 bits of Attr; it can't leave out bytes inside"};
  }
  return {};
}

}  // namespace antares::protocols
