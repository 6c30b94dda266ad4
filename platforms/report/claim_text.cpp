// SPDX-License-Identifier: Apache-2.0
// The tables of a claim for a person.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "antares/platforms/report/claim_table.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

std::string ceiling_text(double ceiling) {
  return ceiling == 0 ? "-" : fmt::format("{:.3f}", ceiling);
}

/// The fastest of a model's rows on a platform, by software or with the switch's help.
const Json* fastest(const std::vector<Json>& rows, const std::string& platform,
                    const std::string& model, std::optional<bool> in_switch) {
  const Json* best = nullptr;
  for (const Json& row : rows) {
    if (row.at("platform") != platform || row.at("model") != model) continue;
    if (in_switch && row.at("in_switch").get<bool>() != *in_switch) continue;
    if (best == nullptr || row.at("time_us").get<double>() < best->at("time_us").get<double>())
      best = &row;
  }
  return best;
}

double time_of(const Json* row) { return row->at("time_us").get<double>(); }

std::vector<std::string> values_of(const std::vector<Json>& rows, const char* key) {
  std::vector<std::string> values;
  for (const Json& row : rows) {
    const auto value = row.at(key).get<std::string>();
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

std::string in_words(double gain, double ceiling, double factor) {
  if (gain >= factor - kRounding) return "holds";
  if (ceiling < factor - kRounding) return "cannot hold";
  return "not reached";
}

}  // namespace

void print_claim_gains(std::ostream& out, const std::vector<ClaimGain>& gains) {
  if (gains.empty()) return;
  constexpr auto kForm = "{} {:>10} {:<19} {:>12} {:<15} {:>12} {:>7} {:>8} {:>8} {:>8} {}\n";
  const ClaimGain& head = gains.front();
  out << fmt::format("# {}, {} ranks, crossbar outputs at {:g} times a link\n", head.collective,
                     head.ranks, head.output_speedup)
      << fmt::format(kForm, "#", "size", "best software", "time", "best in-switch", "time", "gain",
                     "ceiling", "at speed", "sender", "from")
      << fmt::format(kForm, "#", "", "", "(us)", "", "(us)", "", "", "-up", "load", "");
  for (const ClaimGain& gain : gains) {
    const bool any = !gain.in_switch.empty();
    out << fmt::format(
        kForm, gain.extrapolated ? "~" : " ", readable_bytes(gain.size_bytes), gain.software,
        fmt::format("{:.2f}", gain.software_us), any ? gain.in_switch : "none",
        any ? fmt::format("{:.2f}", gain.in_switch_us) : "-", fmt::format("{:.3f}", gain.gain),
        ceiling_text(gain.ceiling), ceiling_text(gain.ceiling_at_speed_up),
        fmt::format("{:.2f}", gain.sender_load), gain.from);
  }
  out << "\n" << std::flush;
}

void print_claim_verdicts(std::ostream& out, const std::vector<ClaimVerdict>& verdicts,
                          double factor) {
  if (verdicts.empty()) return;
  constexpr auto kForm = "{} {:<15} {:>5} {:>8} {:>9} {:>10} {:>8}  {:<28} {:<28} {}\n";
  const std::string claimed = fmt::format("{:g} times", factor);
  out << fmt::format("# Is it {}? Best software algorithm against best in-switch one, by size\n",
                     claimed)
      << fmt::format(kForm, "#", "collective", "ranks", "speed-up", "best gain", "at", "ceiling",
                     claimed, fmt::format("any gain ({:g} or more)", kWorthIt), "best gain from");
  for (const ClaimVerdict& verdict : verdicts)
    out << fmt::format(
        kForm, " ", verdict.collective, verdict.ranks, fmt::format("{:g}", verdict.output_speedup),
        fmt::format("{:.3f}", verdict.best_gain), readable_bytes(verdict.best_at_bytes),
        ceiling_text(verdict.ceiling), verdict.claimed, verdict.any, verdict.from);
  out << fmt::format(
      "# \"cannot hold\": neither measured nor, by the bytes on links and crossbar outputs, "
      "possible "
      "at large sizes.\n# A gain of {:g} counts as {:g}. A ceiling of bytes binds where bandwidth "
      "counts; below it latency decides.\n\n",
      factor - kRounding, factor);
  out << std::flush;
}

void print_claim_models(std::ostream& out, const std::vector<Json>& rows,
                        const std::string& platform, const std::set<std::string>& without_engines,
                        double factor) {
  const std::vector<std::string> models = values_of(rows, "model");
  std::vector<std::string> platforms = values_of(rows, "platform");
  if (models.empty()) return;
  std::size_t width = 10;
  for (const std::string& name : platforms) width = std::max(width, name.size());
  constexpr auto kForm =
      "{} {:<12} {:<{}} {:>5} {:>8} {:>7} {:>11} {:>8} {:>11} {:>7} {:>8} {:>8}  {}\n";
  out << "# Steps of models: iteration time by the best software and the best in-switch choice of "
         "algorithms\n"
      << fmt::format(kForm, "#", "model", "platform", width, "ranks", "payload", "launch",
                     "software", "exposed", "in-switch", "gain", "ceiling", "against",
                     fmt::format("{:g} times", factor))
      << fmt::format(kForm, "#", "", "", width, "", "(GB/s)", "(us)", "(us)", "(%)", "(us)", "", "",
                     "", "");
  for (const std::string& model : models) {
    const Json* const own = fastest(rows, platform, model, std::nullopt);
    for (const std::string& name : platforms) {
      const Json* const software = fastest(rows, name, model, false);
      const Json* const in_switch = fastest(rows, name, model, true);
      if (software == nullptr) continue;
      // Even communication in no time at all leaves the rest of the step.
      const double exposed =
          software->at("exposed_communication_us").get<double>() / time_of(software);
      const double ceiling = 1 / (1 - exposed * (1 - 1 / factor));
      const double gain = in_switch == nullptr ? 0 : time_of(software) / time_of(in_switch);
      const double here = in_switch == nullptr ? time_of(software)
                                               : std::min(time_of(software), time_of(in_switch));
      out << fmt::format(
          kForm, " ", model, name, width, software->at("ranks").get<std::uint64_t>(),
          fmt::format("{:.0f}", software->at("payload_GBps").get<double>()),
          fmt::format("{:.2f}", software->at("launch_ns").get<double>() * 1e-3),
          fmt::format("{:.1f}", time_of(software)), fmt::format("{:.1f}", exposed * 100),
          in_switch == nullptr ? "-" : fmt::format("{:.1f}", time_of(in_switch)),
          in_switch == nullptr ? "-" : fmt::format("{:.3f}", gain), fmt::format("{:.3f}", ceiling),
          own == nullptr || name == platform ? "" : fmt::format("{:.3f}", here / time_of(own)),
          in_switch != nullptr               ? in_words(gain, ceiling, factor)
          : without_engines.count(name) != 0 ? "no engines"
                                             : "not run");
    }
  }
  out << fmt::format(
      "# ceiling: of the step, if all exposed communication were {:g} times as fast. against: best "
      "time there / best time on {};\n# it mixes links, software (launch: what a collective costs "
      "before it starts) and switch: compare these first.\n\n",
      factor, platform);
  out << std::flush;
}

}  // namespace antares::platforms
