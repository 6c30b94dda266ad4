// SPDX-License-Identifier: Apache-2.0
// Every message id that Antares passes to the SystemC report handler. Modelling mistakes are
// reports, bus errors are TLM response statuses, configuration mistakes are exceptions before
// elaboration.
#pragma once

namespace antares::models {

inline constexpr char kReportTimeResolution[] = "/antares/scheduler/time_resolution";
inline constexpr char kReportNoMemoryManager[] = "/antares/port/no_memory_manager";
inline constexpr char kReportProtocolError[] = "/antares/port/base_protocol";
inline constexpr char kReportUnboundPort[] = "/antares/fabric_switch/unbound_port";
inline constexpr char kReportLink[] = "/antares/fabric_switch/link";
inline constexpr char kReportRoute[] = "/antares/fabric_switch/route";

}  // namespace antares::models
