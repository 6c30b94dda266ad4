// SPDX-License-Identifier: Apache-2.0
// Random reads and writes against a shadow memory, for tests of data under load.
#pragma once
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstring>

#include "tb/support/fabric_fixture.h"

namespace antares::tb {

/// One region of one device that one initiator reads and writes, one access at a time: what it
/// reads is what it wrote last. Many lines of many initiators run side by side.
class ShadowLine {
 public:
  static constexpr unsigned kBytes = 8192;
  ShadowLine(Initiator& initiator, std::uint64_t base, unsigned seed, unsigned accesses)
      : initiator_(initiator), base_(base), engine_(seed), left_(accesses) {
    std::memset(shadow_, 0, kBytes);
    std::memset(known_, 1, kBytes);
  }
  bool owns(const tlm::tlm_generic_payload& payload) const { return payload_ == &payload; }
  void next() {
    if (left_-- == 0) return;
    const unsigned bytes = pick(0, 3) == 0 ? pick(1, 6000) : pick(1, 300);
    const unsigned offset = pick(0, kBytes - bytes);
    const bool read = pick(0, 1) == 1;
    for (unsigned i = 0; i < bytes; ++i)
      data_[i] = static_cast<unsigned char>(read ? 0xEE : pick(0, 255));
    if (!read) std::memcpy(shadow_ + offset, data_, bytes);
    payload_ = &initiator_.make(read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                base_ + offset, data_, bytes);
    initiator_.begin_in_turn(*payload_, pick(0, 1) * pick(0, 20'000));
  }
  bool expect_address_errors = false;  ///< nobody it may see lives there
  bool ports_move = false;             ///< somebody may live there or not, at any time
  bool links_fail = false;  ///< accesses may end in an error; what such a write did is not known
  void answered() {
    const auto status = payload_->get_response_status();
    const auto offset = payload_->get_address() - base_;
    const unsigned bytes = payload_->get_data_length();
    const bool gone = ports_move && status == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const bool failed = (links_fail && status == tlm::TLM_GENERIC_ERROR_RESPONSE) || gone;
    if (!failed) {
      EXPECT_EQ(status,
                expect_address_errors ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    }
    errors += failed && !gone ? 1 : 0;
    unseen += gone ? 1 : 0;
    if (payload_->is_write()) {
      std::memset(known_ + offset, failed ? 0 : 1, bytes);
    } else if (!failed && !expect_address_errors) {
      unsigned wrong = 0;
      for (unsigned i = 0; i < bytes; ++i)
        wrong += known_[offset + i] != 0 && data_[i] != shadow_[offset + i];
      EXPECT_EQ(wrong, 0u) << "of " << bytes << " B at " << payload_->get_address();
      ++compared;
    }
    // The next access starts from a process of its own: the fabric is in the middle of a call.
    at(now_ps() + pick(1, 2) * pick(1, 300'000), [this] { next(); });
  }
  static inline unsigned compared = 0;  ///< reads, over all lines
  static inline unsigned errors = 0;    ///< accesses that failed, over all lines
  static inline unsigned unseen = 0;    ///< ... to ports in another partition (ports_move)

 private:
  unsigned pick(unsigned low, unsigned high) {
    return boost::random::uniform_int_distribution<unsigned>(low, high)(engine_);
  }
  Initiator& initiator_;
  std::uint64_t base_;
  boost::random::mt19937 engine_;
  unsigned left_;
  tlm::tlm_generic_payload* payload_ = nullptr;
  unsigned char data_[kBytes];
  unsigned char shadow_[kBytes];
  unsigned char known_[kBytes];
};

}  // namespace antares::tb
