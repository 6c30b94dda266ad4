// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/tlp_split.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "antares/protocols/pcie/framing.h"

namespace antares::protocols {
namespace {

std::uint32_t ceil_div(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

/// Adds a run of bytes that is cut every `limit` bytes from its own start, `times` over.
void add_run(TlpSplit& split, std::uint32_t run, std::uint32_t limit, std::uint32_t times = 1) {
  if (run == 0 || times == 0) return;
  const std::uint32_t full = run / limit;
  const std::uint32_t rest = run % limit;
  if (split.count == 0) split.first_payload = full != 0 ? limit : rest;
  split.last_payload = rest != 0 ? rest : limit;
  split.count += times * (full + (rest != 0 ? 1 : 0));
  split.data_credits +=
      times * (full * ceil_div(limit, kDataCreditBytes) + ceil_div(rest, kDataCreditBytes));
}

/// The train as whole DW: its span and its pad bytes; count 0, for add_run.
TlpSplit whole_dwords(std::uint32_t address_low, std::uint32_t bytes) {
  assert(bytes < 1u << 31);
  TlpSplit split;
  split.count = 0;
  split.pad_front = address_low % kBytesPerDword;
  const std::uint32_t end = split.pad_front + bytes;
  split.payload = std::max(kBytesPerDword, ceil_div(end, kBytesPerDword) * kBytesPerDword);
  split.pad_back = static_cast<std::uint8_t>(split.payload - end);
  return split;
}

CompletionLimits whole_dwords(CompletionLimits limits) {
  assert(limits.payload_bytes >= kBytesPerDword && limits.read_bytes >= kBytesPerDword);
  limits.payload_bytes -= limits.payload_bytes % kBytesPerDword;
  limits.read_bytes -= limits.read_bytes % kBytesPerDword;
  return limits;
}

/// Adds the answer to one read that starts `offset` into its page, `times` over.
void add_answer(TlpSplit& split, std::uint32_t offset, std::uint32_t bytes,
                const CompletionLimits& limits, std::uint32_t times) {
  const std::uint32_t beyond = offset % limits.rcb_bytes;
  const std::uint32_t to_boundary = beyond == 0 ? 0 : std::min(bytes, limits.rcb_bytes - beyond);
  add_run(split, to_boundary, limits.payload_bytes, times);
  add_run(split, bytes - to_boundary, limits.payload_bytes, times);
}

/// Adds the answers to the reads of a run within a page (or region), `times` over.
void add_answers(TlpSplit& split, std::uint32_t offset, std::uint32_t run,
                 const CompletionLimits& limits, std::uint32_t times = 1) {
  if (run == 0 || times == 0) return;
  const std::uint32_t reads = run / limits.read_bytes;
  const std::uint32_t rest = run % limits.read_bytes;
  // Reads lie the same way to the boundary again after `period` of them (1 unless reads are smaller
  // than MRRS): those are added together.
  const std::uint32_t period = limits.rcb_bytes / std::gcd(limits.read_bytes, limits.rcb_bytes);
  for (std::uint32_t k = 0; k < std::min(period, reads); ++k) {
    add_answer(split, offset + k * limits.read_bytes, limits.read_bytes, limits,
               times * ((reads - k + period - 1) / period));
  }
  if (rest != 0) {
    add_answer(split, offset + reads * limits.read_bytes, rest, limits, times);
  } else if (period > 1) {
    TlpSplit last;
    add_answer(last, offset + (reads - 1) * limits.read_bytes, limits.read_bytes, limits, 1);
    split.last_payload = last.last_payload;
  }
}

}  // namespace

// The boundary is a template argument, so that dividing by it costs a mask and not a division.
template <std::uint32_t kBoundaryBytes>
TlpSplit split_request(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit) {
  assert(limit >= kBytesPerDword);
  limit -= limit % kBytesPerDword;
  TlpSplit split = whole_dwords(address_low, bytes);
  const auto span = static_cast<std::uint32_t>(split.payload);
  const std::uint32_t offset = (address_low - split.pad_front) % kBoundaryBytes;
  const std::uint32_t first_page = std::min(span, kBoundaryBytes - offset);
  const std::uint32_t rest = span - first_page;
  add_run(split, first_page, limit);
  add_run(split, kBoundaryBytes, limit, rest / kBoundaryBytes);
  add_run(split, rest % kBoundaryBytes, limit);
  return split;
}

template <std::uint32_t kBoundaryBytes>
TlpSplit split_completion(std::uint32_t address_low, std::uint32_t bytes,
                          const CompletionLimits& limits) {
  if (bytes == 0) return {};
  const CompletionLimits whole = whole_dwords(limits);
  TlpSplit split = whole_dwords(address_low, bytes);
  const auto span = static_cast<std::uint32_t>(split.payload);
  const std::uint32_t offset = (address_low - split.pad_front) % kBoundaryBytes;
  const std::uint32_t first_page = std::min(span, kBoundaryBytes - offset);
  const std::uint32_t rest = span - first_page;
  add_answers(split, offset, first_page, whole);
  add_answers(split, 0, kBoundaryBytes, whole, rest / kBoundaryBytes);
  add_answers(split, 0, rest % kBoundaryBytes, whole);
  return split;
}

template <std::uint32_t kBoundaryBytes>
std::uint32_t request_train_bytes(std::uint32_t address_low, std::uint32_t offset,
                                  std::uint32_t rest, std::uint32_t limit,
                                  std::uint32_t train_bytes) {
  const std::uint32_t at = address_low + offset;
  const std::uint32_t in_page = at % kBoundaryBytes;
  if (train_bytes >= kBoundaryBytes)
    return std::min(rest, train_bytes - train_bytes % kBoundaryBytes - in_page);
  limit -= limit % kBytesPerDword;
  const std::uint32_t tlps = std::max(1u, train_bytes / limit);
  return std::min({rest, tlps * limit - at % kBytesPerDword, kBoundaryBytes - in_page});
}

template <std::uint32_t kBoundaryBytes>
std::uint32_t completion_train_bytes(std::uint32_t address_low, std::uint32_t offset,
                                     std::uint32_t rest, const CompletionLimits& limits,
                                     std::uint32_t train_bytes) {
  const CompletionLimits whole = whole_dwords(limits);
  if (train_bytes >= std::min(kBoundaryBytes, whole.read_bytes))
    return request_train_bytes<kBoundaryBytes>(address_low, offset, rest, whole.read_bytes,
                                               train_bytes);
  // Less than a read: the train ends within it, or where it ends.
  const std::uint32_t at = address_low + offset;
  const std::uint32_t in_page = at % kBoundaryBytes;
  const std::uint32_t pad = at % kBytesPerDword;
  const std::uint32_t run_start = at - in_page > address_low ? 0 : address_low % kBoundaryBytes;
  const std::uint32_t into_read =
      (in_page - pad - (run_start - run_start % kBytesPerDword)) % whole.read_bytes;
  const std::uint32_t read_left = whole.read_bytes - into_read;
  const std::uint32_t beyond = into_read == 0 ? (in_page - pad) % whole.rcb_bytes : 0;
  const std::uint32_t first = beyond == 0 ? 0 : whole.rcb_bytes - beyond;
  std::uint32_t bytes = first;
  if (bytes < train_bytes)
    bytes += (train_bytes - bytes) / whole.payload_bytes * whole.payload_bytes;
  if (bytes == 0) bytes = whole.payload_bytes;
  return std::min({rest, std::min(bytes, read_left) - pad, kBoundaryBytes - in_page});
}

template TlpSplit split_request<kPageBytes>(std::uint32_t, std::uint32_t, std::uint32_t);
template TlpSplit split_request<kUioRegionBytes>(std::uint32_t, std::uint32_t, std::uint32_t);
template TlpSplit split_completion<kPageBytes>(std::uint32_t, std::uint32_t,
                                               const CompletionLimits&);
template TlpSplit split_completion<kUioRegionBytes>(std::uint32_t, std::uint32_t,
                                                    const CompletionLimits&);
template std::uint32_t request_train_bytes<kPageBytes>(std::uint32_t, std::uint32_t, std::uint32_t,
                                                       std::uint32_t, std::uint32_t);
template std::uint32_t request_train_bytes<kUioRegionBytes>(std::uint32_t, std::uint32_t,
                                                            std::uint32_t, std::uint32_t,
                                                            std::uint32_t);
template std::uint32_t completion_train_bytes<kPageBytes>(std::uint32_t, std::uint32_t,
                                                          std::uint32_t, const CompletionLimits&,
                                                          std::uint32_t);
template std::uint32_t completion_train_bytes<kUioRegionBytes>(std::uint32_t, std::uint32_t,
                                                               std::uint32_t,
                                                               const CompletionLimits&,
                                                               std::uint32_t);

}  // namespace antares::protocols
