// SPDX-License-Identifier: Apache-2.0
#include "antares/models/memory/backing_store.h"

#include <sys/mman.h>

#include <new>

namespace antares::models {

BackingStore::~BackingStore() {
  if (data_ != nullptr) ::munmap(data_, size_bytes_);
}

unsigned char* BackingStore::data() {
  if (data_ == nullptr) {
    // Not reserved: eighty windows of 64 GiB are fine as long as little of them is written.
    void* mapped = ::mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<unsigned char*>(mapped);
  }
  return data_;
}

}  // namespace antares::models
