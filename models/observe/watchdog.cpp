// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/watchdog.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "antares/models/observe/text.h"

namespace antares::models {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kNoFact = static_cast<std::size_t>(-1);

/// Facts by the place that waits.
std::map<std::string_view, std::vector<std::size_t>> facts_by_who(
    const std::vector<WaitFact>& facts) {
  std::map<std::string_view, std::vector<std::size_t>> by_who;
  for (std::size_t i = 0; i < facts.size(); ++i) by_who[facts[i].who].push_back(i);
  return by_who;
}

/// Shortest chain of facts from `start` back to its own `who`; empty if there is none.
std::vector<std::size_t> shortest_circle(
    const std::vector<WaitFact>& facts,
    const std::map<std::string_view, std::vector<std::size_t>>& by_who, std::size_t start) {
  std::vector<std::size_t> reached_from(facts.size(), kNoFact);
  std::vector<std::size_t> queue = {start};
  std::set<std::string_view> seen = {facts[start].who};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::size_t fact = queue[head];
    if (facts[fact].waits_for == facts[start].who) {
      std::vector<std::size_t> circle;
      for (std::size_t at = fact; at != kNoFact; at = reached_from[at]) circle.push_back(at);
      std::reverse(circle.begin(), circle.end());
      return circle;
    }
    const auto next = by_who.find(facts[fact].waits_for);
    if (next == by_who.end() || !seen.insert(next->first).second) continue;
    for (const std::size_t following : next->second) {
      reached_from[following] = fact;
      queue.push_back(following);
    }
  }
  return {};
}

std::string line_of(const WaitFact& fact) {
  std::string line = "  " + fact.who + " waits for " + fact.waits_for;
  if (!fact.what.empty()) line += " (" + fact.what + ")";
  line += " since " + time_text(fact.since_ps);
  if (fact.oldest_packet_id != 0) line += ", oldest " + packet_text(fact.oldest_packet_id);
  if (fact.packets != 0) line += ", " + std::to_string(fact.packets) + " packets";
  return line + "\n";
}

/// Places that others wait for and that wait for nothing: where the cause is to be looked for.
std::set<std::string_view> last_in_line(
    const std::vector<WaitFact>& facts,
    const std::map<std::string_view, std::vector<std::size_t>>& by_who) {
  std::set<std::string_view> places;
  for (const WaitFact& fact : facts) {
    if (by_who.count(fact.waits_for) == 0) places.insert(fact.waits_for);
  }
  return places;
}

}  // namespace

std::string ingress_place(const std::string& port, unsigned queue) {
  return port + " ingress " + queue_text(queue);
}

std::string egress_place(const std::string& port, unsigned queue) {
  return port + " egress " + queue_text(queue);
}

bool Watchdog::stalled(Picoseconds now_ps, std::uint64_t progress_count) {
  now_ps_ = now_ps;
  if (!started_ || progress_count != progress_count_) {
    started_ = true;
    progress_count_ = progress_count;
    last_progress_ps_ = now_ps;
    return false;
  }
  return limit_ps_ != 0 && now_ps > last_progress_ps_ && now_ps - last_progress_ps_ >= limit_ps_;
}

std::vector<std::vector<std::size_t>> circular_waits(const std::vector<WaitFact>& facts) {
  const auto by_who = facts_by_who(facts);
  std::vector<std::vector<std::size_t>> circles;
  std::set<std::string_view> named;
  for (std::size_t start = 0; start < facts.size(); ++start) {
    if (named.count(facts[start].who) != 0) continue;
    auto circle = shortest_circle(facts, by_who, start);
    // Places of a circle that is already named would only tell the same story again.
    const bool known = std::any_of(circle.begin(), circle.end(), [&](std::size_t fact) {
      return named.count(facts[fact].who) != 0;
    });
    for (const std::size_t fact : circle) named.insert(facts[fact].who);
    if (!circle.empty() && !known) circles.push_back(std::move(circle));
  }
  return circles;
}

std::string Watchdog::diagnose(const std::vector<WaitFact>& facts) const {
  std::string text = "last progress seen at " + time_text(last_progress_ps_) + " (now " +
                     time_text(now_ps_) + ", " + std::to_string(progress_count_) +
                     " packets granted so far)\n";
  if (facts.empty()) return text + "nobody reports a wait: no unit holds a packet\n";
  for (const auto& circle : circular_waits(facts)) {
    text += "circular wait: ";
    for (const std::size_t fact : circle) text += facts[fact].who + " -> ";
    text += facts[circle.front()].who + "\n";
  }
  const auto places = last_in_line(facts, facts_by_who(facts));
  if (!places.empty()) {
    text += "waited for, and itself not waiting:";
    std::size_t told = 0;
    for (const std::string_view place : places) {
      if (told++ == kMostLines) {
        text += " and " + std::to_string(places.size() - kMostLines) + " more";
        break;
      }
      text += (told == 1 ? " " : ", ") + std::string(place);
    }
    text += "\n";
  }
  std::vector<std::size_t> order(facts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return facts[a].since_ps < facts[b].since_ps;
  });
  for (std::size_t i = 0; i < order.size() && i < kMostLines; ++i) text += line_of(facts[order[i]]);
  if (order.size() > kMostLines) {
    text += "  and " + std::to_string(order.size() - kMostLines) + " more waits\n";
  }
  return text;
}

}  // namespace antares::models
