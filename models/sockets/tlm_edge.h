// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 base-protocol side of a port: one target socket (the device's initiator binds to it)
// and one initiator socket (binds to the device's target), with the rules of IEEE 1666-2011 clause
// 15: request and response exclusion, END_REQ and END_RESP in every legal form, annotated delays,
// response status on every path, payloads acquired while they are held. It knows transactions, no
// protocol.
//
// Left out: phases other than the four of the base protocol are ignored, as the standard allows.
#pragma once
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <functional>
#include <memory>
#include <tlm>
#include <vector>

#include "antares/models/port/transaction.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

/// What the port does with a request that its device has begun.
enum class RequestVerdict {
  accepted,  ///< END_REQ at once
  wait,      ///< END_REQ later, by TlmEdge::end_request()
  refused,   ///< completed with the response status that has been set
};

class EdgeClient {
 public:
  virtual RequestVerdict at_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) = 0;
  /// The device's target has taken the request (END_REQ or a later phase).
  virtual void at_request_taken(Transaction& transaction, Picoseconds at_ps) = 0;
  /// The device's target has answered; the status stands in the payload.
  virtual void at_response(Transaction& transaction, Picoseconds at_ps) = 0;
  /// The device's initiator has taken the response: the transaction is over.
  virtual void at_response_taken(Transaction& transaction, Picoseconds at_ps) = 0;
  /// Calls TlmEdge::retry() at a future time.
  virtual void retry_at(Picoseconds at_ps) = 0;
  virtual void lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) = 0;
  virtual bool dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) = 0;
  virtual unsigned debug_request(tlm::tlm_generic_payload& payload) = 0;
  virtual void dmi_invalidated(std::uint64_t start, std::uint64_t end) = 0;
  /// The device's target has called back for a payload that it does not hold (or no longer does).
  virtual void at_stray_response() {}

 protected:
  virtual ~EdgeClient() = default;
};

class TlmEdge {
 public:
  TlmEdge(EdgeClient& client, const Scheduler& scheduler);
  ~TlmEdge();

  // Optional: a device may have an initiator only, or a target only.
  tlm_utils::passthrough_target_socket_optional<TlmEdge> target;
  tlm_utils::simple_initiator_socket_optional<TlmEdge> initiator;

  bool has_device_initiator() const { return target.get_base_port().size() != 0; }
  bool has_device_target() const { return initiator.size() != 0; }

  /// BEGIN_REQ to the device's target, as soon as its request channel is free.
  void deliver_request(Transaction& transaction);
  /// BEGIN_RESP to the device's initiator, as soon as its response channel is free.
  void deliver_response(Transaction& transaction);
  /// END_REQ for the request that was told to wait.
  void end_request();
  bool request_waits() const { return waiting_request_ != nullptr; }
  tlm::tlm_generic_payload* waiting_request() const { return waiting_request_; }
  void retry();
  /// Takes back a request that the device has not seen; false: it has, or there is none.
  bool withdraw(const Transaction& transaction);
  /// The device is gone: hands out every request that it has not answered, for the last time. What
  /// it says of one later is a stray response.
  void abandon(const std::function<void(Transaction&)>& give_up);

  std::size_t requests_held() const { return requests_out_.size() + (request_out_ != nullptr); }
  /// Requests that the device's target has taken and not answered.
  std::size_t answers_awaited() const {
    return tickets_.size() - free_tickets_.size() - abandoned_ - (request_out_ != nullptr);
  }
  std::size_t responses_held() const { return responses_.size() + (response_ != nullptr); }

 private:
  /// Finds the transaction of a payload that a target answers. Chains to an extension that another
  /// switch on the same payload's way has set.
  struct Ticket : tlm::tlm_extension<Ticket> {
    Transaction* transaction = nullptr;  ///< nullptr: abandoned, the payload is the ticket's
    Ticket* previous = nullptr;
    TlmEdge* edge = nullptr;
    tlm::tlm_generic_payload* payload = nullptr;  ///< nullptr: not in use
    tlm::tlm_extension_base* clone() const override { return nullptr; }
    void copy_from(const tlm::tlm_extension_base&) override {}
    // A payload that is destroyed while the fabric holds it (the simulation has ended): the edge
    // owns the ticket.
    void free() override { payload = nullptr; }
  };

  tlm::tlm_sync_enum nb_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                           sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                           sc_core::sc_time& delay);
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

  void send_request(Transaction& transaction);
  void attach_ticket(Transaction& transaction, tlm::tlm_generic_payload& payload);
  void send_next_request();
  void send_response(Transaction& transaction);
  void response_over(Picoseconds at_ps);
  Ticket* get_ticket();
  Transaction* take_ticket(tlm::tlm_generic_payload& payload);

  Picoseconds now_ps() const { return scheduler_.now_ps(); }
  /// When what is annotated with this delay happens.
  Picoseconds after(const sc_core::sc_time& delay) const {
    return delay == sc_core::SC_ZERO_TIME ? now_ps() : now_ps() + scheduler_.to_ps(delay);
  }

  EdgeClient& client_;
  const Scheduler& scheduler_;
  tlm::tlm_generic_payload* waiting_request_ = nullptr;
  Transaction* calling_ = nullptr;      ///< BEGIN_REQ is being handed over
  Transaction* request_out_ = nullptr;  ///< BEGIN_REQ sent, END_REQ not seen
  Picoseconds request_free_ps_ = 0;     ///< annotated END_REQ: the channel is ours again from here
  std::deque<Transaction*> requests_out_;
  Transaction* response_ = nullptr;  ///< BEGIN_RESP sent, END_RESP not seen
  Picoseconds response_free_ps_ = 0;
  std::deque<Transaction*> responses_;
  bool retrying_ = false;
  std::vector<std::unique_ptr<Ticket>> tickets_;
  std::vector<Ticket*> free_tickets_;
  std::size_t abandoned_ = 0;  ///< tickets of devices that have not said anything since
};

}  // namespace antares::models
