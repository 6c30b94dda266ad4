// SPDX-License-Identifier: Apache-2.0
// Data under load between all kinds of ports at once: reads, writes and atomics against a shadow
// memory, a scoreboard on the switch, credits of every link home at the end.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstring>

#include "antares/models/observe/scoreboard.h"
#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/ideal/ideal_policy.h"
#include "antares/protocols/nvlink/nvlink_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using protocols::AtomicOp;
using tlm::tlm_generic_payload;

/// A region of one device that one initiator alone uses, one access at a time: it knows what is
/// there. Many of them run side by side.
class Region {
 public:
  static constexpr unsigned kBytes = 8192;
  Region(Initiator& initiator, std::uint64_t base, unsigned seed, unsigned accesses)
      : initiator_(initiator), base_(base), engine_(seed), left_(accesses) {}

  bool owns(const tlm_generic_payload& payload) const { return payload_ == &payload; }
  void next() {
    if (left_-- == 0) return;
    const unsigned what = pick(0, 4);
    if (what == 0) {
      atomic();
    } else {
      access(what % 2 == 0);
    }
    EXPECT_NE(initiator_.begin(*payload_, pick(0, 1) * pick(0, 20'000)), tlm::TLM_COMPLETED);
  }
  void answered() {
    EXPECT_TRUE(payload_->is_response_ok());
    if (!payload_->is_write()) {
      EXPECT_EQ(std::memcmp(data_, expected_, compared_bytes_), 0)
          << compared_bytes_ << " B at " << payload_->get_address();
      ++compared;
    }
    // The next access starts from a process of its own: the fabric is in the middle of a call.
    at(now_ps() + pick(1, 2) * pick(1, 200'000), [this] { next(); });
  }
  static inline unsigned compared = 0;

 private:
  void access(bool read) {
    const unsigned bytes = pick(0, 3) == 0 ? pick(1, 6000) : pick(1, 300);
    const unsigned offset = pick(0, kBytes - bytes);
    for (unsigned i = 0; i < bytes; ++i)
      data_[i] = static_cast<unsigned char>(read ? 0xEE : pick(0, 255));
    std::memcpy(read ? expected_ : shadow_ + offset, read ? shadow_ + offset : data_, bytes);
    compared_bytes_ = bytes;
    payload_ = &initiator_.make(read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                base_ + offset, data_, bytes);
  }
  /// Of 8 B, add or compare and swap: what every protocol here can say.
  void atomic() {
    const AtomicShape shape{pick(0, 1) == 0 ? AtomicOp::fetch_add : AtomicOp::compare_and_swap, 8};
    const unsigned offset = 8 * pick(0, kBytes / 8 - 1);
    std::uint64_t operands[2] = {pick(0, ~0u), pick(0, ~0u)};
    std::uint64_t old;
    std::memcpy(&old, shadow_ + offset, 8);
    std::uint64_t now = old + operands[0];
    if (shape.op == AtomicOp::compare_and_swap) {
      if (pick(0, 1) == 0) operands[0] = old;  // else it most likely does not match
      now = operands[0] == old ? operands[1] : old;
    }
    std::memcpy(data_, operands, sizeof operands);
    std::memcpy(expected_, &old, 8);
    std::memcpy(shadow_ + offset, &now, 8);
    compared_bytes_ = 8;
    payload_ = &make_atomic(initiator_, shape, base_ + offset, data_);
  }
  unsigned pick(unsigned low, unsigned high) {
    return boost::random::uniform_int_distribution<unsigned>(low, high)(engine_);
  }

  Initiator& initiator_;
  std::uint64_t base_;
  boost::random::mt19937 engine_;
  unsigned left_;
  tlm_generic_payload* payload_ = nullptr;
  unsigned compared_bytes_ = 0;
  unsigned char data_[kBytes] = {};
  unsigned char expected_[kBytes] = {};
  unsigned char shadow_[kBytes] = {};
};

/// All kinds with buffers so small that credits run out all the time.
std::vector<std::shared_ptr<const protocols::LinkPolicy>> tight_links() {
  using namespace protocols;
  PcieLinkConfig pcie;
  pcie.posted_header_credits = pcie.non_posted_header_credits = pcie.completion_header_credits = 12;
  pcie.posted_data_credits = pcie.completion_data_credits = 128;
  UalinkLinkConfig ualink;
  ualink.request_command_credits = ualink.response_command_credits = 20;
  ualink.request_data_credits = ualink.response_data_credits = 24;
  NvlinkLinkConfig nvlink;
  nvlink.credits_per_vc = 20;  // a RoCE read of 4 KiB is 17 requests
  NvlinkLinkConfig acknowledged = nvlink;
  acknowledged.write_ack_bytes = 16;
  EthernetLinkConfig sue;
  sue.vc_buffer_bytes = 16384;
  sue.mtu_bytes = 1024;
  EthernetLinkConfig roce = sue;
  roce.framing = EthernetFraming::roce_v2;
  IdealLinkConfig ideal;
  ideal.buffer_packets = 20;
  PcieLinkConfig non_flit = pcie;
  non_flit.generation = 5;
  non_flit.flit_mode = FlitMode::off;
  return {std::make_shared<PciePolicy>(pcie),           std::make_shared<PciePolicy>(non_flit),
          std::make_shared<UalinkPolicy>(ualink),       std::make_shared<NvlinkPolicy>(nvlink),
          std::make_shared<NvlinkPolicy>(acknowledged), std::make_shared<EthernetPolicy>(sue),
          std::make_shared<EthernetPolicy>(roce),       std::make_shared<IdealPolicy>(ideal)};
}

class DataBetweenAllKinds
    : public testing::TestWithParam<std::tuple<std::uint64_t, models::PostedResponse, bool>> {};

TEST_P(DataBetweenAllKinds, EveryReadReturnsWhatWasWrittenLast) {
  ReportGuard reports;
  const unsigned ports = std::size(kLinkKinds);
  const bool tight = std::get<2>(GetParam());
  SwitchConfig config =
      tight ? mixed_switch(tight_links())
            : mixed_switch(std::vector<LinkKind>(std::begin(kLinkKinds), std::end(kLinkKinds)));
  config.train_bytes = std::get<0>(GetParam());
  for (auto& port : config.ports) port.posted_response = std::get<1>(GetParam());
  Fabric rig(config);
  models::Scoreboard board;
  rig.fabric.observe().add_listener(board);

  std::vector<std::unique_ptr<Region>> regions[std::size(kLinkKinds)];
  for (unsigned from = 0; from < ports; ++from) {
    for (unsigned to = 0; to < ports; ++to) {
      serve_with_atomics(rig.target(to));
      const std::uint64_t base = window(to) + from * std::uint64_t{1u << 20};
      regions[from].push_back(
          std::make_unique<Region>(rig.initiator(from), base, 100 * from + to + 1, 20));
      at(1000 + 777 * to, [region = regions[from].back().get()] { region->next(); });
    }
    rig.initiator(from).on_response = [&regions, from](tlm_generic_payload& payload, auto&) {
      for (auto& region : regions[from]) {
        if (region->owns(payload)) region->answered();
      }
      return tlm::TLM_COMPLETED;
    };
  }
  for (Picoseconds when = 100'000; when < 5'000'000; when += 97'531)
    at(when, [&] { EXPECT_TRUE(board.conserved()) << "at " << now_ps() << " ps"; });
  sc_core::sc_start();
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(board.injected_totals().packets, board.delivered_totals().packets);
  EXPECT_GT(board.injected_totals().packets, ports * ports * 20u);
  EXPECT_GT(Region::compared, ports * ports * 20u / 3);
  for (unsigned i = 0; i < ports; ++i) {
    EXPECT_EQ(rig.initiator(i).in_use(), 0u);
    EXPECT_EQ(rig.initiator(i).responses(), ports * 20u) << name_of(kLinkKinds[i]);
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Trains, DataBetweenAllKinds,
                         testing::Combine(testing::Values(0u, 4096u, 65536u),
                                          testing::Values(models::PostedResponse::at_delivery,
                                                          models::PostedResponse::at_accept),
                                          testing::Bool()),
                         [](const auto& each) {
                           const bool accept =
                               std::get<1>(each.param) == models::PostedResponse::at_accept;
                           return std::to_string(std::get<0>(each.param)) +
                                  (accept ? "_at_accept" : "_at_delivery") +
                                  (std::get<2>(each.param) ? "_tight" : "");
                         });

}  // namespace
}  // namespace antares::tb
