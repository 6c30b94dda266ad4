// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/workload_options.h"

namespace antares::platforms::cli {

const std::vector<WorkloadOption>& workload_option_list() {
  constexpr auto kCollective = "Workload: a collective";
  constexpr auto kTraffic = "Workload: traffic";
  constexpr auto kTrace = "Workload: trace";
  constexpr auto kPairs = "Workload: pairs";
  static const std::vector<WorkloadOption> list = {
      {"--algorithm", "NAME", "algorithm", "auto, or one of: antares list algorithms", kCollective,
       true, false, true},
      {"--program", "FILE", "program", "MSCCL XML or MSCCL++ plan in place of an algorithm",
       kCollective, true, false, false},
      {"--bytes", "SIZE,...", "bytes",
       "Message sizes, as nccl-tests counts them; pairs: of reads and writes", kCollective, true,
       false, false, true},
      {"--data", "MODE", "data", "timing, or check: real data, every element compared", kCollective,
       true, false, false},
      {"--buffers", "USE", "buffers", "out_of_place, or in_place: input and result share a buffer",
       kCollective, true, false, false},
      {"--type", "TYPE", "type", "float32, float16, bfloat16, int32, ...", kCollective, true, false,
       false},
      {"--redop", "OP", "redop", "sum, prod, max or min", kCollective, true, false, false},
      {"--root", "RANK", "root", "Rank that has or gets the data", kCollective, true, false, false},
      {"--iterations", "N", "iterations", "Runs of each size", kCollective, true, false, false},
      {"--channels", "N", "channels", "The message in so many parts, done beside each other",
       kCollective, true, false, false},
      {"--ranks", "N|NAME,...", "ranks",
       "The first N accelerators take part, or endpoints by name: gpu3, gpu[0..3]", kCollective,
       true, false, false},
      {"--absent", "NAME,...", "absent", "Ranks that never begin, as where a process has died",
       kCollective, true, false, false},
      {"--pattern", "NAME", "pattern", "uniform, permutation, transpose, hot_spot or incast",
       kTraffic, false, true, false},
      {"--load", "SHARE,...", "offered_load", "Offered loads, one run each", kTraffic, false, true,
       false},
      {"--find-saturation", "STEP", "sweep", "Find the saturation load to within this step",
       kTraffic, false, true, false},
      {"--arrivals", "KIND", "arrivals", "bernoulli, poisson or on_off", kTraffic, false, true,
       false},
      {"--mode", "MODE", "mode", "open, or closed with --window requests in flight", kTraffic,
       false, true, false},
      {"--window", "N", "window", "Requests in flight a source (closed)", kTraffic, false, true,
       false},
      {"--read-fraction", "SHARE", "read_fraction", "Share of reads", kTraffic, false, true, false},
      {"--packet-bytes", "SIZE,...", "packets", "Sizes of requests, all as often", kTraffic, false,
       true, false},
      {"--sources", "NAME,...", "sources", "Endpoints that send", kTraffic, false, true, false},
      {"--target", "NAME", "hot_spot_target", "Endpoint that hot_spot and incast aim at", kTraffic,
       false, true, false},
      {"--warmup", "TIME", "warmup_us", "Before anything is counted", kTraffic, false, true, false},
      {"--measure", "TIME", "measure_us", "While counting", kTraffic, false, true, false},
      {"--input", "PATH", "input",
       "A Chakra .et file, a folder, a prefix or an archive; a SimAI or PARAM file", kTrace, false,
       false, true},
      {"--model", "NAME|{KEY: ...}", "model",
       "In place of an input: a step of this model (antares list models); or keys of one, "
       "{preset: llama3_8b, tensor: 4, layers: 4}",
       kTrace, false, false, true},
      {"--format", "NAME", "format", "auto, chakra, simai or param", kTrace, false, false, true},
      {"--groups", "FILE", "groups_file", "Members of each process group, JSON", kTrace, false,
       false, true},
      {"--compute-scale", "FACTOR", "compute_scale", "Factor on compute times", kTrace, false,
       false, true},
      {"--duration-unit", "UNIT", "duration_unit", "Of the trace's durations: auto, ns or us",
       kTrace, false, false, true},
      {"--job-ranks", "N", "job_ranks",
       "Ranks of a model, or of a SimAI file in place of its all_gpus", kTrace, false, false, true},
      {"--operations", "OP,...", "operations", "write, read, fetch_add, swap, compare_and_swap",
       kPairs, false, false, false, true},
      {"--operand-bytes", "SIZE", "operand_bytes", "Size of an atomic's operand", kPairs, false,
       false, false, true},
      {"--scope", "WHICH", "pairs", "all, or within_groups", kPairs, false, false, false, true},
      {"--throughput", "BOOL", "throughput", "false: latencies only", kPairs, false, false, false,
       true},
      {"--parts", "BOOL", "parts", "true: list the parts of each latency", kPairs, false, false,
       false, true},
  };
  return list;
}

}  // namespace antares::platforms::cli
