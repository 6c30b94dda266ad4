// SPDX-License-Identifier: Apache-2.0
// Parameters of a network interface card between an endpoint and its Ethernet port: what the packet
// translation costs that load and store avoid. Only one of the numbers has a public source (a DMA
// read measured on an older card); the others are assumptions of the size that keeps the sum below
// the one published end-to-end figure (models/nic/README.md). Unit of time: in each key.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace antares::models {

struct NicConfig {
  double post_ns = 100;
  double doorbell_ns = 200;
  double wqe_fetch_ns = 547;
  std::uint32_t inline_bytes = 0;
  double dma_read_latency_ns = 400;
  double dma_write_latency_ns = 200;
  double dma_rate_GBps = 100;
  std::uint32_t dma_chunk_bytes = 4096;
  double tx_pipeline_ns = 150;
  double rx_pipeline_ns = 150;
  double cqe_write_ns = 200;
  double poll_ns = 50;
  std::uint32_t send_queue_depth = 1024;
  double message_gap_ns = 5;
  std::uint32_t max_message_bytes = 1u << 30;
  std::uint64_t receive_buffer_bytes = 1 << 20;

  /// What is wrong with it, one text each; empty: nothing. Ranges included, so that a struct filled
  /// in C++ is held to the same rules as a description.
  std::vector<std::string> problems() const;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = NicConfig;
    visit("post_ns", &C::post_ns, "Building the work request in memory")
        .range(0, 1e6)
        .assumption("a few cache lines written and a fence; no public figure");
    visit("doorbell_ns", &C::doorbell_ns, "Write to the doorbell register over the host link")
        .range(0.001, 1e6)
        .assumption(
            "somewhat less than half of a measured DMA round trip of 547 ns (facts/pcie6.md 7.3)");
    visit("wqe_fetch_ns", &C::wqe_fetch_ns,
          "The card reads the work request from memory; not paid by inline requests")
        .range(0, 1e6)
        .source(
            "public: facts/pcie6.md 7.3, grade C: median of a 64 B DMA read, card and host of the "
            "Gen3 x8 era");
    visit("inline_bytes", &C::inline_bytes,
          "Requests that carry at most this much are written whole with the doorbell: no fetch, no "
          "read of the payload. 0: none")
        .range(0, 4096)
        .assumption("off: descriptors in memory are the plain case");
    visit("dma_read_latency_ns", &C::dma_read_latency_ns,
          "A read over the host link, without the memory's own latency")
        .range(0, 1e6)
        .assumption(
            "the measured 547 ns less 150 ns for the memory behind it (facts/pcie6.md 7.3)");
    visit("dma_write_latency_ns", &C::dma_write_latency_ns,
          "A posted write over the host link, until it is in memory")
        .range(0, 1e6)
        .assumption("half of dma_read_latency_ns: one way");
    visit("dma_rate_GBps", &C::dma_rate_GBps, "Rate of the host link, each direction")
        .range(0.001, 1e6)
        .assumption("a card of 800 Gb/s on a host link that keeps up");
    visit("dma_chunk_bytes", &C::dma_chunk_bytes,
          "The wire starts when so much has been read, and so much is left to write when the last "
          "byte has come: one packet")
        .range(64, 1 << 20)
        .assumption("the largest RoCE packet payload");
    visit("tx_pipeline_ns", &C::tx_pipeline_ns, "Making packets of data")
        .range(0.001, 1e6)
        .assumption("no public figure");
    visit("rx_pipeline_ns", &C::rx_pipeline_ns, "Taking packets apart, checks and address lookup")
        .range(0.001, 1e6)
        .assumption("no public figure");
    visit("cqe_write_ns", &C::cqe_write_ns, "Writing the completion entry to memory")
        .range(0, 1e6)
        .assumption("as dma_write_latency_ns");
    visit("poll_ns", &C::poll_ns, "From the completion entry in memory until the requester sees it")
        .range(0, 1e6)
        .assumption("half of a polling loop of 100 ns");
    visit("send_queue_depth", &C::send_queue_depth, "Work requests posted and not completed")
        .range(1, 1 << 20)
        .assumption("a usual size of queue; no public figure for such a platform");
    visit("message_gap_ns", &C::message_gap_ns,
          "Two work requests of one card are at least so far apart, and so are two that it serves")
        .range(0, 1e6)
        .assumption("200 million messages a second, class of cards for 400 Gb/s and up");
    visit("max_message_bytes", &C::max_message_bytes, "Larger requests are refused")
        .range(1, 1u << 31)
        .assumption("half of the 2 GiB that RDMA messages are limited to");
    visit("receive_buffer_bytes", &C::receive_buffer_bytes,
          "Payload received and not yet in memory; full: the link's credits stay away. One message "
          "always fits")
        .range(64, 1ull << 32)
        .assumption("no public figure");
  }
};

}  // namespace antares::models
