// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/pairs_driver.h"

#include <fmt/format.h>

#include <algorithm>

#include "antares/platforms/build/blocking_call.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint64_t kProbeRegionBytes = 1 << 20;
/// A closed loop breathes: its first burst comes back as a burst, round trip after round trip. This
/// many windows of it make one breath more or less not count.
constexpr std::uint64_t kMeasuredWindows = 5;

/// So many requests are counted: whole breaths where something breathes.
std::uint64_t measured_requests(const ThroughputBound& bound, std::uint64_t window,
                                std::uint64_t wanted) {
  const std::uint64_t least = std::max(wanted, kMeasuredWindows * window);
  const auto breath = static_cast<std::uint64_t>(bound.at_once);
  return breath == 0 ? least : (least + breath - 1) / breath * breath;
}

double ns(Picoseconds ps) { return static_cast<double>(ps) * 1e-3; }

std::string link_text(const models::PortAdapter& port) {
  const auto& policy = port.policy();
  const std::string protocol(policy.protocol());
  return policy.lanes() == 0 ? protocol : fmt::format("{} x{}", protocol, policy.lanes());
}

}  // namespace

void PairsDriver::run() {
  const auto pairs = plan_pairs(platform_.config(), workload_.pairs.pairs);
  const auto requests = plan_requests(workload_.pairs);
  if (pairs.empty())
    throw RunFailure("workload '" + workload_.name +
                     "': no accelerator or host has another endpoint to talk to" +
                     (workload_.pairs.pairs == PairScope::all ? "" : " in its own port group"));
  const auto rows = static_cast<double>(pairs.size() * requests.size());
  for (const PlannedPair& pair : pairs) {
    for (const PairRequest& request : requests) {
      sink_.pair(row_of(pair, request));
      done_ += 1 / rows;
    }
  }
  if (answered_ == 0)
    throw RunFailure(
        workload_.name +
        ": every request was refused, so that nothing was measured (the rows say why)");
  if (differences_.empty()) return;
  std::string text =
      fmt::format("{}: {} of {} latencies differ between closed form, LT and AT", workload_.name,
                  differences_.size(), pairs.size() * requests.size());
  for (const std::string& line : differences_) text += "\n  " + line;
  throw RunFailure(text);
}

PairRow PairsDriver::row_of(const PlannedPair& pair, const PairRequest& request) {
  const PlatformEndpoint& from = platform_.endpoints()[pair.from];
  const PlatformEndpoint& to = platform_.endpoints()[pair.to];
  PairRow row;
  row.workload = workload_.name;
  row.from = from.name;
  row.to = to.name;
  row.from_link = link_text(*from.port);
  row.to_link = link_text(*to.port);
  row.operation = to_string(request.operation);
  row.size_bytes = request.bytes;
  measure_latency(pair, request, row);
  if (workload_.pairs.throughput && row.status == "ok") measure_throughput(pair, request, row);
  return row;
}

PairRequest PairsDriver::asked_by(std::size_t endpoint, const PairRequest& request) const {
  const PlatformConfig& config = platform_.config();
  return as_asked_by(config.endpoints[expand_endpoints(config)[endpoint].description], request);
}

void PairsDriver::measure_latency(const PlannedPair& pair, const PairRequest& request,
                                  PairRow& row) {
  const PlatformEndpoint& from = platform_.endpoints()[pair.from];
  const std::string label =
      fmt::format("{} of {} B from {} to {}", row.operation, row.size_bytes, row.from, row.to);
  const BlockingCall lt = blocking_call(
      platform_, from, asked_by(pair.from, request).at(platform_.endpoints()[pair.to].window_base));
  row.status = lt.status;
  row.refusal = lt.refusal;
  Picoseconds at_ps = probe(pair, request, label);
  if ((at_ps == 0) != (lt.status != "ok")) {
    differences_.push_back(label + ": LT says " + lt.status + ", AT " +
                           (at_ps == 0 ? "an error" : "ok"));
    return;
  }
  if (at_ps == 0) return;
  ++answered_;
  const PairFormula formula(platform_, pair, request);
  const Picoseconds expected = formula.latency_ps();
  // Flow control rides with every few responses of a UALink: never with two in a row.
  if (at_ps != expected && formula.has_state()) at_ps = probe(pair, request, label);
  const Picoseconds off = at_ps > expected ? at_ps - expected : expected - at_ps;
  row.formula_ns = ns(expected);
  row.lt_ns = ns(lt.delay_ps);
  row.at_ns = ns(at_ps);
  row.tolerance_ns = ns(formula.tolerance_ps());
  row.equal = lt.delay_ps == expected && off <= formula.tolerance_ps();
  if (!row.equal)
    differences_.push_back(
        fmt::format("{}: closed form {:.3f} ns, LT {:.3f}, AT {:.3f} (may be "
                    "off by {:.3f})",
                    label, row.formula_ns, row.lt_ns, row.at_ns, row.tolerance_ns));
  if (workload_.pairs.parts) row.parts = to_text(formula.parts());
}

Picoseconds PairsDriver::probe(const PlannedPair& pair, const PairRequest& request,
                               const std::string& label) {
  PairMeter meter;
  PairLoad load;
  // Where nobody has been yet: the closed form is that of a first access, in no address cache.
  const std::uint64_t regions = platform_.endpoints()[pair.to].window_bytes / kProbeRegionBytes;
  if (regions != 0) load.first_offset = probes_++ % regions * kProbeRegionBytes;
  std::vector<std::unique_ptr<PairFlow>> flows;
  flows.push_back(std::make_unique<PairFlow>(platform_, pair, request, load, meter));
  meter.warm = 1;  // the first answer counts
  run_flows(flows, meter, label);
  return meter.failed ? 0 : flows.front()->first_latency_ps();
}

void PairsDriver::measure_throughput(const PlannedPair& pair, const PairRequest& request,
                                     PairRow& row) {
  const std::string label = fmt::format("stream of {} of {} B from {} to {}", row.operation,
                                        row.size_bytes, row.from, row.to);
  const PairFormula there(platform_, pair, request);
  const ThroughputBound bound = there.bound(there.window());
  row.one_way_formula_GBps = bound.GBps;
  row.one_way_bound = bound.what;
  row.one_way_GBps = saturate({pair}, request, label);
  if (platform_.endpoints()[pair.to].requester == nullptr) return;
  const PlannedPair reverse{pair.to, pair.from, pair.switch_index};
  // What one end may ask, the other may not: a bridge's two sides, a memory of another size.
  const auto& target = platform_.endpoints()[reverse.to];
  const PlatformEndpoint& asks = platform_.endpoints()[reverse.from];
  const PairRequest asked = asked_by(reverse.from, request);
  if (blocking_call(platform_, asks, asked.at(target.window_base)).status != "ok") return;
  row.both_ways_formula_GBps = both_ways_GBps(platform_, pair, request);
  row.both_ways_GBps = saturate({pair, reverse}, request, label + " and back");
}

double PairsDriver::saturate(const std::vector<PlannedPair>& pairs, const PairRequest& request,
                             const std::string& label) {
  PairMeter meter;
  std::vector<std::unique_ptr<PairFlow>> flows;
  for (const PlannedPair& pair : pairs) {
    const PairFormula formula(platform_, pair, request);
    const std::uint64_t window = formula.window();
    // The first window was sent all at once. Where credits breathe several times within it, what
    // that burst left open closes over the next ones: after two of them it still cost 3 % of a
    // result.
    PairLoad load{window, 4 * window};
    load.measured_requests =
        measured_requests(formula.bound(window), window, workload_.pairs.measure_requests);
    flows.push_back(std::make_unique<PairFlow>(platform_, pair, request, load, meter));
  }
  run_flows(flows, meter, label);
  if (meter.failed)
    platform_.fail(label + ": a request was answered with an error, though one alone was not", {});
  return static_cast<double>(meter.bytes) * 1000 / static_cast<double>(meter.to_ps - meter.from_ps);
}

void PairsDriver::run_flows(std::vector<std::unique_ptr<PairFlow>>& flows, const PairMeter& meter,
                            const std::string& label) {
  const auto unfinished = [&] {
    std::vector<std::string> lines;
    for (const auto& flow : flows)
      if (flow->in_flight() != 0)
        lines.push_back(fmt::format("'{}' waits for the answers to {} requests", flow->name(),
                                    flow->in_flight()));
    return lines;
  };
  Picoseconds start_ps = platform_.scheduler().now_ps() + 1;
  // A write is answered when the memory has begun with it: what it still does belongs to nobody's
  // latency.
  for (const PlatformEndpoint& endpoint : platform_.endpoints())
    start_ps = std::max(start_ps, endpoint.memory->idle_at_ps());
  for (auto& flow : flows) flow->start(start_ps);
  platform_.run_until([&] { return meter.done(); }, unfinished, sink_, label,
                      [&] { return done_; });
  platform_.drain();
}

}  // namespace antares::platforms
