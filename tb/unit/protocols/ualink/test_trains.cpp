// SPDX-License-Identifier: Apache-2.0
// A train is its link packets: wire bytes, credits and ends of random trains against the sum over
// the same requests sent one by one, through an encoder each. Tolerance 0.
#include <gtest/gtest.h>

#include <memory>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

struct Sum {
  std::uint64_t bytes = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint32_t count = 0;
  CreditAmount demand;
};

/// The train's requests (or responses) one by one through `encoder`.
Sum one_by_one(const UalinkPolicy& policy, LinkEncoder& encoder, const Packet& train,
               std::uint64_t address) {
  Sum sum;
  const std::uint32_t limit =
      train.request_bytes == 0 ? 256u : std::min<std::uint32_t>(256, train.request_bytes);
  for (const PlacedPiece& piece :
       list_pieces(static_cast<std::uint32_t>(address % (1u << 30)), train.bytes, limit)) {
    Packet single = train;
    single.bytes = piece.bytes;
    single.address_low = static_cast<std::uint16_t>(piece.address % 4096);
    encoder.encode(single, piece.address, true);
    const WireCost cost = policy.wire_cost(single);
    EXPECT_EQ(cost.link_packets, 1u);
    EXPECT_EQ(cost.first_bytes, cost.bytes);
    EXPECT_EQ(cost.last_bytes, cost.bytes);
    if (sum.count == 0) sum.first = cost.bytes;
    sum.last = cost.bytes;
    sum.bytes += cost.bytes;
    ++sum.count;
    sum.demand.header += policy.demand(single).header;
    sum.demand.data += policy.demand(single).data;
  }
  return sum;
}

TEST(UalinkTrains, ATrainCostsWhatItsRequestsCostOneByOne) {
  RandomStream random(4, "ualink.cost");
  for (const unsigned options : {0u, 1u, 2u, 3u}) {
    UalinkLinkConfig config;
    config.authentication = (options & 1) != 0;
    config.address_cache = (options & 2) == 0;
    const UalinkPolicy policy(config);
    const auto by_train = policy.make_encoder();
    const auto by_request = policy.make_encoder();
    for (int i = 0; i < 400; ++i) {
      const std::uint8_t flags = random.bernoulli(0.3) ? kByteEnables : 0;
      Packet train =
          ualink_packet(random.bernoulli(0.5) ? PacketKind::write : PacketKind::read, 0, 0, flags);
      // Often whole beats, often near a 1 MB boundary, among six regions.
      const std::uint64_t unit = random.bernoulli(0.5) ? 64 : 1;
      const std::uint64_t near = (1 + random.uniform_below(6)) << 20;
      const std::uint64_t address = near - random.uniform_below(2000 / unit) * unit;
      train.bytes = static_cast<std::uint32_t>((1 + random.uniform_below(8000 / unit)) * unit);
      if (random.bernoulli(0.1)) train.bytes += 3u << 20;
      if (random.bernoulli(0.3))
        train.request_bytes = static_cast<std::uint16_t>(random.bernoulli(0.5) ? 128 : 100);
      train.address_low = static_cast<std::uint16_t>(address % 4096);

      const Sum sum = one_by_one(policy, *by_request, train, address);
      by_train->encode(train, address, true);
      const WireCost cost = policy.wire_cost(train);
      ASSERT_EQ(cost.bytes, sum.bytes) << train.bytes << " B at " << address;
      ASSERT_EQ(cost.first_bytes, sum.first);
      ASSERT_EQ(cost.last_bytes, sum.last);
      ASSERT_EQ(cost.link_packets, sum.count);
      ASSERT_EQ(policy.demand(train).header, sum.demand.header);
      ASSERT_EQ(policy.demand(train).data, sum.demand.data);
    }
  }
}

TEST(UalinkTrains, ResponsesAddUpWithTheirFlowControl) {
  RandomStream random(5, "ualink.responses");
  for (const std::uint32_t group : {0u, 1u, 5u, 63u}) {
    UalinkLinkConfig config;
    config.responses_per_flow_control = group;
    const UalinkPolicy policy(config);
    const auto by_train = policy.make_encoder();
    const auto by_response = policy.make_encoder();
    std::uint64_t trains = 0;
    std::uint64_t singles = 0;
    std::uint64_t responses = 0;
    for (int i = 0; i < 400; ++i) {
      const std::uint64_t address = random.uniform_below(4096);
      Packet train = ualink_packet(PacketKind::completion,
                                   1 + static_cast<std::uint32_t>(random.uniform_below(20000)),
                                   static_cast<std::uint32_t>(address),
                                   random.bernoulli(0.5) ? kWantsAnswer : std::uint8_t{0});
      const Sum sum = one_by_one(policy, *by_response, train, address);
      by_train->encode(train, address, true);
      trains += policy.wire_cost(train).bytes;
      singles += sum.bytes;
      responses += sum.count;
      // Items fall on other responses of a train than one by one, their number is the same.
      ASSERT_EQ(trains, singles) << "after " << responses << " responses";
    }
  }
}

}  // namespace
}  // namespace antares::protocols
