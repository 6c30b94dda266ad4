// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/pcie_refusals.h"

#include "antares/protocols/pcie/framing.h"
#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/pcie/tlp_split.h"

namespace antares::protocols {
namespace {

using Why = Refusal::Why;

bool lacks_credits(std::uint64_t bytes, std::uint32_t credits) {
  return (bytes + kDataCreditBytes - 1) / kDataCreditBytes > credits;
}

bool has_byte_enables(const RequestShape& request) {
  return request.byte_enable_holes || (request.flags & kByteEnables) != 0;
}

bool leaves_page(const RequestShape& request) {
  return request.address % kPageBytes + request.bytes > kPageBytes;
}

/// Double words that the request touches.
std::uint64_t dwords(const RequestShape& request) {
  const std::uint64_t end = request.address % kBytesPerDword + request.bytes;
  return (end + kBytesPerDword - 1) / kBytesPerDword;
}

Refusal refuse_atomic(std::uint32_t data_credits, const RequestShape& request) {
  const std::uint32_t operand = pcie_operand_bytes(request.atomic, request.bytes);
  if (request.atomic == AtomicOp::compare_and_swap) {
    if (request.bytes != 2 * operand || (operand != 4 && operand != 8 && operand != 16)) {
      return {Why::size,
              "PCIe: a CAS has two operands of 4, 8 or 16 B each (8, 16 or 32 B in all)"};
    }
  } else if (operand != 4 && operand != 8) {
    return {Why::size, "PCIe: a FetchAdd or Swap has one operand of 4 or 8 B"};
  }
  if (request.address % operand != 0) {
    return {Why::address, "PCIe: an atomic's address must be a multiple of its operand size"};
  }
  if (has_byte_enables(request)) {
    return {Why::byte_enables, "PCIe: an atomic has no byte enables; it acts on whole operands"};
  }
  if (lacks_credits(request.bytes, data_credits)) {
    return {Why::size, "PCIe: the atomic needs more data credits than non_posted_data_credits"};
  }
  return {};
}

Refusal refuse_message(const PcieLinkConfig& config, const RequestShape& request) {
  if ((request.flags & kUnorderedIo) != 0) {
    return {Why::command, "PCIe: unordered I/O (UIO) has reads and writes only, no messages"};
  }
  if ((request.flags & kWantsAnswer) != 0) {
    return {Why::command, "PCIe: a message is posted and is never answered"};
  }
  if (has_byte_enables(request)) {
    return {Why::byte_enables, "PCIe: a message has no byte enables"};
  }
  if (request.bytes > config.mps_bytes) {
    return {Why::size, "PCIe: a message is one packet, of mps_bytes at most"};
  }
  return {};
}

Refusal refuse_deferrable(std::uint32_t data_credits, const RequestShape& request) {
  const std::uint64_t span_bytes = dwords(request) * kBytesPerDword;
  if (span_bytes > kDmwrBytes) {
    return {Why::size,
            "PCIe: a deferrable write (DMWr) is one packet of at most 32 double words (128 B)"};
  }
  if (leaves_page(request)) {
    return {Why::address,
            "PCIe: a deferrable write (DMWr) is one packet and may not cross a 4 KiB boundary"};
  }
  if (lacks_credits(span_bytes, data_credits)) {
    return {Why::size,
            "PCIe: the deferrable write (DMWr) needs more data credits than "
            "non_posted_data_credits"};
  }
  return {};
}

Refusal refuse_byte_enables(const RequestShape& request) {
  // First and last double word have byte enables of their own, the ones between have none: enough
  // for any contiguous run. Holes are for one double word, or two at a multiple of 8 B (grade D).
  const std::uint64_t touched = dwords(request);
  if (touched <= 1 || (touched == 2 && request.address % 8 < kBytesPerDword)) return {};
  return {Why::byte_enables,
          "PCIe: byte enables with holes fit one double word, or two at a multiple of 8 B; cut the "
          "request at 8 B boundaries"};
}

}  // namespace

std::uint32_t pcie_operand_bytes(AtomicOp op, std::uint32_t bytes) {
  return op == AtomicOp::compare_and_swap ? bytes / 2 : bytes;
}

Refusal pcie_refusal(const PcieLinkConfig& config, std::uint32_t non_posted_data_credits,
                     const RequestShape& request) {
  if (request.kind == PacketKind::completion) {
    return {Why::command, "PCIe: a completion is no request"};
  }
  if (request.kind == PacketKind::message) return refuse_message(config, request);
  const bool unordered = (request.flags & kUnorderedIo) != 0;
  if (unordered && request.kind == PacketKind::atomic) {
    return {Why::command, "PCIe: unordered I/O (UIO) has reads and writes only, no atomics"};
  }
  if (unordered && config.uio_vc == 0) {
    return {Why::command,
            "PCIe: unordered I/O (UIO) needs a virtual channel of its own, which this link lacks "
            "(uio_vc)"};
  }
  if (request.bytes != 0 && request.address > ~std::uint64_t{0} - (request.bytes - 1)) {
    return {Why::address, "PCIe: the request runs past the end of the 64-bit address space"};
  }
  if (request.kind == PacketKind::atomic) return refuse_atomic(non_posted_data_credits, request);
  // UIO writes are answered as they are: a deferrable one has no type of its own there.
  if (request.kind == PacketKind::write && (request.flags & kWantsAnswer) != 0 && !unordered) {
    const Refusal refusal = refuse_deferrable(non_posted_data_credits, request);
    if (refusal) return refusal;
  }
  return request.byte_enable_holes ? refuse_byte_enables(request) : Refusal{};
}

}  // namespace antares::protocols
