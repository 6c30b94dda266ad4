// SPDX-License-Identifier: Apache-2.0
// Replays traces on shipped descriptions, and measures single collectives on the same platform to
// hold the replay's time against. One platform a process: the kernel cannot start twice.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/build/prepared_trace.h"
#include "antares/platforms/build/trace_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/paths.h"
#include "tb/support/simulation.h"
#include "tb/unit/workload/et_bytes.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::tb {

using models::Picoseconds;
using platforms::testing::ScratchFolder;

constexpr Picoseconds kMicrosecond = 1'000'000;

class RowSink : public platforms::ResultSink {
 public:
  void collective(const platforms::CollectiveRow& row) override { collectives.push_back(row); }
  void traffic(const platforms::TrafficRow&) override { ADD_FAILURE() << "no traffic here"; }
  void trace(const platforms::TraceRow& row) override { traces.push_back(row); }
  void links(const std::vector<platforms::LinkRow>& rows) override { link_rows = rows; }
  void progress(const std::string&, double) override {}

  std::vector<platforms::CollectiveRow> collectives;
  std::vector<platforms::TraceRow> traces;
  std::vector<platforms::LinkRow> link_rows;  ///< of the latest workload
};

#define NEEDS(path)                                                               \
  if (!std::filesystem::exists(path)) {                                           \
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data"; \
  }

/// Rows hold microseconds as doubles: good for whole picoseconds up to hours.
inline Picoseconds in_ps(double time_us) {
  return static_cast<Picoseconds>(std::llround(time_us * 1e6));
}

inline platforms::PlatformConfig shipped(const std::string& name,
                                         const std::vector<std::string>& settings = {}) {
  return platforms::load_platform(description_path(name), settings).config;
}

/// The small description with as many accelerators as wanted.
inline platforms::PlatformConfig accelerators(unsigned count) {
  const std::string n = std::to_string(count);
  return shipped("first", {"switches[0].lanes=" + std::to_string(16 * count),
                           "switches[0].ports[0].count=" + n, "endpoints[0].count=" + n});
}

/// Traces of scripts/make_trace.py, in a folder of their own.
inline std::string generate(const ScratchFolder& folder, const std::string& options) {
  const std::string path = folder.path("made/step");
  const std::string command =
      std::string("'" ANTARES_PYTHON "' -B '" + source_dir() + "/scripts/make_trace.py' --out '") +
      path + "' " + options + " >/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  return folder.path("made");
}

inline platforms::WorkloadDescription replay_of(const std::string& path) {
  platforms::WorkloadDescription workload;
  workload.name = "trace";
  workload.kind = platforms::WorkloadKind::trace;
  workload.trace.input = path;
  return workload;
}

/// A platform on which several workloads run one after the other.
class Bench {
 public:
  explicit Bench(const platforms::PlatformConfig& config) : platform_(config) {}

  const platforms::TraceRow& replay(const platforms::WorkloadDescription& workload) {
    const auto trace = platforms::prepare_trace(platform_.config(), workload.trace);
    platforms::TraceDriver(platform_, workload, *trace, sink).run();
    for (const auto& fabric : platform_.switches()) EXPECT_EQ(fabric->transactions_in_flight(), 0u);
    return sink.traces.back();
  }
  const platforms::TraceRow& replay(const std::string& path) { return replay(replay_of(path)); }

  /// Time of one collective alone, as `antares run` would measure it.
  Picoseconds measure(const std::string& collective, const std::string& algorithm,
                      std::uint64_t bytes, unsigned ranks) {
    platforms::WorkloadDescription workload;
    workload.name = "alone";
    workload.collective.collective = collective;
    workload.collective.algorithm = algorithm;
    workload.collective.bytes = {bytes};
    for (unsigned r = 0; r < ranks; ++r)
      workload.collective.ranks.push_back(platform_.endpoints()[r].name);
    platforms::CollectiveDriver(platform_, workload, sink).run();
    return in_ps(sink.collectives.back().time_us);
  }

  RowSink sink;

 private:
  ReportGuard reports_;
  platforms::Platform platform_;
};

}  // namespace antares::tb
