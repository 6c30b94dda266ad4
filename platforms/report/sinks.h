// SPDX-License-Identifier: Apache-2.0
// Hands rows on to several sinks, and draws a line of progress where a person watches. No unit of
// time.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "antares/platforms/report/results.h"

namespace antares::platforms {

class Sinks : public ResultSink {
 public:
  /// Not owned; rows reach them in this order.
  void add(ResultSink& sink) { sinks_.push_back(&sink); }

  void collective(const CollectiveRow& row) override {
    for (ResultSink* sink : sinks_) sink->collective(row);
  }
  void concurrent(const ConcurrentRow& row) override {
    for (ResultSink* sink : sinks_) sink->concurrent(row);
  }
  void concurrent_total(const ConcurrentTotal& row) override {
    for (ResultSink* sink : sinks_) sink->concurrent_total(row);
  }
  void traffic(const TrafficRow& row) override {
    for (ResultSink* sink : sinks_) sink->traffic(row);
  }
  void partition_traffic(const TrafficRow& row) override {
    for (ResultSink* sink : sinks_) sink->partition_traffic(row);
  }
  void saturation(const SaturationRow& row) override {
    for (ResultSink* sink : sinks_) sink->saturation(row);
  }
  void trace(const TraceRow& row) override {
    for (ResultSink* sink : sinks_) sink->trace(row);
  }
  void pair(const PairRow& row) override {
    for (ResultSink* sink : sinks_) sink->pair(row);
  }
  void goodput(const GoodputRow& row) override {
    for (ResultSink* sink : sinks_) sink->goodput(row);
  }
  void moe(const MoeRow& row) override {
    for (ResultSink* sink : sinks_) sink->moe(row);
  }
  void faults(const std::vector<FaultRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->faults(rows);
  }
  void idle_faults(const std::vector<IdleFaultRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->idle_faults(rows);
  }
  void replays(const std::vector<ReplayRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->replays(rows);
  }
  void errors(const std::vector<ErrorRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->errors(rows);
  }
  void moves(const std::vector<MoveRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->moves(rows);
  }
  void multicast(const std::vector<MulticastRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->multicast(rows);
  }
  void group_updates(const std::vector<GroupUpdateRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->group_updates(rows);
  }
  void links(const std::vector<LinkRow>& rows) override {
    for (ResultSink* sink : sinks_) sink->links(rows);
  }
  void progress(const std::string& what, double done) override {
    for (ResultSink* sink : sinks_) sink->progress(what, done);
  }

 private:
  std::vector<ResultSink*> sinks_;
};

/// One line on standard error, written over again and again; nothing at all when that is not a
/// terminal. Rows wipe it first: add it before the sink that prints them.
class ProgressLine : public ResultSink {
 public:
  /// `on_progress` is called on each report, terminal or not; it may throw to end the run.
  explicit ProgressLine(std::function<void()> on_progress);
  ~ProgressLine() override { wipe(); }

  void collective(const CollectiveRow&) override { wipe(); }
  void traffic(const TrafficRow&) override { wipe(); }
  void saturation(const SaturationRow&) override { wipe(); }
  void trace(const TraceRow&) override { wipe(); }
  void pair(const PairRow&) override { wipe(); }
  void goodput(const GoodputRow&) override { wipe(); }
  void moe(const MoeRow&) override { wipe(); }
  void faults(const std::vector<FaultRow>&) override { wipe(); }
  void idle_faults(const std::vector<IdleFaultRow>&) override { wipe(); }
  void replays(const std::vector<ReplayRow>&) override { wipe(); }
  void errors(const std::vector<ErrorRow>&) override { wipe(); }
  void moves(const std::vector<MoveRow>&) override { wipe(); }
  void multicast(const std::vector<MulticastRow>&) override { wipe(); }
  void group_updates(const std::vector<GroupUpdateRow>&) override { wipe(); }
  void links(const std::vector<LinkRow>&) override { wipe(); }
  void progress(const std::string& what, double done) override;
  void wipe();

 private:
  std::function<void()> on_progress_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace antares::platforms
