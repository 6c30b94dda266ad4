// SPDX-License-Identifier: Apache-2.0
// Parameters of an accelerator endpoint: what it may have in flight, what it costs to issue, how
// fast its memory answers, what its collective library adds. Generic defaults; presets of real
// parts with their sources come with the shipped systems.
#pragma once
#include <cstdint>
#include <optional>

#include "antares/models/accelerator/endpoint_library.h"
#include "antares/models/nic/nic_config.h"

namespace antares::models {

enum class IssueEngine : std::uint8_t {
  copy_engine,  ///< large requests, one descriptor at a time
  sm,           ///< load/store from the compute units: small requests, many in flight
};

struct AcceleratorConfig {
  IssueEngine engine = IssueEngine::copy_engine;
  std::uint32_t copy_engine_request_bytes = 256;
  std::uint32_t sm_request_bytes = 128;
  std::uint32_t outstanding_reads = 1024;
  std::uint64_t outstanding_write_bytes = 4 << 20;
  double issue_overhead_ns = 0;
  std::uint64_t memory_bytes = 64ull << 30;
  double memory_latency_ns = 350;
  double memory_rate_GBps = 3350;
  double reduce_rate_GBps = 1000;
  EndpointLibrary library;
  double reduction_retry_ns = 500;
  std::uint32_t reduction_retries = 10000;
  bool unordered_io = false;
  std::uint32_t virtual_channel = 0;
  std::optional<NicConfig> nic;

  /// Request size of the engine in use, in bytes.
  std::uint32_t request_bytes() const {
    return engine == IssueEngine::copy_engine ? copy_engine_request_bytes : sm_request_bytes;
  }

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = AcceleratorConfig;
    visit("engine", &C::engine, "Who issues remote stores and loads: copy_engine or sm")
        .names({{"copy_engine", IssueEngine::copy_engine}, {"sm", IssueEngine::sm}});
    visit("copy_engine_request_bytes", &C::copy_engine_request_bytes,
          "Payload of one copy-engine request")
        .range(32, 4096)
        .assumption(
            "256 B is documented for one vendor's copy engines (facts/ualink_nvlink.md B.2)");
    visit("sm_request_bytes", &C::sm_request_bytes,
          "Payload of one load/store request of the compute units")
        .range(4, 4096)
        .assumption("128 B is documented for one vendor's SMs (facts/ualink_nvlink.md B.2)");
    visit("outstanding_reads", &C::outstanding_reads,
          "Read requests in flight; also bounded by the link's tags")
        .range(1, 16384)
        .assumption("no public figure for the endpoints of a Scorpio platform");
    visit("outstanding_write_bytes", &C::outstanding_write_bytes,
          "Bytes of remote stores not yet answered")
        .range(32, 1ull << 34)
        .assumption("no public figure");
    visit("issue_overhead_ns", &C::issue_overhead_ns, "Gap between two requests of one engine")
        .range(0, 1e6)
        .assumption("no public figure");
    visit("memory_bytes", &C::memory_bytes, "Size of the window that others see")
        .range(4096, 1ull << 44);
    visit("memory_latency_ns", &C::memory_latency_ns,
          "Latency of the device memory to a remote access")
        .range(0, 1e6)
        .assumption("no public figure for HBM behind a PCIe fabric port");
    visit("memory_rate_GBps", &C::memory_rate_GBps, "Rate of the device memory to remote accesses")
        .range(0.001, 1e6)
        .assumption("class of HBM3 parts; far above a link");
    visit("reduce_rate_GBps", &C::reduce_rate_GBps,
          "Rate at which arriving data is added to local data")
        .range(0.001, 1e6)
        .assumption("HBM rate over three accesses an element");
    visit("unordered_io", &C::unordered_io,
          "Reads and writes go as unordered I/O (PCIe UIO): answered, not ordered, on the link's "
          "uio_vc");
    visit("virtual_channel", &C::virtual_channel,
          "Virtual channel that its requests ask for, of those that its link has for requests "
          "(UALink: virtual_channels, NVLink: vc_sets, Ethernet: half of virtual_channels; PCIe: "
          "only 0, unordered I/O goes by its own)")
        .range(0, 15);
    visit("library", &C::library,
          "What the library that runs collectives adds in time and bytes to the fabric");
    visit("reduction_retry_ns", &C::reduction_retry_ns,
          "Wait before a request is sent again that a reduction engine had no room for")
        .range(0, 1e9)
        .assumption("no public figure; about a round trip");
    visit("reduction_retries", &C::reduction_retries,
          "How often it is sent again before it counts as failed")
        .range(0, 1u << 30)
        .assumption("no public figure; 5 ms with the default wait, above any skew");
    visit("nic", &C::nic,
          "A network card between the accelerator and its Ethernet port; without it the port "
          "carries loads and stores");
  }
};

}  // namespace antares::models
