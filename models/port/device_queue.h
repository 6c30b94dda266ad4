// SPDX-License-Identifier: Apache-2.0
// The transmit side of the device at the far end of a port's link, which the port models for it:
// jobs (requests of its initiator, responses of its target) wait in one FIFO a traffic class and
// are cut into trains as the link and the switch's credits take them. Pure; time is an argument.
//
// Trains are launched lazily: launch() may be asked late for a train that started in the past,
// since nothing can see it before it arrives. At most one train is launched ahead of now.
#pragma once
#include <boost/circular_buffer.hpp>
#include <cstdint>

#include "antares/models/port/link_transmitter.h"
#include "antares/models/port/transaction.h"

namespace antares::models {

struct SendJob {
  Transaction* transaction = nullptr;
  bool response = false;
  std::uint32_t offset_bytes = 0;  ///< already cut into trains
  std::uint32_t bytes = 0;         ///< payload (or bytes asked for) in all
  std::uint64_t sequence = 0;
  Picoseconds ready_ps = 0;
  protocols::TrafficClass traffic_class = protocols::TrafficClass::posted;
  protocols::VcId vc;
  bool acknowledges = false;  ///< its bytes are those written: see protocols::kAcknowledges
  std::uint8_t form = 0;      ///< as the policy classifies it, before encoding
  std::uint8_t lane = 0;      ///< queue of DeviceQueue: that of its vc and class, or of groups

  unsigned queue() const { return lane; }
};

/// Of one train: payload bytes, and read requests, which may ask for less than the link's largest.
struct TrainLimit {
  std::uint32_t bytes = 256;
  std::uint32_t read_requests = 0;  ///< 0: as many as the largest ones would be
};

struct Launched {
  bool any = false;
  bool job_done = false;  ///< that was the job's last train
  bool response = false;
  Transaction* transaction = nullptr;
  Picoseconds ready_ps = 0;  ///< of the job
  Sent sent;
  const TrainCost* cost = nullptr;  ///< of the train, until the next call
  Picoseconds retry_ps = kNever;    ///< nothing launched: credits are known to come then
};

class DeviceQueue {
 public:
  DeviceQueue(LinkTransmitter& link, const protocols::LinkPolicy& policy);

  /// Train limits by class (bytes: multiples of the link packet payload).
  void set_train_limit(protocols::TrafficClass traffic_class, TrainLimit limit) {
    limits_[static_cast<unsigned>(traffic_class)] = limit;
  }
  void enqueue(const SendJob& job);
  /// What is for several waits in a queue of its own, and its trains hold at most so many bytes of
  /// the receiver's buffer (more than that: one train). What comes behind may pass it meanwhile.
  void set_quota(std::uint64_t bytes) { quota_bytes_ = bytes; }
  bool has_quota() const { return quota_bytes_ != 0; }
  /// The queue of what is for several, where there is a quota.
  unsigned several() const { return static_cast<unsigned>(jobs_.size()) - 1; }
  /// A train for several of so many bytes has left the receiver's buffer.
  void several_left(std::uint32_t bytes, Picoseconds now_ps);
  /// Jobs that wait in the queue of this one.
  std::size_t queued(const SendJob& job) const { return jobs_[job.queue()].size(); }
  bool empty() const { return waiting_ == 0; }
  /// True if some job could start but for credits that nobody has promised yet.
  bool blocked_on_credits() const { return blocked_; }
  /// Start of the train launched last.
  Picoseconds last_start_ps() const { return last_start_ps_; }
  /// Fills `packet` with the next train and takes link time and credits for it.
  /// A train that only credits hold back beyond now_ps is not committed, so that another class may
  /// still go first: retry_ps says when to ask again.
  Launched launch(Packet& packet, Picoseconds now_ps = kNever);
  /// Fills the protocol-visible fields of a train of this job (also used by LT for one train).
  void shape(const SendJob& job, std::uint32_t train_bytes, Packet& packet) const;
  std::uint32_t next_train_bytes(const SendJob& job) const;
  /// Empties the queues, oldest first.
  std::vector<SendJob> take_all();
  /// For diagnosis: the job at the head of a queue; nullptr if none waits.
  const SendJob* front(unsigned queue) const {
    return jobs_[queue].empty() ? nullptr : &jobs_[queue].front();
  }
  unsigned queues() const { return static_cast<unsigned>(jobs_.size()); }
  /// Queue with an earlier job that this one, the first of own_queue, may not pass; -1: none.
  int held_up_by(const SendJob& job, unsigned own_queue) const;

 private:
  void judge_quota();
  /// How many queues have their turn before this one.
  unsigned turn(unsigned queue) const {
    const auto queues = static_cast<unsigned>(jobs_.size());
    return queue > last_served_ ? queue - last_served_ - 1 : queue + queues - last_served_ - 1;
  }

  LinkTransmitter& link_;
  const protocols::LinkPolicy& policy_;
  std::shared_ptr<CostCache> costs_;  ///< of policy_, at whatever width the link runs
  std::vector<boost::circular_buffer<SendJob>> jobs_;  ///< by queue_index(); behind: several()
  std::uint64_t waiting_ = 0;                          ///< bit q: jobs_[q] is not empty
  TrainLimit limits_[protocols::kTrafficClasses];
  std::uint64_t sequence_ = 0;
  bool blocked_ = false;
  std::uint64_t quota_bytes_ = 0;    ///< 0: none
  std::uint64_t several_bytes_ = 0;  ///< of the quota, in use
  std::uint64_t over_quota_ = 0;     ///< bit of several(): its next train has to wait for the quota
  unsigned last_served_ = 0;         ///< queue
  Picoseconds last_start_ps_ = 0;
};

}  // namespace antares::models
