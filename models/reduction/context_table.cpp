// SPDX-License-Identifier: Apache-2.0
#include "antares/models/reduction/context_table.h"

#include <algorithm>
#include <stdexcept>

namespace antares::models {

namespace {

// The order of accumulation is the engine's, not the contributor's.
bool same_kind(const ReductionKind& a, const ReductionKind& b) {
  return a.op == b.op && a.type == b.type && a.accumulator == b.accumulator;
}

}  // namespace

ContextTable::ContextTable(const ContextLimits& limits, Client& client)
    : limits_(limits), client_(client) {
  if (limits.contexts == 0 || limits.context_bytes == 0 || limits.buffer_bytes == 0)
    throw std::invalid_argument(
        "a reduction engine needs at least one context (contexts), with at least one byte "
        "(context_bytes, buffer_bytes)");
}

std::uint64_t ContextTable::largest_bytes() const {
  return std::min(std::uint64_t{limits_.contexts} * limits_.context_bytes, limits_.buffer_bytes);
}

bool ContextTable::admits(const Contribution& what) const {
  const std::uint64_t contexts = limits_.contexts - limits_.contexts / kShares * what.beyond;
  const std::uint64_t bytes = limits_.buffer_bytes - limits_.buffer_bytes / kShares * what.beyond;
  return taken_ + contexts_of(what.bytes) <= contexts && taken_bytes_ + what.bytes <= bytes;
}

bool ContextTable::goes_first(const Slot& slot, const Contribution& what) {
  return !what.serves || (slot.what.serves && slot.what.beyond <= what.beyond);
}

ContextTable::Slot* ContextTable::make_slot(const Contribution& contribution) {
  if (free_slots_.empty()) {
    slots_.push_back(std::make_unique<Slot>());
    free_slots_.push_back(slots_.back().get());
  }
  Slot* slot = free_slots_.back();
  free_slots_.pop_back();
  *slot = Slot{};
  slot->what = contribution;
  slot->whole = contribution.is_request;
  return slot;
}

std::uint32_t& ContextTable::parked_by(EndpointId source) {
  if (parked_by_.size() <= source.value()) parked_by_.resize(source.value() + 1u, 0);
  return parked_by_[source.value()];
}

void ContextTable::free_slot(Slot* slot) { free_slots_.push_back(slot); }

ContextTable::Slot* ContextTable::offer(const Contribution& contribution, Picoseconds now_ps) {
  Slot* slot = make_slot(contribution);
  const bool answer = contribution.key.group == ContextKey::kByTag && !contribution.is_request;
  const auto found = contexts_.find(contribution.key);
  if (found != contexts_.end() && contribution.is_request) {
    decide(slot, ReductionStatus::duplicate, now_ps);
  } else if (found != contexts_.end()) {
    join(slot, *found->second, now_ps);
  } else if (answer) {
    decide(slot, ReductionStatus::no_context, now_ps);
  } else if (contexts_of(contribution.bytes) > limits_.contexts ||
             contribution.bytes > limits_.buffer_bytes) {
    decide(slot, ReductionStatus::too_large, now_ps);
  } else if (admits(contribution) &&
             std::none_of(parked_.begin(), parked_.end(),
                          [&](const Slot* slot) { return goes_first(*slot, contribution); })) {
    join(slot, open_context(contribution, now_ps), now_ps);
  } else if (std::uint32_t& waiting = parked_by(contribution.source); waiting < limits_.parking) {
    ++counts_.parked;
    ++waiting;
    slot->parked = true;
    parked_.push_back(slot);
  } else {
    decide(slot, ReductionStatus::retry, now_ps);
  }
  return contribution.is_request ? nullptr : slot;
}

ContextTable::Context& ContextTable::open_context(const Contribution& first, Picoseconds now_ps) {
  if (free_contexts_.empty()) {
    pool_.push_back(std::make_unique<Context>());
    free_contexts_.push_back(pool_.back().get());
  }
  Context& context = *free_contexts_.back();
  free_contexts_.pop_back();
  context.key = first.key;
  context.contributors = first.contributors;
  context.members = first.members;
  context.joined.assign(first.contributors, false);
  context.bytes = first.bytes;
  context.span_bytes = first.span_bytes;
  context.span_part = first.span_part;
  context.kind = first.kind;
  context.spoilt = ReductionStatus::ok;
  context.goes_on = first.goes_on;
  context.opened_ps = now_ps;
  context.taken = contexts_of(first.bytes);
  context.requester = nullptr;
  context.slots.clear();
  context.whole = 0;
  context.whole_ps = 0;
  context.age = by_age_.insert(by_age_.end(), &context);
  contexts_.emplace(first.key, &context);
  taken_ += context.taken;
  taken_bytes_ += first.bytes;
  ++counts_.opened;
  counts_.most_contexts = std::max(counts_.most_contexts, taken_);
  counts_.most_buffer_bytes = std::max(counts_.most_buffer_bytes, taken_bytes_);
  return context;
}

void ContextTable::join(Slot* slot, Context& context, Picoseconds now_ps) {
  const Contribution& what = slot->what;
  if (what.is_request) {
    context.requester = what.cookie;
    free_slot(slot);
    client_.opened(context, now_ps);
    return;
  }
  if (what.contributors != context.contributors || what.members != context.members ||
      what.index >= context.contributors)
    return decide(slot, ReductionStatus::group_changed, now_ps);
  if (context.joined[what.index]) return decide(slot, ReductionStatus::duplicate, now_ps);
  ++counts_.joined;
  slot->context = &context;
  context.joined[what.index] = true;
  context.slots.push_back(slot);
  const auto spoil = [&](ReductionStatus why) {
    if (context.spoilt == ReductionStatus::ok) context.spoilt = why;
  };
  if (what.defect != ReductionStatus::ok) spoil(what.defect);
  if (what.bytes != context.bytes || what.span_bytes != context.span_bytes ||
      what.span_part != context.span_part)
    spoil(ReductionStatus::unequal_length);
  if (!same_kind(what.kind, context.kind)) spoil(ReductionStatus::unequal_kind);
  if (slot->whole) arrived(slot, now_ps);
}

bool ContextTable::comes_whole(Slot* slot, Picoseconds at_ps) {
  slot->whole_ps = at_ps;
  if (slot->context == nullptr || slot->context->whole + 1 >= slot->context->contributors)
    return true;
  slot->whole = true;
  count_whole(slot);
  return false;
}

void ContextTable::whole(Slot* slot, Picoseconds now_ps) {
  slot->whole = true;
  slot->whole_ps = std::max(slot->whole_ps, now_ps);
  if (slot->over) {
    const Contribution what = slot->what;
    const ReductionStatus status = slot->status;
    free_slot(slot);
    tell_over(what, status, now_ps);
  } else if (slot->context != nullptr) {
    arrived(slot, now_ps);
  }
}

void ContextTable::spoil(Slot* slot, ReductionStatus why) {
  if (slot->what.defect == ReductionStatus::ok) slot->what.defect = why;
  if (slot->context != nullptr && slot->context->spoilt == ReductionStatus::ok)
    slot->context->spoilt = why;
}

void ContextTable::count_whole(Slot* slot) {
  Context& context = *slot->context;
  // In the order of their times: what was parked may be here before what was counted earlier.
  std::size_t place = context.whole++;
  const auto found = std::find(context.slots.begin() + static_cast<std::ptrdiff_t>(place),
                               context.slots.end(), slot);
  std::iter_swap(context.slots.begin() + static_cast<std::ptrdiff_t>(place), found);
  for (; place != 0 && context.slots[place - 1]->whole_ps > slot->whole_ps; --place)
    std::swap(context.slots[place - 1], context.slots[place]);
  context.whole_ps = std::max(context.whole_ps, slot->whole_ps);
}

void ContextTable::arrived(Slot* slot, Picoseconds now_ps) {
  Context& context = *slot->context;
  if (context.whole + 1 == context.contributors && context.whole_ps > now_ps) {
    slot->whole = false;
    slot->whole_ps = context.whole_ps;
    return client_.wait_for(*slot);
  }
  count_whole(slot);
  if (context.whole == context.contributors) finish(context, now_ps);
}

void ContextTable::finish(Context& context, Picoseconds now_ps) {
  // As many as there are members, each last touched when it came: all at once is what takes time.
  for (const Slot* slot : context.slots) __builtin_prefetch(slot);
  for (const Slot* slot : context.slots) __builtin_prefetch(slot->what.cookie);
  const bool spoilt = context.spoilt != ReductionStatus::ok;
  if (spoilt && !context.goes_on) return end(context, context.spoilt, now_ps);
  if (!spoilt) ++counts_.completed;
  // Out of sight first: what the client is told may bring the next contribution of this key.
  contexts_.erase(context.key);
  by_age_.erase(context.age);
  client_.reduced(context, now_ps);
  for (Slot* slot : context.slots) decide(slot, ReductionStatus::ok, now_ps);
  forget(context);
}

void ContextTable::end(Context& context, ReductionStatus status, Picoseconds now_ps) {
  contexts_.erase(context.key);
  by_age_.erase(context.age);
  for (Slot* slot : context.slots) decide(slot, status, now_ps);
  if (context.requester != nullptr) {
    Contribution request;
    request.key = context.key;
    request.is_request = true;
    request.bytes = context.bytes;
    request.cookie = context.requester;
    tell_over(request, status, now_ps);
  }
  const std::uint32_t taken = context.taken;
  const std::uint64_t bytes = context.bytes;
  forget(context);
  give_back(taken, bytes, now_ps);
}

void ContextTable::forget(Context& context) { free_contexts_.push_back(&context); }

void ContextTable::decide(Slot* slot, ReductionStatus status, Picoseconds now_ps) {
  slot->context = nullptr;
  slot->over = true;
  slot->status = status;
  if (slot->whole && slot->whole_ps > now_ps) {  // only now it matters when
    slot->whole = false;
    client_.wait_for(*slot);
  }
  if (!slot->whole) return;  // whole() will tell
  const Contribution what = slot->what;
  free_slot(slot);
  tell_over(what, status, now_ps);
}

void ContextTable::tell_over(const Contribution& what, ReductionStatus status, Picoseconds now_ps) {
  ++counts_.over[static_cast<unsigned>(status)];
  client_.over(what, status, now_ps);
}

void ContextTable::give_back(std::uint32_t contexts, std::uint64_t bytes, Picoseconds now_ps) {
  taken_ -= contexts;
  taken_bytes_ -= bytes;
  unpark(now_ps);
}

// First come, first served: once one finds no place, those behind it may only join what is open, or
// serve another switch (goes_first()).
void ContextTable::unpark(Picoseconds now_ps) {
  unpark_again_ = true;
  if (unparking_) return;
  unparking_ = true;
  while (unpark_again_) {
    unpark_again_ = false;
    bool full = false;
    std::uint32_t serving = ~std::uint32_t{0};  // the least `beyond` of those that found none
    for (auto next = parked_.begin(); next != parked_.end() && !unpark_again_;) {
      Slot* slot = *next;
      const auto found = contexts_.find(slot->what.key);
      const Contribution& what = slot->what;
      const bool waits = what.serves ? serving <= what.beyond : full;
      if (found == contexts_.end() && (waits || !admits(what))) {
        full = true;
        if (what.serves) serving = std::min(serving, what.beyond);
        ++next;
        continue;
      }
      next = parked_.erase(next);
      --parked_by(slot->what.source);
      slot->parked = false;
      if (found != contexts_.end() && slot->what.is_request)
        decide(slot, ReductionStatus::duplicate, now_ps);
      else
        join(slot, found != contexts_.end() ? *found->second : open_context(slot->what, now_ps),
             now_ps);
    }
  }
  unparking_ = false;
}

void ContextTable::abandon(const std::function<bool(void* cookie)>& is_its, Picoseconds now_ps) {
  std::vector<Slot*> parked;
  for (auto next = parked_.begin(); next != parked_.end();) {
    const auto slot = next++;
    if (!is_its((*slot)->what.cookie)) continue;
    parked.push_back(*slot);
    parked_.erase(slot);
  }
  std::vector<ContextKey> keys;  // what ends may end others
  for (const Context* context : by_age_) {
    const auto has_part = [&](const Slot* slot) {
      return slot->what.cookie != nullptr && is_its(slot->what.cookie);
    };
    if ((context->requester != nullptr && is_its(context->requester)) ||
        std::any_of(context->slots.begin(), context->slots.end(), has_part))
      keys.push_back(context->key);
  }
  for (Slot* slot : parked) {
    --parked_by(slot->what.source);
    slot->parked = false;
    decide(slot, ReductionStatus::contributor_failed, now_ps);
  }
  for (const ContextKey& key : keys) {
    const auto found = contexts_.find(key);
    if (found != contexts_.end()) end(*found->second, ReductionStatus::contributor_failed, now_ps);
  }
}

Picoseconds ContextTable::next_expiry_ps() const {
  if (by_age_.empty() || limits_.timeout_ps == protocols::kNever) return protocols::kNever;
  return by_age_.front()->opened_ps + limits_.timeout_ps;
}

void ContextTable::expire(Picoseconds now_ps) {
  while (next_expiry_ps() <= now_ps) end(*by_age_.front(), ReductionStatus::timed_out, now_ps);
}

}  // namespace antares::models
