// SPDX-License-Identifier: Apache-2.0
// Zeroed memory of any size that costs host memory only where it is touched, at one address for
// life (DMI hands it out). Mapped on first use, so that timing-only runs map nothing.
#pragma once
#include <cstddef>
#include <cstdint>

namespace antares::models {

class BackingStore {
 public:
  explicit BackingStore(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}
  ~BackingStore();
  BackingStore(const BackingStore&) = delete;
  BackingStore& operator=(const BackingStore&) = delete;

  std::uint64_t size_bytes() const { return size_bytes_; }
  /// The first byte. Throws std::bad_alloc when the host has no address space left.
  unsigned char* data();

 private:
  std::uint64_t size_bytes_;
  unsigned char* data_ = nullptr;
};

}  // namespace antares::models
