// SPDX-License-Identifier: Apache-2.0
// A remote load or store through two cards that meets nobody: LT = AT = closed form, to the
// picosecond. The card's share is written here from its parameters; the wire's is the port's
// zero-load latency, which the tests of the fabric hold against a formula of their own. Tolerance
// 0.
#include "tb/system/nic/nic_rig.h"

namespace antares::tb {
namespace {

Picoseconds ceil_ps(double ps) { return static_cast<Picoseconds>(std::ceil(ps - 1e-6)); }

Picoseconds closed_form_ps(const models::NicConfig& nic, bool read, std::uint32_t bytes,
                           Picoseconds wire_ps) {
  const double dma_ps = 1000.0 / nic.dma_rate_GBps * std::min(bytes, nic.dma_chunk_bytes);
  const bool inlined = nic.inline_bytes != 0 && (read || bytes <= nic.inline_bytes);
  double ns = nic.post_ns + nic.doorbell_ns + (inlined ? 0 : nic.wqe_fetch_ns);
  ns += 2 * (nic.tx_pipeline_ns + nic.rx_pipeline_ns) + nic.cqe_write_ns + nic.poll_ns;
  unsigned dma_crossings = 1;  // at the target
  if (read) {
    ns += nic.dma_read_latency_ns + nic.dma_write_latency_ns + kNicMemoryLatency_ns;
    ++dma_crossings;
  } else {
    ns += nic.dma_write_latency_ns;
    if (!inlined) {
      ns += nic.dma_read_latency_ns + kNicMemoryLatency_ns;
      ++dma_crossings;
    }
  }
  const auto memory_ps =
      read ? static_cast<Picoseconds>(1000.0 / kNicMemoryRate_GBps * bytes) : Picoseconds{0};
  return static_cast<Picoseconds>(ns * 1000 + 0.5) + dma_crossings * ceil_ps(dma_ps) + memory_ps +
         wire_ps;
}

struct Card {
  const char* name;
  std::uint32_t inline_bytes;
  double dma_rate_GBps;
  std::uint32_t dma_chunk_bytes;
};

class NicZeroLoad : public testing::TestWithParam<Card> {};

TEST_P(NicZeroLoad, LooselyTimedEqualsApproximatelyTimedEqualsTheClosedForm) {
  ReportGuard reports;
  models::NicConfig nic;
  nic.inline_bytes = GetParam().inline_bytes;
  nic.dma_rate_GBps = GetParam().dma_rate_GBps;
  nic.dma_chunk_bytes = GetParam().dma_chunk_bytes;
  ScriptedNics rig(nic);
  std::vector<unsigned char> data(1 << 16, 0x5A);
  struct Sample {
    tlm::tlm_generic_payload* at;
    Picoseconds sent_ps, lt_ps, expected_ps;
  };
  std::vector<Sample> samples;
  Picoseconds when = 1'000'000;
  for (const bool read : {false, true}) {
    for (const std::uint32_t bytes : {1u, 64u, 256u, 4096u, 65536u}) {
      const auto command = read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND;
      auto& lt = rig.initiator.make(command, window(1), data.data(), bytes);
      auto& at_payload = rig.initiator.make(command, window(1), data.data(), bytes);
      const Picoseconds expected = closed_form_ps(nic, read, bytes, rig.wire_ps(read, bytes));
      samples.push_back({&at_payload, when, rig.initiator.blocking(lt), expected});
      EXPECT_TRUE(lt.is_response_ok());
      EXPECT_FALSE(lt.is_dmi_allowed()) << "no pointer goes round a card";
      at(when, [&rig, &at_payload] { rig.initiator.begin(at_payload); });
      when += 50'000'000;
    }
  }
  sc_core::sc_start();
  for (const Sample& sample : samples) {
    const std::string what = std::string(sample.at->is_read() ? "load" : "store") + " of " +
                             std::to_string(sample.at->get_data_length()) + " B";
    EXPECT_TRUE(sample.at->is_response_ok()) << what;
    EXPECT_FALSE(sample.at->is_dmi_allowed()) << what;
    EXPECT_EQ(sample.lt_ps, sample.expected_ps) << what;
    EXPECT_EQ(rig.initiator.response_ps(*sample.at) - sample.sent_ps, sample.expected_ps) << what;
  }
  EXPECT_EQ(rig.initiator.in_use(), 0u);
  rig.expect_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Cards, NicZeroLoad,
                         testing::Values(Card{"plain", 0, 100, 4096},
                                         Card{"inline64", 64, 100, 4096},
                                         Card{"odd_rate", 0, 63, 4096},
                                         Card{"small_chunk", 256, 100, 1024}),
                         [](const auto& card) { return std::string(card.param.name); });

}  // namespace
}  // namespace antares::tb
