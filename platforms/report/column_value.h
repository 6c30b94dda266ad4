// SPDX-License-Identifier: Apache-2.0
// How a column says its value: for the files that list columns. No unit of time.
#pragma once
#include <nlohmann/json.hpp>

/// A function from a row to JSON.
#define ANTARES_VALUE(Row, expression) \
  []([[maybe_unused]] const Row& row) -> nlohmann::ordered_json { return expression; }
