// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "antares/protocols/common/error_log.h"

namespace antares::protocols {
namespace {

TEST(ErrorLog, KeepsTheFirstOfEachSeverityAndItsHeader) {
  ErrorLog log;
  EXPECT_EQ(log.first(ErrorSeverity::nonfatal), nullptr);
  const ErrorHeader header{PacketKind::read, EndpointId(3), EndpointId(4), 0x1000, 64};
  EXPECT_TRUE(log.record(ErrorKind::unsupported_request, 10, header).first);
  EXPECT_TRUE(log.record(ErrorKind::surprise_down, 20, {}).first) << "the first fatal one";
  EXPECT_FALSE(log.record(ErrorKind::access_violation, 30, {}).first);
  ASSERT_NE(log.first(ErrorSeverity::nonfatal), nullptr);
  EXPECT_EQ(log.first(ErrorSeverity::nonfatal)->at_ps, 10u);
  EXPECT_EQ(log.first(ErrorSeverity::nonfatal)->header->address, 0x1000u);
  EXPECT_FALSE(log.first(ErrorSeverity::fatal)->header.has_value());
  EXPECT_EQ(log.first(ErrorSeverity::correctable), nullptr);
}

TEST(ErrorLog, IsBoundedAndSaysWhatItForgot) {
  ErrorLog log;
  const std::uint64_t n = ErrorLog::kMostRecords + 10;
  for (std::uint64_t i = 0; i < n; ++i) log.record(ErrorKind::completer_abort, i, {});
  EXPECT_EQ(log.records().size(), ErrorLog::kMostRecords);
  EXPECT_EQ(log.records()[0].at_ps, 0u) << "the first stays";
  EXPECT_EQ(log.records()[1].at_ps, 11u) << "the oldest went";
  EXPECT_EQ(log.forgotten(), 10u);
  EXPECT_EQ(log.count(ErrorKind::completer_abort), n);
  EXPECT_EQ(log.first(ErrorSeverity::nonfatal)->at_ps, 0u) << "the first stays";
  log.clear();
  EXPECT_EQ(log.total(), 0u);
  EXPECT_EQ(log.first(ErrorSeverity::nonfatal), nullptr);
}

// facts/pcie6.md 4.5: default severity 00462030h, as far as the model has the kinds.
TEST(ErrorLog, SeveritiesAreThoseOfPcie) {
  for (const auto kind : {ErrorKind::surprise_down, ErrorKind::malformed})
    EXPECT_EQ(severity_of(kind), ErrorSeverity::fatal) << to_string(kind);
  for (const auto kind :
       {ErrorKind::poisoned, ErrorKind::completion_timeout, ErrorKind::completer_abort,
        ErrorKind::unsupported_request, ErrorKind::access_violation})
    EXPECT_EQ(severity_of(kind), ErrorSeverity::nonfatal) << to_string(kind);
}

}  // namespace
}  // namespace antares::protocols
