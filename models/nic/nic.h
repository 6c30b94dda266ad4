// SPDX-License-Identifier: Apache-2.0
// A network interface card between an endpoint and its switch port: the packet-based way to a
// remote memory. The endpoint's loads and stores become work requests that are posted, fetched,
// sent, written or read by DMA at the other end, and completed; NicEngine says what each step
// costs.
//
//   requester -> host_target  [NIC]  wire_initiator -> port
//   memory   <- memory_initiator [NIC]  wire_target <- port
//
// TLM-2.0 base protocol on all four sockets. b_transport adds the unloaded times of the same
// engine. Debug access passes; no DMI through a card that works in packets. A full send queue holds
// END_REQ of the requester, a full receive buffer that of the port, whose credits then stay away.
// Every delay is posted into the wheel. Unit of time: picoseconds.
//
// Left out: the card moves no descriptors of its own (they cost time, no wire), and the payload of
// a store comes with the transaction: reading it by DMA costs time but does not load the memory
// model.
#pragma once
#include <systemc>

#include "antares/models/nic/nic_engine.h"
#include "antares/models/port/transaction.h"
#include "antares/models/scheduler/scheduler.h"
#include "antares/models/sockets/tlm_edge.h"

namespace antares::models {

struct NicCounts {
  std::uint64_t posted = 0;     ///< work requests taken from the requester
  std::uint64_t completed = 0;  ///< ... and reported as completed, with errors or without
  std::uint64_t failed = 0;     ///< ... with an error
  std::uint64_t refused = 0;    ///< larger than max_message_bytes
  std::uint64_t served = 0;     ///< requests from the wire that memory has answered
};

class Nic : public sc_core::sc_module, private EventTarget {
  class Side;

 public:
  using Target = tlm_utils::passthrough_target_socket_optional<TlmEdge>;
  using Initiator = tlm_utils::simple_initiator_socket_optional<TlmEdge>;

  /// endpoint: number of the endpoint it serves, for its place within an instant of the wheel.
  /// memory_latency_ps: as in NicEngine, which throws for a config with problems.
  Nic(const sc_core::sc_module_name& name, std::uint16_t endpoint, const NicConfig& config,
      Picoseconds memory_latency_ps, Scheduler& scheduler);
  ~Nic() override;

 private:
  NicEngine engine_;
  Scheduler& scheduler_;
  Origin origin_;
  std::unique_ptr<Side> device_;  ///< towards the endpoint
  std::unique_ptr<Side> wire_;    ///< towards the port

 public:
  Target& host_target;          ///< the endpoint's initiator binds to it
  Initiator& memory_initiator;  ///< binds to the endpoint's memory
  Target& wire_target;          ///< the port's initiator binds to it
  Initiator& wire_initiator;    ///< binds to the port's target

  const NicEngine& engine() const { return engine_; }
  const NicCounts& counts() const { return counts_; }
  /// What it still holds, one text each: nothing at the end of a simulation.
  std::vector<std::string> quiescence_problems() const;

 private:
  /// What an event is about. Fits below the alignment of a Transaction.
  enum class Stage : std::uint64_t {
    fetched,    ///< the card has the work request
    depart,     ///< its first packet goes to the port
    received,   ///< a request from the wire has been taken apart
    access,     ///< it reaches the memory
    taken,      ///< memory has taken its payload
    answer,     ///< its answer goes to the port
    returned,   ///< an answer from the wire has been taken apart
    completed,  ///< the requester sees the completion
  };

  void fire(std::uint64_t what, Picoseconds now_ps) override;
  void post(Stage stage, const Transaction* transaction, Picoseconds at_ps);
  Transaction& take(tlm::tlm_generic_payload& payload);
  void give_back(Transaction& transaction);
  static NicWork work_of(const tlm::tlm_generic_payload& payload);
  static NicWork work_of(const Transaction& transaction) {
    return NicWork::of(transaction.kind, transaction.bytes);
  }
  void complete(Transaction& transaction, Picoseconds now_ps);
  void admit_waiting_request(Picoseconds now_ps);
  void admit_waiting_receive(Picoseconds now_ps);

  // From the requester to the wire and back.
  RequestVerdict work_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void begin_work(tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void wire_answered(Transaction& transaction, Picoseconds at_ps);
  void lt_work_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  // From the wire to the memory and back.
  RequestVerdict receive(tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void begin_receive(tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void memory_took(const Transaction& transaction, Picoseconds at_ps);
  void memory_answered(Transaction& transaction, Picoseconds at_ps);
  void lt_receive(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  Pool<Transaction> transactions_;
  Picoseconds waiting_request_ps_ = 0;  ///< when the request that waits was begun
  Picoseconds waiting_receive_ps_ = 0;
  NicCounts counts_;
};

}  // namespace antares::models
