// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/sinks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

namespace antares::platforms {

ProgressLine::ProgressLine(std::function<void()> on_progress)
    : on_progress_(std::move(on_progress)), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::progress(const std::string& what, double done) {
  if (on_progress_) on_progress_();
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  std::cerr << fmt::format("\r\x1b[K{} {:.0f} %", what, 100 * done) << std::flush;
  drawn_ = true;
}

void ProgressLine::wipe() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace antares::platforms
