// SPDX-License-Identifier: Apache-2.0
// Readers of the two public formats of collective algorithms (facts/ecosystem.md 1.2): MSCCL's XML
// (algo > gpu > tb > step) and MSCCL++'s execution plans in JSON. MSCCL++ operations on packets,
// puts that signal and barriers of thread blocks are refused by name, and so are switch channels of
// some ranks only. No time here.
#pragma once
#include <string>
#include <string_view>

#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms {

/// `file` is only named in messages. Throw TraceError with the place: file:line:column, for
/// JSON gpus[g].threadblocks[t].ops[o] behind it. A DOCTYPE is refused, so nothing is ever
/// expanded.
CollectivePlan read_msccl(std::string_view text, const std::string& file);
CollectivePlan read_mscclpp(std::string_view text, const std::string& file);

}  // namespace antares::platforms
