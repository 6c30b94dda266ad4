// SPDX-License-Identifier: Apache-2.0
// Unpacks archives and compressed files in memory through libarchive: whatever it knows (tar, zip,
// gzip, xz, ...). What it unpacks to is bounded, so that a small file can't fill the machine.
#pragma once
#include <string>
#include <vector>

namespace antares::platforms {

struct ArchiveMember {
  std::string name;
  std::string bytes;
};

/// The regular files whose names end in `ending`. Throws TraceError.
std::vector<ArchiveMember> read_archive(const std::string& path, const std::string& ending);

/// A single compressed file. Throws TraceError.
std::string read_compressed(const std::string& path);

}  // namespace antares::platforms
