// SPDX-License-Identifier: Apache-2.0
// The sets that arbiters are shown say exactly what waits, whatever comes and goes, by class too.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <memory>
#include <vector>

#include "antares/models/crossbar/voq.h"

namespace antares::models {
namespace {

constexpr unsigned kPorts = 5, kQueues = 3;

struct Bank {
  explicit Bank(bool fifo) : fifo(fifo), bank(kPorts, kQueues, fifo) {}

  void push(unsigned input, unsigned output, unsigned queue) {
    packets.push_back(std::make_unique<Packet>());
    Packet& packet = *packets.back();
    packet.input = PortId(static_cast<std::uint16_t>(input));
    packet.output = PortId(static_cast<std::uint16_t>(output));
    packet.egress_queue = static_cast<std::uint8_t>(queue);
    bank.push(packet);
  }
  /// Those that are shown: all, or the first of each input's line.
  std::vector<Packet*> shown() const {
    std::vector<Packet*> shown;
    std::vector<bool> seen(kPorts, false);
    for (const auto& packet : packets) {
      const unsigned input = packet->input.value();
      if (!fifo || !seen[input]) shown.push_back(packet.get());
      seen[input] = true;
    }
    return shown;
  }
  void remove(Packet* packet) {
    bank.remove(*packet);
    forget(packet);
  }
  void withdraw(Packet* packet) {
    bank.withdraw(*packet);
    forget(packet);
  }
  void forget(Packet* packet) {
    for (auto one = packets.begin(); one != packets.end(); ++one) {
      if (one->get() != packet) continue;
      packets.erase(one);
      return;
    }
  }
  void check() const {
    ASSERT_EQ(bank.packets(), packets.size());
    bool pair[kPorts][kPorts] = {}, of_class[kPorts][kQueues][kPorts] = {};
    for (const Packet* packet : shown()) {
      pair[packet->input.value()][packet->output.value()] = true;
      of_class[packet->output.value()][packet->egress_queue][packet->input.value()] = true;
    }
    for (unsigned input = 0; input < kPorts; ++input) {
      for (unsigned output = 0; output < kPorts; ++output) {
        ASSERT_EQ(bank.by_input().test(input, output), pair[input][output]);
        ASSERT_EQ(bank.by_output().test(output, input), pair[input][output]);
        for (unsigned queue = 0; queue < kQueues; ++queue)
          ASSERT_EQ((bank.inputs_for(output, queue)[0] >> input & 1) != 0,
                    of_class[output][queue][input]);
      }
    }
  }

  bool fifo;
  VoqBank bank;
  std::vector<std::unique_ptr<Packet>> packets;
};

class Voqs : public testing::TestWithParam<bool> {};

TEST_P(Voqs, SetsSayWhatWaitsByClassToo) {
  boost::random::mt19937 draw(7);
  const auto below = [&](std::size_t n) {
    return boost::random::uniform_int_distribution<std::size_t>(0, n - 1)(draw);
  };
  Bank bank(GetParam());
  for (unsigned step = 0; step < 3000; ++step) {
    const auto shown = bank.shown();
    if (shown.empty() || (bank.packets.size() < 60 && below(2) == 0)) {
      bank.push(static_cast<unsigned>(below(kPorts)), static_cast<unsigned>(below(kPorts)),
                static_cast<unsigned>(below(kQueues)));
    } else if (below(4) == 0) {
      bank.withdraw(bank.packets[below(bank.packets.size())].get());
    } else {
      bank.remove(shown[below(shown.size())]);
    }
    bank.check();
    if (testing::Test::HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Voqs, testing::Bool(), [](const auto& info) {
  return info.param ? std::string("fifo") : std::string("voq");
});

}  // namespace
}  // namespace antares::models
