// SPDX-License-Identifier: Apache-2.0
// Work in a process of its own, which tells what it finds as JSON messages: the SystemC kernel can
// start only once in a process, and who dies takes nobody along. No unit of time.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>

#include "antares/platforms/cli/failure.h"

namespace antares::platforms::cli {

using Message = nlohmann::ordered_json;
using Tell = std::function<void(const Message&)>;

/// Runs `work` in a child, hands its messages to `listen` here as they come, and waits for its end.
/// What `work` throws comes back as a Failure; status 0: all is well. Throws Interrupted when a
/// signal asked this process to stop: the child is stopped first.
Failure run_in_child(const std::function<void(const Tell&)>& work, const Tell& listen);

}  // namespace antares::platforms::cli
