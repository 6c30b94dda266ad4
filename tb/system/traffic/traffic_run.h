// SPDX-License-Identifier: Apache-2.0
// Runs the first workload of a shipped description and keeps its rows. One run a process: the
// kernel cannot start twice.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "antares/platforms/build/traffic_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/paths.h"
#include "tb/support/simulation.h"

namespace antares::tb {

class RecordingSink : public platforms::ResultSink {
 public:
  void collective(const platforms::CollectiveRow&) override { ADD_FAILURE() << "not traffic"; }
  void trace(const platforms::TraceRow&) override { ADD_FAILURE() << "not traffic"; }
  void traffic(const platforms::TrafficRow& row) override { rows.push_back(row); }
  void saturation(const platforms::SaturationRow& row) override { saturation_rows.push_back(row); }
  void links(const std::vector<platforms::LinkRow>& more) override {
    link_rows.insert(link_rows.end(), more.begin(), more.end());
  }
  void progress(const std::string&, double) override {}

  std::vector<platforms::TrafficRow> rows;
  std::vector<platforms::SaturationRow> saturation_rows;
  std::vector<platforms::LinkRow> link_rows;
};

inline platforms::PlatformConfig shipped(const std::string& name,
                                         const std::vector<std::string>& settings = {}) {
  return platforms::load_platform(description_path(name), settings).config;
}

/// The workload of a description that has none for traffic: uniform writes of 256 bytes.
inline platforms::WorkloadDescription traffic_workload() {
  platforms::WorkloadDescription workload;
  workload.name = "traffic";
  workload.kind = platforms::WorkloadKind::traffic;
  workload.traffic.packets = {{256, 1}};
  workload.traffic.warmup_us = 5;
  workload.traffic.measure_us = 20;
  return workload;
}

/// A run that must succeed; the platform has proved by drain() that it is at rest.
inline RecordingSink run_traffic(const platforms::PlatformConfig& config,
                                 const platforms::WorkloadDescription& workload) {
  ReportGuard reports;
  RecordingSink sink;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, workload, sink).run();
  for (const auto& fabric : platform.switches()) {
    EXPECT_EQ(fabric->packets_in_flight(), 0u);
    EXPECT_EQ(fabric->transactions_in_flight(), 0u);
  }
  return sink;
}

inline RecordingSink run_traffic(const platforms::PlatformConfig& config) {
  return run_traffic(config, config.workloads.front());
}

}  // namespace antares::tb
