// SPDX-License-Identifier: Apache-2.0
// Reads the layer text of SimAI and ASTRA-sim 1.0 (facts/ecosystem.md 1.3): a header with policy
// and parallelism, the number of layers, then twelve words a layer. Says nothing about ranks:
// layer_trace does. Durations stay in the file's unit (nanoseconds by use), sizes are bytes.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

/// Who takes part in a layer's collective.
enum class LayerGroup : std::uint8_t { tensor, data, expert, expert_data };
inline constexpr unsigned kLayerGroups = 4;
const char* to_string(LayerGroup group);

/// One third of a row: computation, then a collective (or none).
struct LayerStep {
  std::uint64_t duration = 0;
  std::optional<CommType> collective;
  LayerGroup group = LayerGroup::tensor;
  std::uint64_t bytes = 0;  ///< of the full buffer, all_gather too
};

struct LayerRow {
  std::string name;
  std::uint64_t file_offset_bytes = 0;
  LayerStep forward, input_gradient, weight_gradient;
  std::uint64_t update_duration = 0;  ///< after each of the row's collectives
};

/// In which order a policy walks through the rows.
enum class LayerSchedule : std::uint8_t {
  transformer,    ///< forward blocks; backward: input gradient beside the weight gradient
  data_parallel,  ///< only weight gradients communicate, nothing waits for them
  micro           ///< the weight gradients' collectives one after the other, nothing else
};

struct LayerFile {
  std::string file;
  std::string policy;
  LayerSchedule schedule = LayerSchedule::transformer;
  bool tensor_is_job = false;  ///< policy MODEL: the tensor-parallel group is the whole job
  std::uint32_t tensor_ranks = 1, expert_ranks = 1, pipeline_stages = 1;
  std::uint32_t job_ranks = 0;  ///< all_gpus; 0: not given
  std::vector<LayerRow> rows;
  std::map<std::string, std::uint64_t> ignored;  ///< reason -> count
};

/// `file` is only named in messages. Throws TraceError: file:line:column, what is wrong, what would
/// be right.
LayerFile read_layers(std::string_view text, const std::string& file);

/// Whether a text begins with the name of a policy, known here or not.
bool looks_like_layers(std::string_view text);

}  // namespace antares::platforms
