// SPDX-License-Identifier: Apache-2.0
// What a child process tells its parent of a run: rows, and how far it is. No unit of time.
#pragma once
#include <string>

#include "antares/platforms/cli/child_process.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms::cli {

/// Keys of the messages.
inline constexpr const char* kRow = "row";
inline constexpr const char* kProgress = "progress";
inline constexpr const char* kDone = "done";

/// In the child: progress to the parent; rows are for those who derive from it.
class RowTeller : public ResultSink {
 public:
  explicit RowTeller(const Tell& tell) : tell_(tell) {}

  void collective(const CollectiveRow&) override {}
  void traffic(const TrafficRow&) override {}
  void trace(const TraceRow&) override {}
  void links(const std::vector<LinkRow>&) override {}
  void progress(const std::string& what, double done) override {
    tell_({{kProgress, what}, {kDone, done}});
  }

 protected:
  /// `more`: what else the message says.
  void row(Message columns, Message more = Message::object()) {
    more[kRow] = std::move(columns);
    tell_(more);
  }

 private:
  const Tell& tell_;
};

}  // namespace antares::platforms::cli
