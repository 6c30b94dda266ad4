// SPDX-License-Identifier: Apache-2.0
// A card that cannot be built is refused with a text that names the key and what would be right.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "antares/models/nic/nic_engine.h"

namespace antares::models {
namespace {

std::string only_problem(const NicConfig& config) {
  const auto problems = config.problems();
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? "" : problems.front();
}

TEST(NicConfig, TheDefaultsHaveNoProblems) { EXPECT_TRUE(NicConfig{}.problems().empty()); }

TEST(NicConfig, WhatIsOutOfRangeIsNamedWithItsRange) {
  NicConfig config;
  config.dma_rate_GBps = 0;
  EXPECT_EQ(only_problem(config),
            "nic.dma_rate_GBps: 0 is out of range, 0.001 to 1e+06 is possible");
  config = {};
  config.send_queue_depth = 0;
  EXPECT_NE(only_problem(config).find("nic.send_queue_depth: 0"), std::string::npos);
  config = {};
  config.post_ns = -1;
  EXPECT_NE(only_problem(config).find("nic.post_ns: -1"), std::string::npos);
  config = {};
  config.poll_ns = std::nan("");
  EXPECT_NE(only_problem(config).find("nic.poll_ns: nan"), std::string::npos);
}

TEST(NicConfig, InlineDataHasToFitAMessage) {
  NicConfig config;
  config.inline_bytes = 256;
  config.max_message_bytes = 128;
  EXPECT_EQ(only_problem(config),
            "nic.inline_bytes: 256 is more than max_message_bytes allows, 128");
}

TEST(NicConfig, EveryMistakeIsInTheException) {
  NicConfig config;
  config.dma_rate_GBps = -5;
  config.dma_chunk_bytes = 1;
  try {
    NicEngine engine(config, 0);
    FAIL() << "a card was made of nonsense";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("nic.dma_rate_GBps: -5"), std::string::npos) << text;
    EXPECT_NE(text.find("nic.dma_chunk_bytes: 1"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace antares::models
