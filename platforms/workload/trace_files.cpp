// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "antares/platforms/workload/archive_reader.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

namespace {

namespace fs = std::filesystem;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string without_packing(const std::string& name) {
  return ends_with(name, ".gz") ? name.substr(0, name.size() - 3) : name;
}

struct SetName {
  std::string prefix;  ///< NAME of NAME.<rank>.et
  std::optional<std::uint32_t> rank;
};

// Splits "NAME.<rank>.et" and "NAME.<rank>.et.gz"; nothing for a name that is no trace.
std::optional<SetName> split(const std::string& file_name) {
  const std::string name = without_packing(file_name);
  if (!ends_with(name, ".et")) return std::nullopt;
  const std::string stem = name.substr(0, name.size() - 3);
  const std::size_t dot = stem.rfind('.');
  if (dot == std::string::npos) return SetName{stem, std::nullopt};
  const std::string digits = stem.substr(dot + 1);
  if (digits.empty() || digits.size() > 6 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return SetName{stem, std::nullopt};
  }
  return SetName{stem.substr(0, dot), static_cast<std::uint32_t>(std::stoul(digits))};
}

// `where` holds these traces: one file, or the ranks 0..n-1 of one name.
TraceFiles as_set(std::vector<TraceFile> files, const std::vector<std::string>& prefixes,
                  const std::string& where, bool folder) {
  TraceFiles result;
  // One file of a higher rank in a folder is what is left of a set.
  if (files.size() == 1 && !(folder && files[0].rank.value_or(0) > 0)) {
    result.single = true;
    result.files = std::move(files);
    return result;
  }
  const std::set<std::string> names(prefixes.begin(), prefixes.end());
  if (names.size() > 1) {
    throw TraceError(where + ": holds several traces ('" + *names.begin() + "' and '" +
                     *std::next(names.begin()) + "', among others); give one as FOLDER/NAME");
  }
  for (const TraceFile& file : files) {
    if (!file.rank) {
      throw TraceError(file.name + ": no rank in the name; a set is NAME.0.et, NAME.1.et, ...");
    }
  }
  std::sort(files.begin(), files.end(), [](const TraceFile& a, const TraceFile& b) {
    return *a.rank != *b.rank ? *a.rank < *b.rank : a.name < b.name;
  });
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    if (rank > 0 && *files[rank].rank == *files[rank - 1].rank) {
      throw TraceError(where + ": rank " + std::to_string(*files[rank].rank) +
                       " is there twice: " + files[rank - 1].name + " and " + files[rank].name);
    }
    if (*files[rank].rank == rank) continue;
    throw TraceError(where + ": the trace of rank " + std::to_string(rank) +
                     " is missing: there are " + std::to_string(files.size()) +
                     " file(s), up to rank " + std::to_string(*files.back().rank) +
                     ", and none is '" + *names.begin() + "." + std::to_string(rank) + ".et'");
  }
  result.files = std::move(files);
  return result;
}

TraceFiles in_folder(const fs::path& folder, const std::optional<std::string>& wanted,
                     const std::string& where) {
  std::vector<TraceFile> files;
  std::vector<std::string> prefixes;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = split(entry->path().filename().string());
    if (!name || (wanted && (name->prefix != *wanted || !name->rank))) continue;
    if (!entry->is_regular_file(error)) continue;
    files.push_back({entry->path().string(), name->rank, {}, false});
    prefixes.push_back(name->prefix);
  }
  if (error) throw TraceError(folder.string() + ": cannot be read: " + error.message());
  if (files.empty() && wanted) {
    throw TraceError(where + ": no such file, and no files " + where + ".<rank>.et beside it");
  }
  if (files.empty()) throw TraceError(where + ": the folder holds no .et file");
  return as_set(std::move(files), prefixes, where, true);
}

TraceFiles in_archive(const std::string& path) {
  std::vector<TraceFile> files;
  std::vector<std::string> prefixes;
  for (ArchiveMember& member : read_archive(path, ".et")) {
    const auto name = split(fs::path(member.name).filename().string());
    if (name->prefix.compare(0, 2, "._") == 0) continue;  // some systems' extra data, no trace
    prefixes.push_back(fs::path(member.name).parent_path().string() + "/" + name->prefix);
    files.push_back({path + ": " + member.name, name->rank, std::move(member.bytes), true});
  }
  if (files.empty()) throw TraceError(path + ": the archive holds no .et file");
  return as_set(std::move(files), prefixes, path, false);
}

bool is_archive(const std::string& path) {
  for (const char* end : {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip"}) {
    if (ends_with(path, end)) return true;
  }
  return false;
}

}  // namespace

TraceFiles find_trace_files(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return in_folder(path, std::nullopt, path);
  if (!fs::exists(status)) {
    const fs::path prefix(path);
    const fs::path folder = prefix.has_parent_path() ? prefix.parent_path() : fs::path(".");
    if (prefix.filename().empty() || !fs::is_directory(folder, error)) {
      throw TraceError(path + ": no such file or folder");
    }
    return in_folder(folder, prefix.filename().string(), path);
  }
  if (!fs::is_regular_file(status)) {
    throw TraceError(path + ": neither a regular file nor a folder");
  }
  if (is_archive(path)) return in_archive(path);
  TraceFiles result;
  result.single = true;
  result.files.push_back({path, std::nullopt, {}, false});
  return result;
}

std::string read_trace_file(const TraceFile& file) {
  if (file.in_memory) return file.bytes;
  std::ifstream stream(file.name, std::ios::binary);
  std::string bytes;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file.name, error);
  if (stream && !error) {
    bytes.resize(size);
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
  }
  if (!stream || error) {
    throw TraceError(file.name +
                     ": cannot be read: " + std::strerror(error ? error.value() : errno));
  }
  // A gzip header can't begin a trace: a first message of 31 bytes would be a version text, and its
  // first byte 0x0a, not 0x8b.
  if (bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b') {
    return read_compressed(file.name);
  }
  return bytes;
}

std::string read_single_file(const std::string& path, const std::string& expected) {
  std::error_code error;
  if (!fs::exists(path, error)) throw TraceError(path + ": no such file; expected " + expected);
  if (fs::is_directory(path, error)) throw TraceError(path + ": a folder; expected " + expected);
  const TraceFiles files = find_trace_files(path);
  if (!files.single) throw TraceError(path + ": holds several files; expected " + expected);
  return read_trace_file(files.files.front());
}

}  // namespace antares::platforms
