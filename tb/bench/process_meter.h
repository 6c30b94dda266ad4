// SPDX-License-Identifier: Apache-2.0
// What this process has used so far: CPU time of the user, memory. Reads the operating system's own
// counters; differences of two readings are what a benchmark prints. Seconds and bytes.
#pragma once
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace antares::tb {

struct ProcessMeter {
  /// User and system time of this process. Waiting for a busy machine does not count.
  static double cpu_s() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  /// Bytes the program has asked for and not given back: exact, unlike resident memory.
  static std::uint64_t heap_bytes() {
    const struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
  }
  static std::uint64_t resident_bytes() {
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }

 private:
  static double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }
};

}  // namespace antares::tb
