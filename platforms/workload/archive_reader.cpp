// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

namespace {

// assumption: 4 GiB of unpacked traces is more than any run wants.
constexpr std::uint64_t kMostBytes = 1ull << 32;

struct CloseArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

[[noreturn]] void fail(const std::string& path, archive* handle) {
  const char* text = archive_error_string(handle);
  throw TraceError(path + ": cannot be unpacked: " + (text ? text : "unknown format"));
}

Archive open(const std::string& path, bool raw) {
  Archive handle(archive_read_new());
  if (!handle) throw std::bad_alloc();
  archive_read_support_filter_all(handle.get());
  raw ? archive_read_support_format_raw(handle.get())
      : archive_read_support_format_all(handle.get());
  constexpr std::size_t kBlockBytes = 1 << 16;
  if (archive_read_open_filename(handle.get(), path.c_str(), kBlockBytes) != ARCHIVE_OK) {
    fail(path, handle.get());
  }
  return handle;
}

std::string read_data(const std::string& path, archive* handle, std::uint64_t& total_bytes) {
  std::string bytes;
  char block[1 << 16];
  for (;;) {
    const la_ssize_t got = archive_read_data(handle, block, sizeof block);
    if (got == 0) return bytes;
    if (got < 0) fail(path, handle);
    bytes.append(block, static_cast<std::size_t>(got));
    total_bytes += static_cast<std::uint64_t>(got);
    if (total_bytes > kMostBytes) {
      throw TraceError(path + ": unpacks to more than " + std::to_string(kMostBytes >> 30) +
                       " GiB; unpack it and give the folder");
    }
  }
}

bool next(const std::string& path, archive* handle, archive_entry*& entry) {
  const int result = archive_read_next_header(handle, &entry);
  if (result == ARCHIVE_EOF) return false;
  if (result < ARCHIVE_WARN) fail(path, handle);
  return true;
}

}  // namespace

std::vector<ArchiveMember> read_archive(const std::string& path, const std::string& ending) {
  const Archive handle = open(path, false);
  std::vector<ArchiveMember> members;
  std::uint64_t total_bytes = 0;
  archive_entry* entry = nullptr;
  while (next(path, handle.get(), entry)) {
    const char* name_or_null = archive_entry_pathname(entry);
    const std::string name = name_or_null ? name_or_null : "";
    const bool matches = name.size() > ending.size() &&
                         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
    if (!matches || archive_entry_filetype(entry) != AE_IFREG) continue;
    members.push_back({name, read_data(path, handle.get(), total_bytes)});
  }
  return members;
}

std::string read_compressed(const std::string& path) {
  const Archive handle = open(path, true);
  std::uint64_t total_bytes = 0;
  archive_entry* entry = nullptr;
  if (!next(path, handle.get(), entry)) throw TraceError(path + ": empty");
  // Bytes that no filter knows would be handed on as they are.
  if (archive_filter_count(handle.get()) < 2) {
    throw TraceError(path + ": cannot be unpacked: it begins like a gzip file, but is none");
  }
  return read_data(path, handle.get(), total_bytes);
}

}  // namespace antares::platforms
