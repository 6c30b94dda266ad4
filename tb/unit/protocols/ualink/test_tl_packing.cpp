// SPDX-License-Identifier: Apache-2.0
// The flits that a link is busy with, train by train through its encoder, against the packer that
// fills them half by half.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ualink/ualink_encoder.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"
#include "tb/unit/protocols/ualink/tl_packer.h"

namespace antares::protocols {
namespace {

using Type = TlItemType;

/// A link direction: what is sent, once through the encoder and once through the packer.
class Direction {
 public:
  explicit Direction(const UalinkLinkConfig& config)
      : config_(config),
        policy_(config),
        encoder_(policy_.make_encoder()),
        packer_(config.authentication) {
    if (config.address_cache) {
      // Region 0 is in the cache from here on.
      Packet load = ualink_packet(PacketKind::write, 64);
      encoder_->encode(load, 0, false);
    }
  }

  void send(PacketKind kind, std::uint32_t bytes, std::uint8_t flags = 0,
            bool back_to_back = true) {
    Packet packet = ualink_packet(kind, bytes, 0, flags);
    policy_.classify(packet);
    encoder_->encode(packet, 0, back_to_back && sent_);
    sent_ = true;
    const WireCost cost = policy_.wire_cost(packet);
    busy_bytes_ += cost.occupied_bytes();
    content_bytes_ += cost.bytes;
    push(packet);
  }
  std::uint64_t busy_bytes() const { return busy_bytes_; }
  std::uint64_t content_bytes() const { return content_bytes_; }
  std::uint64_t packed_bytes() {
    packer_.drain();
    return packer_.wire_bytes();
  }

 private:
  /// The items of the train, as the packer knows them; trains here start on multiples of 256 B.
  void push(const Packet& packet) {
    const bool enables = (packet.flags & kByteEnables) != 0;
    const Type request = config_.address_cache ? Type::compressed_request : Type::request;
    const auto pieces = list_pieces(0, packet.bytes, 256);
    switch (packet.kind) {
      case PacketKind::read:
      case PacketKind::write:
        for (const PlacedPiece& piece : pieces) {
          const std::uint32_t beats = (piece.bytes + 63) / 64;
          const bool whole = piece.bytes % 64 == 0;
          if (packet.kind == PacketKind::read)
            packer_.push({whole ? request : Type::request, 0, 0});
          else
            packer_.push({whole ? request : Type::request, 2 * beats, enables || !whole ? 1u : 0u});
        }
        return;
      case PacketKind::atomic:
        packer_.push({Type::request, 2, 1});
        return;
      case PacketKind::completion:
        for (const PlacedPiece& piece : pieces) {
          const bool data = (packet.flags & kAcknowledges) == 0;
          packer_.push({Type::compressed_response, data ? 2 * ((piece.bytes + 63) / 64) : 0, 0});
          if (config_.responses_per_flow_control != 0 &&
              ++responses_ % config_.responses_per_flow_control == 0)
            packer_.push({Type::flow_control, 0, 0});
        }
        return;
      case PacketKind::message:
        FAIL() << "not sent here";
    }
  }

  UalinkLinkConfig config_;
  UalinkPolicy policy_;
  std::unique_ptr<LinkEncoder> encoder_;
  TlPacker packer_;
  bool sent_ = false;
  std::uint32_t responses_ = 0;
  std::uint64_t busy_bytes_ = 0;
  std::uint64_t content_bytes_ = 0;
};

UalinkLinkConfig packing(bool authentication, bool compressed) {
  UalinkLinkConfig config;
  config.authentication = authentication;
  config.address_cache = compressed;
  return config;
}

TEST(UalinkPacking, ATrainAloneIsInWholeFlits) {
  for (const bool authentication : {false, true}) {
    for (const bool compressed : {false, true}) {
      for (const std::uint32_t bytes : {64u, 100u, 128u, 192u, 256u, 4096u, 65536u}) {
        for (const PacketKind kind :
             {PacketKind::write, PacketKind::read, PacketKind::completion}) {
          Direction link(with(authentication, compressed));
          link.send(kind, bytes);
          EXPECT_EQ(link.busy_bytes(), link.packed_bytes())
              << bytes << " B, kind " << static_cast<int>(kind) << ", tags " << authentication
              << ", compressed " << compressed;
        }
      }
      Direction atomic(with(authentication, compressed));
      atomic.send(PacketKind::atomic, 8);
      EXPECT_EQ(atomic.busy_bytes(), atomic.packed_bytes());
    }
  }
}

TEST(UalinkPacking, NothingIsSharedAcrossAGap) {
  Direction once(with(false, true));
  once.send(PacketKind::write, 64);
  Direction often(with(false, true));
  for (int i = 0; i < 10; ++i) often.send(PacketKind::write, 64, 0, false);
  EXPECT_EQ(once.busy_bytes(), 2 * kTlFlitBytes) << "control and data, data and a NOP";
  EXPECT_EQ(often.busy_bytes(), 10 * once.busy_bytes());
}

TEST(UalinkPacking, StreamsTakeTheFlitsOfThePacker) {
  constexpr int kCount = 5000;
  for (const bool authentication : {false, true}) {
    for (const bool compressed : {false, true}) {
      for (const std::uint32_t bytes : {64u, 128u, 256u, 2048u}) {
        for (const bool responses : {false, true}) {
          SCOPED_TRACE(testing::Message()
                       << bytes << " B, tags " << authentication << ", compressed " << compressed
                       << ", responses " << responses);
          Direction link(with(authentication, compressed));
          for (int i = 0; i < kCount; ++i) {
            link.send(PacketKind::write, bytes);
            if (responses) link.send(PacketKind::completion, bytes, kAcknowledges);
          }
          const auto packed = static_cast<double>(link.packed_bytes());
          const auto busy = static_cast<double>(link.busy_bytes());
          // Where requests run out of sectors and responses out of tags, the packer finds pairs
          // that come later than the next train: up to a ninth of the control and tag halves.
          const bool both_bind = authentication && !compressed && responses;
          const double halves = both_bind ? (packed - 1.0 * kCount * bytes) / 9 : 0;
          EXPECT_NEAR(busy, packed, 2 * kTlFlitBytes + halves);
        }
      }
    }
  }
}

TEST(UalinkPacking, DirectionsWithoutDataAreHalfNops) {
  Direction reads(with(false, true));
  Direction responses(with(false, true));
  for (int i = 0; i < 4000; ++i) {
    reads.send(PacketKind::read, 64);
    responses.send(PacketKind::completion, 64, kAcknowledges);
  }
  for (Direction* link : {&reads, &responses}) {
    EXPECT_EQ(link->busy_bytes(), link->packed_bytes());
    EXPECT_EQ(link->busy_bytes(), 2 * link->content_bytes());
  }
}

// Requests and answers of all kinds and sizes, in trains: no closed form, only the packer.
TEST(UalinkPacking, RandomMixesStayCloseToThePacker) {
  RandomStream random(8, "ualink.packing");
  for (int run = 0; run < 40; ++run) {
    Direction link(with(run % 2 == 0, run % 4 < 2));
    for (int i = 0; i < 2000; ++i) {
      const auto bytes = static_cast<std::uint32_t>(64 * (1 + random.uniform_below(12)));
      switch (random.uniform_below(5)) {
        case 0:
          link.send(PacketKind::read, bytes);
          break;
        case 1:
          link.send(PacketKind::atomic, 8);
          break;
        case 2:
          link.send(PacketKind::completion, bytes, random.bernoulli(0.5) ? kAcknowledges : 0);
          break;
        default:
          link.send(PacketKind::write, bytes, random.bernoulli(0.3) ? kByteEnables : 0);
      }
    }
    const auto packed = static_cast<double>(link.packed_bytes());
    // The packer sees all that will ever come, but takes it in turns; a link only looks one train
    // ahead, and lets what is there fill any place.
    EXPECT_NEAR(static_cast<double>(link.busy_bytes()), packed, 0.01 * packed);
  }
}

}  // namespace
}  // namespace antares::protocols
