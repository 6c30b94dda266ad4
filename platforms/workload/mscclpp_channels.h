// SPDX-License-Identifier: Apache-2.0
// Channels and remote buffers of one rank of an MSCCL++ plan, and how operations of its thread
// blocks name them. No time here.
#pragma once
#include <vector>

#include "antares/platforms/workload/collective_plan.h"
#include "antares/platforms/workload/plan_json.h"

namespace antares::platforms {

class MscclppChannels {
 public:
  using Json = PlanJson::Json;
  struct Channel {
    std::uint32_t peer = 0;
    /// Among those to this peer; channels of another kind have numbers of their own.
    std::uint32_t number = 0;
  };
  struct RemoteBuffer {
    std::uint32_t peer = 0;
    PlanBuffer buffer = PlanBuffer::input;
  };

  explicit MscclppChannels(const PlanJson& json) : json_(json) {}

  /// Those of `gpu`, one of `ranks`, which is the object at `path`.
  void read(const Json& gpu, std::uint32_t rank, std::uint32_t ranks, const std::string& path);

  /// What `id` means in an operation at `path` of thread block `block`.
  Channel channel(const Json& block, const std::string& kind, const Json& id,
                  const std::string& path) const;
  RemoteBuffer remote(const Json& block, const std::string& kind, const Json& id,
                      const std::string& path) const;
  /// The buffer that a switch channel is bound to, in all ranks.
  PlanBuffer switched(const Json& block, const Json& id, const std::string& path) const;
  PlanBuffer buffer(const std::string& name, const std::string& path) const;

 private:
  void read_switch(const Json& entry, std::uint32_t rank, std::uint32_t ranks,
                   const std::string& path);
  /// The id in an operation counts the thread block's channels, those count the rank's.
  std::uint32_t reference(const Json& block, const char* key, const char* kind_key,
                          const char* ids_key, const std::string& kind, const Json& id,
                          const std::string& path) const;

  const PlanJson& json_;
  std::vector<Channel> channels_[2];  ///< by kind: memory, port
  std::vector<PlanBuffer> switched_;
  std::vector<RemoteBuffer> remote_;
};

}  // namespace antares::platforms
