// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/tlp_split.h"

#include <algorithm>
#include <cassert>

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

}  // namespace

TlpSplit split_request(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit) {
  assert(limit >= kBytesPerDword);
  limit -= limit % kBytesPerDword;
  TlpSplit split = whole_dwords(address_low, bytes);
  const auto span = static_cast<std::uint32_t>(split.payload);
  const std::uint32_t offset = (address_low - split.pad_front) % kPageBytes;
  const std::uint32_t first_page = std::min(span, kPageBytes - offset);
  const std::uint32_t rest = span - first_page;
  add_run(split, first_page, limit);
  add_run(split, kPageBytes, limit, rest / kPageBytes);
  add_run(split, rest % kPageBytes, limit);
  return split;
}

TlpSplit split_completion(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit,
                          std::uint32_t rcb_bytes) {
  assert(limit >= kBytesPerDword);
  if (bytes == 0) return {};
  limit -= limit % kBytesPerDword;
  TlpSplit split = whole_dwords(address_low, bytes);
  const auto span = static_cast<std::uint32_t>(split.payload);
  const std::uint32_t beyond = (address_low - split.pad_front) % rcb_bytes;
  const std::uint32_t to_boundary = beyond == 0 ? 0 : std::min(span, rcb_bytes - beyond);
  add_run(split, to_boundary, limit);
  add_run(split, span - to_boundary, limit);
  return split;
}

}  // namespace antares::protocols
