// SPDX-License-Identifier: Apache-2.0
// The initiating side of an endpoint: begins AT transactions by the rules of the base protocol,
// from a pool of payloads, and tells its owner when each is answered. One request at a time is in
// the request phase; how many may be outstanding is the owner's business. Call it inside the wheel.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <functional>
#include <map>
#include <tlm>

#include "antares/models/scheduler/scheduler.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {

struct Request {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool read = false;
  std::uint8_t flags = 0;           ///< as PacketHint::flags
  std::uint16_t request_bytes = 0;  ///< payload of one link packet, 0 = the link's limit
  std::uint8_t operand_bytes = 0;   ///< not 0: an atomic, see PacketHint
  protocols::AtomicOp atomic = protocols::AtomicOp::fetch_add;
  unsigned char* data = nullptr;  ///< nullptr: a timed access without data
  std::uint64_t user = 0;         ///< seen by the target
  std::uint64_t cookie = 0;       ///< comes back with the answer
  /// For several, or to be reduced: as PacketHint has it.
  std::shared_ptr<const GroupNaming> group;
  std::shared_ptr<const ReductionNaming> reduction;
  ReductionStatus reduction_status = ReductionStatus::ok;  ///< once answered
};

class RequesterClient {
 public:
  virtual void request_done(const Request& request, bool ok, Picoseconds now_ps) = 0;
  /// After try_issue() has said no: it may say yes now.
  virtual void may_issue(Picoseconds now_ps) = 0;

 protected:
  virtual ~RequesterClient() = default;
};

/// What one endpoint may have in flight, and the gap between two of its requests.
struct RequesterLimits {
  std::uint64_t outstanding_reads = 1024;
  std::uint64_t outstanding_write_bytes = 4 << 20;
  std::uint64_t outstanding_writes = ~std::uint64_t{0};
  Picoseconds issue_gap_ps = 0;
};

class Requester : private EventTarget {
 public:
  Requester(Scheduler& scheduler, std::uint16_t endpoint, const RequesterLimits& limits);
  virtual ~Requester() = default;

  tlm_utils::simple_initiator_socket<Requester> initiator;

  void set_client(RequesterClient* client) { client_ = client; }
  /// The link's tags: a read takes one for each read request of at most largest_read_bytes that it
  /// is sent as. Without a call there is no such limit.
  void limit_tags(std::uint32_t tags, std::uint32_t largest_read_bytes) {
    tags_ = tags;
    largest_read_bytes_ = largest_read_bytes;
  }
  /// Begins the request now, or says no (request phase busy, limits reached, gap not over) and
  /// calls client.may_issue() when it is worth another try.
  bool try_issue(const Request& request);
  /// A request of the endpoint's own, beside the client's: begun before any of those as soon as the
  /// request phase is free, whatever limits they have reached. `done` hears of its end.
  using Done = std::function<void(bool ok, Picoseconds now_ps)>;
  void issue_aside(const Request& request, Done done);
  /// Flags of all its reads and writes, in addition to each request's own.
  void set_flags(std::uint8_t flags) { flags_ = flags; }
  /// Of all its requests, as PacketHint has it.
  void set_virtual_channel(std::uint8_t virtual_channel) { virtual_channel_ = virtual_channel; }
  std::uint64_t failed() const { return failed_; }

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void issue(const Request& request);
  void done(tlm::tlm_generic_payload& payload);
  void offer(Picoseconds now_ps);
  void issue_asides();

  Scheduler& scheduler_;
  Origin origin_;
  RequesterLimits limits_;
  RequesterClient* client_ = nullptr;
  PayloadPool pool_;
  tlm::tlm_generic_payload* pending_ = nullptr;  ///< BEGIN_REQ sent, END_REQ not seen
  bool wanted_ = false;                          ///< try_issue() has said no since the last offer
  Picoseconds next_issue_ps_ = 0;
  bool gap_posted_ = false;
  /// It holds a tag until its completion: a read or an atomic.
  static bool tagged(const Request& request) { return request.read || request.operand_bytes != 0; }
  std::uint64_t tags_of(const Request& request) const {
    const std::uint32_t unit =
        request.request_bytes != 0 && request.request_bytes < largest_read_bytes_
            ? request.request_bytes
            : largest_read_bytes_;
    return (std::uint64_t{request.bytes} + unit - 1) / unit;
  }

  std::deque<std::pair<Request, Done>> asides_;            ///< not begun
  Done next_done_;                                         ///< of the one that is begun now
  std::map<const tlm::tlm_generic_payload*, Done> aside_;  ///< under way
  std::uint32_t tags_ = ~std::uint32_t{0};
  std::uint32_t largest_read_bytes_ = ~std::uint32_t{0};
  std::uint8_t flags_ = 0;
  std::uint8_t virtual_channel_ = 0;
  std::uint64_t tags_out_ = 0;
  std::uint64_t reads_out_ = 0;
  std::uint64_t writes_out_ = 0;
  std::uint64_t write_bytes_out_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace antares::models
