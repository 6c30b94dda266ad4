// SPDX-License-Identifier: Apache-2.0
// Cards from a description: built, run, and refused where they make no sense.
#include <gtest/gtest.h>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/build/zero_load_table.h"
#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

std::string description(const std::string& protocol, const std::string& nic,
                        const std::string& kind = "accelerator") {
  return "antares: 1\n"
         "name: cards\n"
         "switches:\n"
         "  - name: switch\n"
         "    ports:\n"
         "      - name: port\n"
         "        count: 2\n"
         "        protocol: " +
         protocol +
         "\n"
         "endpoints:\n"
         "  - name: gpu\n"
         "    count: 2\n"
         "    attach: switch.port\n"
         "    kind: " +
         kind + "\n    " + kind +
         ":\n"
         "      nic: " +
         nic + "\n";
}

std::string refusal(const std::string& text) {
  try {
    platforms::parse_platform(text, "cards.yaml");
  } catch (const platforms::ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(NicDescription, AWrongCardIsRefusedWithPlaceAndReason) {
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(refusal(description("ethernet", "{dma_rate_GBps: 0}")), "dma_rate_GBps");
  expect(refusal(description("ethernet", "{send_queue_depth: 0}")), "send_queue_depth");
  expect(refusal(description("ethernet", "{doorbel_ns: 5}")), "doorbell_ns");  // did you mean
  expect(refusal(description("ethernet", "{inline_bytes: 256, max_message_bytes: 128}")),
         "nic.inline_bytes: 256 is more than max_message_bytes allows, 128");
  expect(refusal(description("pcie", "{post_ns: 10}")),
         "a network card on port switch.port0, whose protocol is pcie");
  expect(refusal(description("pcie", "{post_ns: 10}")), "cards.yaml:");
  expect(refusal(description("pcie", "{post_ns: 10}", "host")), "whose protocol is pcie");
  EXPECT_EQ(refusal(description("ethernet", "{post_ns: 10}")), "");
}

/// One request through the endpoint's own requester.
class OneRequest : public models::RequesterClient, private models::EventTarget {
 public:
  OneRequest(models::Scheduler& wheel, models::Requester& requester, const models::Request& request)
      : requester_(requester), request_(request), origin_(0xFFF, 0) {
    requester.set_client(this);
    wheel.post(kStart, models::Phase::arrival, origin_, *this);
  }
  static constexpr Picoseconds kStart = 1'000'000;
  Picoseconds took_ps = 0;
  void request_done(const models::Request&, bool ok, Picoseconds now_ps) override {
    EXPECT_TRUE(ok);
    took_ps = now_ps - kStart;
  }
  void may_issue(Picoseconds) override {}

 private:
  void fire(std::uint64_t, Picoseconds) override { EXPECT_TRUE(requester_.try_issue(request_)); }
  models::Requester& requester_;
  models::Request request_;
  models::Origin origin_;
};

class NicPlatform : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(NicPlatform, TheZeroLoadTableKnowsTheCards) {
  ReportGuard reports;
  const auto [kind, read] = GetParam();
  const auto loaded =
      platforms::parse_platform(description("ethernet", "{post_ns: 10}", kind), "cards");
  platforms::Platform platform(loaded.config);
  const auto& gpu0 = platform.endpoints()[0];
  const auto& gpu1 = platform.endpoints()[1];
  ASSERT_NE(gpu0.nic, nullptr);
  platforms::ZeroLoadTable table(platform, {{4096, read, 1}});
  models::Request request;
  request.address = gpu1.window_base;
  request.bytes = 4096;
  request.read = read;
  OneRequest one(platform.scheduler(), *gpu0.requester, request);
  sc_core::sc_start();
  EXPECT_EQ(one.took_ps, table.answer_ps(0, 1, 0));
  // More than the card alone, which the table would have missed.
  EXPECT_GT(one.took_ps,
            gpu0.nic->engine().requester_ps(models::NicWork::of(
                read ? protocols::PacketKind::read : protocols::PacketKind::write, 4096)));
  platform.drain();
}

INSTANTIATE_TEST_SUITE_P(Endpoints, NicPlatform,
                         testing::Combine(testing::Values("accelerator", "host"), testing::Bool()),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) +
                                  (std::get<1>(test.param) ? "_loads" : "_stores");
                         });

}  // namespace
}  // namespace antares::tb
