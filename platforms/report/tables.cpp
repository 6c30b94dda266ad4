// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/tables.h"

#include <fmt/format.h>

namespace antares::platforms {
namespace {

/// Seven places, as many decimals as fit: 12.34, 123.4, 123456.
std::string time_text(double value) {
  const int decimals = value >= 10000 ? 0 : value >= 100 ? 1 : 2;
  return fmt::format("{:.{}f}", value, decimals);
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

std::string readable_bytes(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.4g} {}", value, units[unit]);
}

bool Tables::begin_table(const std::string& which) {
  if (which == table_) return false;
  end_table();
  table_ = which;
  return true;
}

void Tables::collective(const CollectiveRow& row) {
  const std::string head =
      fmt::format("# {}, {}, {} ranks{}{}", row.collective, row.algorithm, row.ranks,
                  row.channels == 1 ? "" : fmt::format(", {} channels", row.channels),
                  row.in_place ? ", in place" : "");
  if (begin_table(row.workload + head)) {
    out_ << head << "\n"
         << fmt::format("#{:>12} {:>13} {:>9} {:>7} {:>6} {:>9} {:>8} {:>8} {:>8} {:>7}\n", "size",
                        "count", "type", "redop", "root", "time", "algbw", "busbw", "wirebw",
                        "#wrong")
         << fmt::format("#{:>12} {:>13} {:>9} {:>7} {:>6} {:>9} {:>8} {:>8} {:>8} {:>7}\n", "(B)",
                        "(elements)", "", "", "", "(us)", "(GB/s)", "(GB/s)", "(GB/s)", "");
  }
  out_ << fmt::format(" {:>12} {:>13} {:>9} {:>7} {:>6} {:>9} {:>8.2f} {:>8.2f} {:>8.2f} {:>7}\n",
                      row.size_bytes, row.count, row.type, row.redop, row.root,
                      time_text(row.time_us), row.algbw_GBps, row.busbw_GBps, row.wirebw_GBps,
                      row.wrong < 0 ? "N/A" : fmt::format("{}", row.wrong));
  ++rows_;
  busbw_sum_GBps_ += row.busbw_GBps;
  if (row.wrong >= 0) {
    checked_ = true;
    wrong_ += row.wrong;
  }
  out_ << std::flush;
}

void Tables::partition_traffic(const TrafficRow& row) { print_traffic('#', row.partition, row); }

void Tables::traffic(const TrafficRow& row) {
  if (begin_table(row.workload)) {
    out_ << fmt::format("# traffic '{}': {}{}\n", row.workload, row.pattern,
                        row.has_partitions ? ", below each row those of its partitions" : "")
         << fmt::format("#{:>12} {:>8} {:>10} {:>10} {:>11} {:>11} {:>11} {:>11} {:>10}\n",
                        "pattern", "offered", "throughput", "requests", "mean", "p50", "p99", "max",
                        "mean wait")
         << fmt::format("#{:>12} {:>8} {:>10} {:>10} {:>11} {:>11} {:>11} {:>11} {:>10}\n", "",
                        "(share)", "(share)", "", "(ns)", "(ns)", "(ns)", "(ns)", "(slots)");
  }
  print_traffic(' ', row.pattern, row);
}

void Tables::print_traffic(char mark, const std::string& what, const TrafficRow& row) {
  const auto latency = [&](double value, int decimals) {
    return row.has_latencies ? fmt::format("{:.{}f}", value, decimals) : "-";
  };
  out_ << fmt::format("{}{:>12} {:>8} {:>10.4f} {:>10} {:>11} {:>11} {:>11} {:>11} {:>10}{}\n",
                      mark, what, row.offered_load ? fmt::format("{:.4f}", *row.offered_load) : "-",
                      row.throughput, row.requests, latency(row.mean_latency_ns, 1),
                      latency(row.p50_latency_ns, 1), latency(row.p99_latency_ns, 1),
                      latency(row.max_latency_ns, 1), latency(row.mean_wait_slots, 3),
                      row.saturated ? "  saturated" : "")
       << std::flush;
  if (row.failed_requests != 0)
    out_ << fmt::format("# {} more were answered with an error\n", row.failed_requests)
         << std::flush;
}

void Tables::saturation(const SaturationRow& row) {
  const auto load = [](const std::optional<double>& value, const std::optional<double>& GBps) {
    return fmt::format("{:.4f}", value.value_or(0)) +
           (GBps ? fmt::format(" ({:.2f} GB/s)", *GBps) : "");
  };
  const std::string carried = load(row.carried_load, row.carried_GBps);
  const std::string too_much = load(row.saturated_load, row.saturated_GBps);
  out_ << "# saturation: "
       << (!row.saturated_load ? "none, " + carried + " is carried in full"
           : !row.carried_load ? "below " + too_much
                               : "between " + carried + ", carried in full, and " + too_much)
       << "\n"
       << std::flush;
}

void Tables::trace(const TraceRow& row) {
  begin_table("trace " + row.workload);
  out_ << fmt::format("# trace '{}', {} ranks\n", row.workload, row.ranks);
  if (!row.understood.empty()) out_ << "Understood\n";
  for (const std::string& line : row.understood) out_ << "  " << line << "\n";
  if (!row.ignored.empty()) out_ << "Ignored\n";
  for (const std::string& line : row.ignored) out_ << "  " << line << "\n";
  out_ << "Replayed\n"
       << fmt::format("  {} transfers, {}\n", row.transfers, readable_bytes(row.transfer_bytes))
       << fmt::format("  time                  {:>14.1f} us\n", row.time_us)
       << fmt::format("  compute               {:>14.1f} us   slowest rank, accelerator or CPU\n",
                      row.compute_us)
       << fmt::format("  communication         {:>14.1f} us   {}\n", row.communication_us,
                      row.communication_us > 0 ? fmt::format("compute is {:.3g} times as long",
                                                             row.compute_us / row.communication_us)
                                               : std::string("none"))
       << fmt::format(
              "  exposed communication {:>14.1f} us   {:.2f} % of the time, no accelerator busy\n",
              row.exposed_communication_us, 100 * row.exposed_share)
       << std::flush;
}

void Tables::goodput(const GoodputRow& row) {
  constexpr auto kForm =
      "{:<26} {:<14} {:>7} {:>8} {:>9} {:>6} {:>9} {:>11} {:>10} {:>7} {:>10} {:>10} {:>10} {:>9} "
      "{:>5} {:>6}\n";
  if (begin_table("goodput " + row.workload)) {
    out_ << fmt::format(
                "# goodput '{}': one direction of a link, saturated: share of the line that replay "
                "takes; expected: the formula with as many failures and timeouts as there were\n",
                row.workload)
         << fmt::format(kForm, "# link", "protocol", "cable", "unit", "trip", "depth", "failure",
                        "probability", "units", "failed", "formula", "expected", "simulated",
                        "tolerance", "equal", "buffer")
         << fmt::format(kForm, "#", "", "(m)", "(ns)", "(ns)", "", "(ns)", "", "", "", "(%)", "(%)",
                        "(%)", "(%)", "", "");
  }
  const auto percent = [](double share) { return fmt::format("{:.5f}", share * 100); };
  out_ << fmt::format(kForm, "  " + row.link, row.protocol,
                      row.cable_m < 0 ? "-" : fmt::format("{:g}", row.cable_m),
                      fmt::format("{:.3f}", row.unit_ns), fmt::format("{:.1f}", row.round_trip_ns),
                      row.depth_units, fmt::format("{:.1f}", row.failure_ns),
                      fmt::format("{:.1e}", row.failure_probability), row.units, row.failed,
                      percent(row.lost_share_formula), percent(row.lost_share_expected),
                      percent(row.lost_share), percent(row.tolerance),
                      !row.equal    ? "NO"
                      : row.decided ? "yes"
                                    : "-",
                      row.buffer_binds ? "binds" : "-")
       << std::flush;
}

namespace {

/// At blanks behind a comma or a semicolon, so that a line fits a terminal.
void print_wrapped(std::ostream& out, const std::string& indent, const std::string& text) {
  constexpr std::size_t kLineLetters = 120;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.size();
    if (indent.size() + end - begin > kLineLetters) {
      const std::size_t last = text.find_last_of(",;+", begin + kLineLetters - indent.size());
      if (last != std::string::npos && last > begin) end = last + 1;
    }
    out << (begin == 0 ? indent : std::string(indent.size(), ' '))
        << text.substr(begin, end - begin) << "\n";
    begin = text.find_first_not_of(' ', end);
  }
}

}  // namespace

void Tables::pair(const PairRow& row) {
  constexpr auto kForm =
      "{:<24} {:<24} {:<10} {:>6} {:>11} {:>11} {:>11} {:>5} {:>8} {:>8} {:>6} {:>8} {:>8} {:>6}  "
      "{}\n";
  if (begin_table("pairs " + row.workload)) {
    out_ << fmt::format(
                "# pairs '{}': zero-load latency in ns (~: within the time of a link packet, or of "
                "a train), saturated payload in GB/s (both: the two directions together, its "
                "formula an estimate where two protocols meet), what binds one way\n",
                row.workload)
         << fmt::format(kForm, "# from", "to", "operation", "bytes", "formula", "LT", "AT", "equal",
                        "one way", "formula", "share", "both", "formula", "share", "bound by");
  }
  const auto rate = [](double GBps) { return GBps < 0 ? "-" : fmt::format("{:.2f}", GBps); };
  const auto share = [](double GBps, double of) {
    return GBps < 0 ? "-" : fmt::format("{:.3f}", of);
  };
  const std::string from = "  " + row.from + " " + row.from_link;
  const std::string to = row.to + " " + row.to_link;
  if (row.status != "ok") {
    out_ << fmt::format("{:<24} {:<24} {:<10} {:>6}   {}: {}\n", from, to, row.operation,
                        row.size_bytes, row.status, row.refusal)
         << std::flush;
    return;
  }
  out_ << fmt::format(
      kForm, from, to, row.operation, row.size_bytes, fmt::format("{:.3f}", row.formula_ns),
      fmt::format("{:.3f}", row.lt_ns), fmt::format("{:.3f}", row.at_ns),
      !row.equal                                                   ? "NO"
      : row.formula_ns == row.lt_ns && row.formula_ns == row.at_ns ? "yes"
                                                                   : "~",
      rate(row.one_way_GBps), rate(row.one_way_formula_GBps),
      share(row.one_way_GBps, row.one_way_share()), rate(row.both_ways_GBps),
      rate(row.both_ways_formula_GBps), share(row.both_ways_GBps, row.both_ways_share()),
      row.one_way_bound.empty() ? "-" : row.one_way_bound);
  print_wrapped(out_, "      = ", row.parts);
  out_ << std::flush;
}

void Tables::faults(const std::vector<FaultRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm =
      "{:<24} {:>8} {:>5} {:>6} {:>9} {:>7} {:>6} {:>8} {:>8} {:>9} {:>11} {:>7} {:>8}\n";
  out_ << "# faults by port, whole run: lanes and line rate (GB/s) in use at the end, times it was "
          "trained anew, trains lost on the wire and dropped at egress, errors answered there, "
          "requests its requester gave up, those that access control denied, credits that are not "
          "home at the end\n"
       << fmt::format(kForm, "# port", "link", "lanes", "rate", "failures", "trained", "lost",
                      "dropped", "errors", "timeouts", "unexpected", "denied", "credits");
  for (const FaultRow& row : rows) {
    out_ << fmt::format(kForm, "  " + row.link, row.state, row.lanes,
                        fmt::format("{:.5g}", row.raw_GBps), row.link_failures, row.recoveries,
                        row.trains_lost, row.trains_dropped, row.error_responses,
                        row.completion_timeouts, row.unexpected_completions, row.access_violations,
                        row.credits_missing);
  }
  out_ << "\n" << std::flush;
}

void Tables::idle_faults(const std::vector<IdleFaultRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr std::size_t kMost = 20;
  constexpr auto kForm = "{:<24} {:<20} {:>12} {:<16} {}\n";
  out_ << "# entries of the schedule of faults that had no effect\n"
       << fmt::format(kForm, "# entry", "link", "time (us)", "what", "why");
  for (std::size_t i = 0; i < rows.size() && i < kMost; ++i) {
    out_ << fmt::format(kForm, "  " + rows[i].entry, rows[i].link,
                        fmt::format("{:.3f}", rows[i].at_us), rows[i].what, rows[i].why);
  }
  if (rows.size() > kMost)
    out_ << fmt::format("# and {} more (faults_without_effect in results.json)\n",
                        rows.size() - kMost);
  out_ << "\n" << std::flush;
}

void Tables::replays(const std::vector<ReplayRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm = "{:<24} {:<10} {:>12} {:>9} {:>8} {:>8} {:>9} {:>8} {:>12} {}\n";
  out_
      << "# links that were not perfect, whole run: units of replay (flits, frames, packets), what "
         "FEC repaired, what failed and was sent again\n"
      << fmt::format(kForm, "# port", "direction", "units", "repaired", "failed", "resent",
                     "timeouts", "poisoned", "lost (us)", "gave up");
  for (const ReplayRow& row : rows) {
    out_ << fmt::format(kForm, "  " + row.link, row.direction, row.units, row.repaired, row.failed,
                        row.resent, row.timeouts, row.poisoned, fmt::format("{:.3f}", row.lost_us),
                        row.gave_up == 0 ? "-" : fmt::format("{} ({})", row.gave_up, row.reason));
  }
  out_ << "\n" << std::flush;
}

void Tables::moves(const std::vector<MoveRow>& rows) {
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm = "{:<24} {:<24} {:<10} {:>12} {:>12} {:>12} {:>12} {:>9} {:>5}\n";
  const auto ns = [](double value) {
    return value < 0 ? std::string("-") : fmt::format("{:.3f}", value);
  };
  out_ << "# ports that moved between partitions: drained of what was in flight, then moved; held: "
          "requesters that waited\n"
       << fmt::format(kForm, "# port", "from -> to", "outcome", "started", "drained", "moved",
                      "restarted", "in flight", "held")
       << fmt::format(kForm, "#", "", "", "(ns)", "(ns)", "(ns)", "(ns)", "", "");
  for (const MoveRow& row : rows) {
    out_ << fmt::format(kForm, "  " + row.port, row.from + " -> " + row.to, row.outcome,
                        ns(row.started_ns), ns(row.drained_ns), ns(row.moved_ns),
                        ns(row.restarted_ns), row.in_flight, row.held);
    if (!row.reason.empty()) out_ << "#   " << row.reason << "\n";
  }
  out_ << "\n" << std::flush;
}

void Tables::errors(const std::vector<ErrorRow>& rows) {
  // The first of each severity says where to look; all of them are in results.json.
  if (rows.empty()) return;
  end_table();
  constexpr auto kForm = "{:<24} {:>12} {:<12} {:<22} {}\n";
  out_ << "# errors, the first of each severity at each port\n"
       << fmt::format(kForm, "# port", "time (us)", "severity", "error", "packet");
  for (const ErrorRow& row : rows) {
    if (!row.first) continue;
    out_ << fmt::format(
        kForm, "  " + row.link, fmt::format("{:.3f}", row.at_us), row.severity, row.error,
        row.packet.empty() ? std::string("-")
                           : fmt::format("{} of {} B at 0x{:x}, endpoint {} to {}{}", row.packet,
                                         row.bytes, row.address, row.source,
                                         row.destination ? std::to_string(*row.destination)
                                                         : std::string("nobody"),
                                         row.status.empty() ? "" : ": " + row.status));
  }
  out_ << "\n" << std::flush;
}

void Tables::links(const std::vector<LinkRow>& rows) {
  for (const LinkRow& row : rows)
    if (row.busy_share > busiest_.busy_share) busiest_ = row;
}

void Tables::end_table() {
  if (rows_ > 0) {
    out_ << "# Out of bounds values : "
         << (!checked_     ? std::string("not checked (data: timing)")
             : wrong_ == 0 ? std::string("0 OK")
                           : fmt::format("{} FAILED", wrong_))
         << "\n"
         << fmt::format("# Avg bus bandwidth    : {:.4f}\n",
                        ratio(busbw_sum_GBps_, static_cast<double>(rows_)));
  }
  if (!table_.empty()) out_ << "\n";
  table_.clear();
  rows_ = 0;
  busbw_sum_GBps_ = 0;
  wrong_ = 0;
  checked_ = false;
  out_ << std::flush;
}

void Tables::totals(const Totals& totals, double wall_seconds) {
  end_table();
  const auto hops = static_cast<double>(totals.packet_hops);
  out_ << fmt::format(
      "# {}{} packet-hops, {:.2f} model events and {:.2f} kernel events a packet-hop\n",
      totals.packets_delivered ? fmt::format("{} packets delivered, ", *totals.packets_delivered)
                               : "",
      totals.packet_hops, ratio(static_cast<double>(totals.model_events), hops),
      ratio(static_cast<double>(totals.kernel_events), hops));
  if (!busiest_.link.empty())
    out_ << fmt::format("# busiest link: {} {}, {:.1f} % of the time, in {}\n", busiest_.link,
                        busiest_.direction, 100 * busiest_.busy_share, busiest_.workload);
  out_ << fmt::format("# simulated {:.3f} us in {:.2f} s ({:.3g} s of simulated time a second)\n",
                      totals.simulated_us, wall_seconds,
                      ratio(totals.simulated_us * 1e-6, wall_seconds))
       << std::flush;
}

}  // namespace antares::platforms
