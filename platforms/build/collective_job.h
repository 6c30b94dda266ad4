// SPDX-License-Identifier: Apache-2.0
// One collective in progress, as the engine keeps it. Internal to collective_engine.cpp.
// Picoseconds, bytes.
#pragma once
#include "antares/models/accelerator/slice_arrivals.h"
#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/build/switch_requests.h"

namespace antares::platforms {

struct CollectiveEngine::Job final : models::ProgramPort {
  CollectiveEngine* engine = nullptr;
  std::uint32_t number = 0;
  CollectiveJob spec;
  std::unique_ptr<models::ProgramRunner> runner;
  std::uint64_t slices = 0;
  std::unique_ptr<models::SliceArrivals> arrivals;
  std::unique_ptr<SwitchRequests> in_switch;  ///< nullptr: the program only stores
  models::StoreFlags flags = models::StoreFlags::none;
  /// With flags: where each message lands, from buffer_offset(landing_offset(program)) on. Empty
  /// otherwise: messages are stored where they belong.
  std::vector<std::uint64_t> landings;
  std::uint64_t end_of_memory = 0;
  std::vector<unsigned char> unpacked;

  /// What a scatter carries: the same bytes of several messages of one rank.
  void gather(const std::vector<std::uint32_t>& messages, std::uint64_t offset_bytes,
              std::uint64_t bytes, std::vector<unsigned char>& data) {
    data.clear();
    for (const std::uint32_t message : messages) {
      const models::Message& what = spec.program.messages[message];
      const unsigned char* const from =
          engine->memory_of(*this, what.from_rank, what.from, offset_bytes);
      data.insert(data.end(), from, from + bytes);
    }
  }

  bool store_slice(models::ProgramRunner&, std::uint16_t from_rank, std::uint32_t message,
                   std::uint64_t slice) override {
    return engine->store_slice(*this, from_rank, message, slice);
  }
  void local_slice(models::ProgramRunner&, std::uint32_t message, std::uint64_t slice) override {
    engine->local_slice(*this, message, slice);
  }
  void call_at(models::ProgramRunner&, models::Picoseconds at_ps, std::uint64_t what) override {
    engine->call_at(*this, at_ps, what);
  }
  void program_done(models::ProgramRunner&, models::Picoseconds now_ps) override {
    engine->job_done(*this, now_ps);
  }
};

}  // namespace antares::platforms
