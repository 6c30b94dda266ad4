// SPDX-License-Identifier: Apache-2.0
// Presets: `accelerator: {preset: h100}` stands for the values of
// platforms/presets/accelerators/h100.yaml, `model: {preset: llama3_70b}` (of a trace workload) for
// those of platforms/presets/models/llama3_70b.yaml. Keys written beside it (or set by --set) take
// precedence. A preset is data, with the source or the assumption beside each value:
//
//   preset: h100
//   based_on: other          # optional: what it doesn't say is as there
//   accelerator:             # or model:
//     memory_rate_GBps: {value: 3350, source: "public: data sheet, 3.35 TB/s (R)"}
//     reduce_rate_GBps: {value: 1117, assumption: "a third of it: three accesses an element"}
//
// The sources go with the values: to --dump-config, and to `describe --assumptions`. No unit of
// time.
#pragma once
#include <string>

#include "antares/platforms/config/node.h"

namespace antares::platforms {

/// Puts the values in, in the tree, before any struct is filled; `file` is the description, which
/// paths of presets are relative to. What the keys of a preset are is the binder's business.
void apply_presets(Node& root, const std::string& file, Diagnostics& diagnostics);

/// The same for one `model` section, as it is written on a command line: a lone word is a preset.
void apply_model_preset(Node& model, Diagnostics& diagnostics);

}  // namespace antares::platforms
