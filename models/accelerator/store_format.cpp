// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/store_format.h"

#include <algorithm>

namespace antares::models {

StoreUnit store_unit(StoreFlags flags) {
  switch (flags) {
    case StoreFlags::none:
      return {1, 1};
    case StoreFlags::each_word:
      return {8, 4};
    case StoreFlags::each_line:
      return {128, 120};
  }
  return {1, 1};
}

std::uint64_t stored_bytes(StoreFlags flags, std::uint64_t data_bytes) {
  const StoreUnit unit = store_unit(flags);
  return (data_bytes + unit.data - 1) / unit.data * unit.bytes;
}

std::uint64_t data_bytes(StoreFlags flags, std::uint64_t stored_bytes) {
  const StoreUnit unit = store_unit(flags);
  return stored_bytes / unit.bytes * unit.data;
}

void pack(StoreFlags flags, const unsigned char* data, std::uint64_t bytes,
          std::vector<unsigned char>& stored) {
  const StoreUnit unit = store_unit(flags);
  stored.assign(stored_bytes(flags, bytes), 0xFF);
  for (std::uint64_t at = 0, to = 0; at < bytes; at += unit.data, to += unit.bytes)
    std::copy_n(data + at, std::min<std::uint64_t>(unit.data, bytes - at), stored.begin() + to);
}

void unpack(StoreFlags flags, const unsigned char* stored, std::uint64_t bytes,
            std::vector<unsigned char>& data) {
  const StoreUnit unit = store_unit(flags);
  data.resize(bytes);
  for (std::uint64_t at = 0, from = 0; at < bytes; at += unit.data, from += unit.bytes)
    std::copy_n(stored + from, std::min<std::uint64_t>(unit.data, bytes - at), data.begin() + at);
}

}  // namespace antares::models
