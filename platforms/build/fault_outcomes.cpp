// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/fault_outcomes.h"

#include <fmt/format.h>

#include "antares/models/scheduler/scheduler.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/field_values.h"
#include "antares/protocols/common/fields.h"

namespace antares::platforms {
namespace {

double us(protocols::Picoseconds ps) { return static_cast<double>(ps) * 1e-6; }

/// The entry's `what`, as it is written.
template <class Entry>
std::string what_of(const Entry& entry) {
  const protocols::FieldInfo* field = protocols::struct_fields<Entry>().find("what");
  return format_value(*field, field->type->get(field->at(&entry)));
}

std::string why_of(const FaultEvent& entry, const models::FaultOutcome& outcome) {
  using State = protocols::LinkState;
  switch (outcome.state()) {
    case State::up:
    case State::recovery:
      if (entry.what == FaultKind::lane_failure)
        return "changed nothing: no more lanes than that were in use";
      if (entry.what == FaultKind::speed_fall_back)
        return "changed nothing: it was at its lowest rate";
      return outcome.state() == State::up ? "changed nothing: the link was up"
                                          : "changed nothing: the link was up, and in recovery";
    case State::down:
      return outcome.held_down() ? "changed nothing: an error holds the link down, until `release`"
                                 : "changed nothing: the link was down";
    case State::detect:
    case State::train:
      return "changed nothing: the link was in training";
    case State::disabled:
      break;
  }
  return "changed nothing: the link was turned off";
}

std::string why_of(const CreditEvent& entry, const models::FaultOutcome& outcome) {
  if (entry.what == CreditEvent::Kind::release) return "changed nothing: none were stuck";
  return entry.what == CreditEvent::Kind::stick && !outcome.shows_later()
             ? "changed nothing: they were stuck already"
             : "no such credits came free behind it";
}

std::string why_of(const UnitEvent& entry, const models::FaultOutcome&) {
  return entry.what == UnitEvent::Kind::poison ? "no train with data came behind it"
                                               : "no unit that could fail came behind it";
}

/// Nobody has to be there for a credit that is released.
bool can_be_late(const FaultEvent&) { return true; }
bool can_be_late(const CreditEvent&) { return false; }
bool can_be_late(const UnitEvent&) { return false; }

class Collector {
 public:
  Collector(protocols::Picoseconds rests_from_ps, protocols::Picoseconds end_ps)
      : rests_from_ps_(rests_from_ps), end_ps_(end_ps) {}

  template <class Entry>
  void add(const char* list, const std::vector<Entry>& entries,
           const std::vector<models::FaultOutcome>& outcomes) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string why = why_not(entries[i], outcomes[i]);
      if (why.empty()) continue;
      rows.push_back({index_path(list, i), entries[i].link, entries[i].at_us, what_of(entries[i]),
                      outcomes[i].happened(), why});
    }
  }

  std::vector<IdleFaultRow> rows;

 private:
  template <class Entry>
  std::string why_not(const Entry& entry, const models::FaultOutcome& outcome) const {
    if (!outcome.happened())
      return fmt::format("never happened: the run was over at {:.3f} us", us(end_ps_));
    if (!outcome.had_effect()) return why_of(entry, outcome);
    if (can_be_late(entry) && !outcome.was_noticed() &&
        models::to_picoseconds(entry.at_us * 1000) > rests_from_ps_)
      return fmt::format("met nobody: the last workload had its last answer at {:.3f} us",
                         us(rests_from_ps_));
    return "";
  }

  protocols::Picoseconds rests_from_ps_;
  protocols::Picoseconds end_ps_;
};

}  // namespace

FaultOutcomes::FaultOutcomes(const PlatformConfig& config) {
  if (!config.faults) return;
  credits.resize(config.faults->credits.size());
  units.resize(config.faults->units.size());
  events.resize(config.faults->events.size());
}

std::vector<IdleFaultRow> idle_fault_rows(const PlatformConfig& config,
                                          const FaultOutcomes& outcomes,
                                          protocols::Picoseconds rests_from_ps,
                                          protocols::Picoseconds end_ps) {
  Collector collector(rests_from_ps, end_ps);
  if (!config.faults) return {};
  collector.add("faults.events", config.faults->events, outcomes.events);
  collector.add("faults.credits", config.faults->credits, outcomes.credits);
  collector.add("faults.units", config.faults->units, outcomes.units);
  return std::move(collector.rows);
}

}  // namespace antares::platforms
