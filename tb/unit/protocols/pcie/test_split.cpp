// SPDX-License-Identifier: Apache-2.0
// The closed forms against the slow splitter, and the rules of splitting on their own. Tolerance 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "antares/protocols/pcie/tlp_split.h"
#include "tb/unit/protocols/pcie/split_oracle.h"

namespace antares::protocols {
namespace {

void expect_same(const TlpSplit& fast, const std::vector<oracle::Tlp>& slow, const char* what,
                 std::uint32_t address, std::uint32_t bytes, std::uint32_t limit) {
  std::uint64_t payload = 0;
  for (const oracle::Tlp& tlp : slow) payload += tlp.dwords() * 4;
  const bool same = fast.count == slow.size() && fast.payload == payload &&
                    fast.first_payload == slow.front().dwords() * 4 &&
                    fast.last_payload == slow.back().dwords() * 4 &&
                    fast.data_credits == oracle::data_credits(slow);
  ASSERT_TRUE(same) << what << " of " << bytes << " B at " << address << ", limit " << limit << ": "
                    << fast.count << " TLPs, " << fast.payload << " B, " << fast.first_payload
                    << " to " << fast.last_payload << ", " << fast.data_credits
                    << " data credits; slow: " << slow.size() << " TLPs, " << payload << " B, "
                    << oracle::data_credits(slow) << " data credits";
}

class Random {
 public:
  std::uint32_t pick(std::uint32_t low, std::uint32_t high) {
    return boost::random::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }
  /// Sizes around powers of two, where splits change, from a byte to 1 MiB.
  std::uint32_t size() {
    const std::uint32_t power = 1u << pick(0, 20);
    return std::max(4u, power + pick(0, 8)) - std::min(3u, power);
  }

 private:
  boost::random::mt19937 engine_{42};
};

TEST(TlpSplit, RequestsAgreeWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size();
    const std::uint32_t limit = 128u << random.pick(0, 5);
    expect_same(split_request(address, bytes, limit), oracle::split_request(address, bytes, limit),
                "request", address, bytes, limit);
  }
}

TEST(TlpSplit, RequestsWithOddLimitsAgreeWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size();
    const std::uint32_t limit = random.pick(4, 1000);
    expect_same(split_request(address, bytes, limit), oracle::split_request(address, bytes, limit),
                "request", address, bytes, limit);
  }
}

TEST(TlpSplit, CompletionsAgreeWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size();
    // Reads smaller than the boundary too: a requester may ask for so much at a time.
    const CompletionLimits limits{32u << random.pick(0, 7), 32u << random.pick(0, 7),
                                  64u << random.pick(0, 1)};
    expect_same(split_completion(address, bytes, limits),
                oracle::split_completion(address, bytes, limits), "completion", address, bytes,
                limits.payload_bytes);
  }
}

TEST(TlpSplit, CompletionsOfOddReadsAgreeWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size();
    const CompletionLimits limits{random.pick(4, 600), random.pick(4, 1000),
                                  64u << random.pick(0, 1)};
    expect_same(split_completion(address, bytes, limits),
                oracle::split_completion(address, bytes, limits), "completion", address, bytes,
                limits.payload_bytes);
  }
}

bool same_tlps(const std::vector<oracle::Tlp>& a, const std::vector<oracle::Tlp>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.from == y.from && x.to == y.to; });
}

TEST(TlpSplit, TrainsOfAnySizeMakeTheSameTlps) {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size() / 8 + 1;
    const bool completion = random.pick(0, 1) == 1;
    const CompletionLimits limits{128u << random.pick(0, 5), 128u << random.pick(0, 5),
                                  64u << random.pick(0, 1)};
    const std::uint32_t limit = completion ? limits.payload_bytes : random.pick(4, 1000);
    const std::uint32_t train = limit / 4 * 4 << random.pick(0, 8);
    const auto whole = completion ? oracle::split_completion(address, bytes, limits)
                                  : oracle::split_request(address, bytes, limit);
    std::vector<oracle::Tlp> cut;
    for (std::uint32_t offset = 0; offset < bytes;) {
      const std::uint32_t rest = bytes - offset;
      const std::uint32_t next = completion
                                     ? completion_train_bytes(address, offset, rest, limits, train)
                                     : request_train_bytes(address, offset, rest, limit, train);
      ASSERT_GT(next, 0u);
      const auto tlps = completion ? oracle::split_completion(address + offset, next, limits)
                                   : oracle::split_request(address + offset, next, limit);
      ASSERT_TRUE(next <= train || tlps.size() == 1) << next << " of " << train;
      cut.insert(cut.end(), tlps.begin(), tlps.end());
      offset += next;
    }
    ASSERT_TRUE(same_tlps(whole, cut))
        << (completion ? "completion" : "request") << " of " << bytes << " B at " << address
        << ", limits " << limit << " and " << limits.read_bytes << ", RCB " << limits.rcb_bytes
        << ", trains of " << train << ": " << whole.size() << " and " << cut.size() << " TLPs";
  }
}

TEST(TlpSplit, NoRequestCrossesFourKibibytesOrExceedsItsLimit) {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t address = random.pick(0, 4095);
    const std::uint32_t bytes = random.size() / 16 + 1;
    const std::uint32_t limit = 128u << random.pick(0, 5);
    std::uint64_t covered = 0;
    for (const oracle::Tlp& tlp : oracle::split_request(address, bytes, limit)) {
      ASSERT_EQ(tlp.from / 4096, (tlp.to - 1) / 4096) << address << " " << bytes;
      ASSERT_LE(tlp.dwords() * 4, limit);
      covered += tlp.to - tlp.from;
    }
    ASSERT_EQ(covered, bytes);
  }
}

TEST(TlpSplit, CompletionsEndOnTheReadCompletionBoundaryExceptTheLastOfARead) {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t rcb = 64u << random.pick(0, 1);
    const std::uint32_t limit = 128u << random.pick(0, 5);
    const auto tlps =
        oracle::split_completion(random.pick(0, 4095), random.pick(1, 508), {limit, 512, rcb});
    for (std::size_t k = 0; k + 1 < tlps.size(); ++k) ASSERT_EQ(tlps[k].to % rcb, 0u);
  }
}

TEST(TlpSplit, WorkedExamples) {
  // 256 B at 4 KiB - 100: 100 B before the boundary, 156 B after it.
  const TlpSplit crossing = split_request(4096 - 100, 256, 256);
  EXPECT_EQ(crossing.count, 2u);
  EXPECT_EQ(crossing.first_payload, 100u);
  EXPECT_EQ(crossing.last_payload, 156u);
  EXPECT_EQ(crossing.data_credits, 7u + 10u);
  // A byte at an odd address is one DW; so is a request for nothing.
  EXPECT_EQ(split_request(3, 1, 256).payload, 4u);
  EXPECT_EQ(split_request(0, 0, 256).payload, 4u);
  // 512 B read from 40h with RCB 128: 64 to the boundary, then 256 and 192.
  const TlpSplit answer = split_completion(0x40, 512, {256, 512, 128});
  EXPECT_EQ(answer.count, 3u);
  EXPECT_EQ(answer.first_payload, 64u);
  EXPECT_EQ(answer.last_payload, 192u);
  // Twice as much is two reads: each starts at its own boundary again.
  EXPECT_EQ(split_completion(0x40, 1024, {256, 512, 128}).count, 6u);
  // With RCB 64 the same address is on a boundary.
  EXPECT_EQ(split_completion(0x40, 512, {256, 512, 64}).count, 2u);
  EXPECT_EQ(split_completion(0, 0, {256, 512, 64}).count, 1u);
  EXPECT_EQ(split_completion(0, 0, {256, 512, 64}).payload, 0u);
}

}  // namespace
}  // namespace antares::protocols
