// SPDX-License-Identifier: Apache-2.0
// How many entries a schedule of a description may have. No unit of time.
#pragma once

namespace antares::platforms {

/// The values of so many entries are what the reader takes at most (kMaxDescriptionNodes), or a few
/// more: whoever wants a million asks for a rate (faults.ports.errors) instead.
inline constexpr unsigned kMaxScheduleEntries = 25'000;

}  // namespace antares::platforms
