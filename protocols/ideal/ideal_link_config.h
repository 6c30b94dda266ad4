// SPDX-License-Identifier: Apache-2.0
// A link without a protocol, for theory and calibration: packets of whole flits, no line code, no
// headers unless asked for, credits counted in packets. crossbar_theory.yaml uses it with one flit
// a cell (N x N slotted switch), the 64-port benchmark with 16 flits of 16 B a packet.
// Every default is a choice of the model, none describes a product. Times in picoseconds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace antares::protocols {

struct IdealLinkConfig {
  std::uint32_t bytes_per_slot = 16;
  std::uint64_t slot_ps = 1000;
  std::uint32_t flit_bytes = 16;
  std::uint32_t header_bytes = 0;
  std::uint32_t max_payload_bytes = 256;
  std::uint32_t buffer_packets = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using Self = IdealLinkConfig;
    visit("bytes_per_slot", &Self::bytes_per_slot, "Bytes that a link direction carries in a slot")
        .range(1, 1 << 20)
        .assumption("theory and calibration only: an exact rational rate, no product");
    visit("slot_ps", &Self::slot_ps, "Length of a slot in picoseconds")
        .range(1, 1000000000)
        .assumption("theory and calibration only: an exact rational rate, no product");
    visit("flit_bytes", &Self::flit_bytes, "Bytes of a flit; packets occupy whole flits")
        .range(1, 1 << 20)
        .assumption("16 flits of 16 B a packet, as in the comparison runs of 64-port crossbars");
    visit("header_bytes", &Self::header_bytes, "Bytes that a link packet adds to its payload")
        .range(0, 4096)
        .assumption("no header: theory counts cells");
    visit("max_payload_bytes", &Self::max_payload_bytes, "Largest payload of a link packet")
        .range(1, 1 << 20)
        .assumption("256 B packets, as in the comparison runs of 64-port crossbars");
    visit("buffer_packets", &Self::buffer_packets,
          "Receiver buffer of each class in packets of full size; 0 = infinite credits")
        .range(0, 1 << 20)
        .assumption("infinite: theory has no flow control on the link");
  }
};

/// Cross-field mistakes, one sentence each; empty when the link can be built.
std::vector<std::string> problems(const IdealLinkConfig& config);

}  // namespace antares::protocols
