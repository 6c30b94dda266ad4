// SPDX-License-Identifier: Apache-2.0
#include "antares/models/nic/nic_engine.h"

#include <stdexcept>

namespace antares::models {
namespace {

Picoseconds to_ps(double ns) { return static_cast<Picoseconds>(ns * 1000 + 0.5); }

NicConfig checked(const NicConfig& config) {
  std::string text;
  for (const std::string& problem : config.problems()) text += (text.empty() ? "" : "; ") + problem;
  if (!text.empty()) throw std::invalid_argument(text);
  return config;
}

}  // namespace

NicEngine::NicEngine(const NicConfig& config, Picoseconds memory_latency_ps)
    : config_(checked(config)),
      memory_latency_ps_(memory_latency_ps),
      post_ps_(to_ps(config.post_ns)),
      doorbell_ps_(to_ps(config.doorbell_ns)),
      wqe_fetch_ps_(to_ps(config.wqe_fetch_ns)),
      dma_read_latency_ps_(to_ps(config.dma_read_latency_ns)),
      dma_write_latency_ps_(to_ps(config.dma_write_latency_ns)),
      tx_pipeline_ps_(to_ps(config.tx_pipeline_ns)),
      rx_pipeline_ps_(to_ps(config.rx_pipeline_ns)),
      cqe_write_ps_(to_ps(config.cqe_write_ns)),
      poll_ps_(to_ps(config.poll_ns)),
      message_gap_ps_(to_ps(config.message_gap_ns)),
      from_memory_(config.dma_rate_GBps, config.dma_chunk_bytes),
      to_memory_(config.dma_rate_GBps, config.dma_chunk_bytes) {}

template <class Visit>
void NicEngine::each_part(NicLeg leg, const NicWork& work, bool ok, Visit&& visit) const {
  switch (leg) {
    case NicLeg::post: {
      const bool reads = work.out_bytes != 0 && !is_inline(work);
      visit("post", post_ps_);
      visit("doorbell", doorbell_ps_);
      visit("wqe_fetch", is_inline(work) ? 0 : wqe_fetch_ps_);
      visit("payload_read_latency", reads ? dma_read_latency_ps_ + memory_latency_ps_ : 0);
      visit("payload_read", reads ? from_memory_.unloaded_ps(work.out_bytes) : 0);
      visit("tx_pipeline", tx_pipeline_ps_);
      break;
    }
    case NicLeg::deliver: {
      const bool writes = work.out_bytes != 0;
      const bool reads = work.back_bytes != 0;
      visit("rx_pipeline", rx_pipeline_ps_);
      visit("dma_latency", writes ? dma_write_latency_ps_ : reads ? dma_read_latency_ps_ : 0);
      visit("dma", writes  ? to_memory_.unloaded_ps(work.out_bytes)
                   : reads ? from_memory_.unloaded_ps(work.back_bytes)
                           : 0);
      break;
    }
    case NicLeg::answer:
      visit("tx_pipeline", tx_pipeline_ps_);
      break;
    case NicLeg::complete: {
      const bool writes = ok && work.back_bytes != 0;
      visit("rx_pipeline", rx_pipeline_ps_);
      visit("dma_latency", writes ? dma_write_latency_ps_ : 0);
      visit("dma", writes ? to_memory_.unloaded_ps(work.back_bytes) : 0);
      visit("cqe_write", cqe_write_ps_);
      visit("poll", poll_ps_);
      break;
    }
  }
}

NicEngine::Parts NicEngine::parts(NicLeg leg, const NicWork& work, bool ok) const {
  Parts parts;
  each_part(leg, work, ok, [&](const char* name, Picoseconds ps) { parts.emplace_back(name, ps); });
  return parts;
}

Picoseconds NicEngine::unloaded_ps(NicLeg leg, const NicWork& work, bool ok) const {
  Picoseconds sum_ps = 0;
  each_part(leg, work, ok, [&](const char*, Picoseconds ps) { sum_ps += ps; });
  return sum_ps;
}

Picoseconds NicEngine::post(const NicWork& work, Picoseconds at_ps) {
  ++outstanding_;
  const Picoseconds rung_ps = std::max(at_ps + post_ps_ + doorbell_ps_, next_message_ps_);
  next_message_ps_ = rung_ps + message_gap_ps_;
  // One send queue: an inline request does not pass one that is still being fetched.
  fetched_ps_ = std::max(rung_ps + (is_inline(work) ? 0 : wqe_fetch_ps_), fetched_ps_);
  return fetched_ps_;
}

Picoseconds NicEngine::depart(const NicWork& work, Picoseconds now_ps) {
  Picoseconds ready_ps = now_ps;
  if (work.out_bytes != 0 && !is_inline(work))
    ready_ps =
        from_memory_.read(now_ps, work.out_bytes) + dma_read_latency_ps_ + memory_latency_ps_;
  departed_ps_ = std::max(ready_ps + tx_pipeline_ps_, departed_ps_);
  return departed_ps_;
}

Picoseconds NicEngine::complete(const NicWork& work, bool ok, Picoseconds now_ps) {
  Picoseconds written_ps = now_ps;
  if (ok && work.back_bytes != 0)
    written_ps = to_memory_.write(now_ps, work.back_bytes) + dma_write_latency_ps_;
  return written_ps + cqe_write_ps_ + poll_ps_;
}

Picoseconds NicEngine::receive(const NicWork& work, Picoseconds at_ps) {
  received_bytes_ += work.out_bytes;
  const Picoseconds taken_apart_ps = std::max(at_ps + rx_pipeline_ps_, next_served_ps_);
  next_served_ps_ = taken_apart_ps + message_gap_ps_;
  return taken_apart_ps;
}

Picoseconds NicEngine::deliver(const NicWork& work, Picoseconds now_ps) {
  Picoseconds access_ps = now_ps;
  if (work.out_bytes != 0)
    access_ps = to_memory_.write(now_ps, work.out_bytes) + dma_write_latency_ps_;
  else if (work.back_bytes != 0)
    access_ps = from_memory_.read(now_ps, work.back_bytes) + dma_read_latency_ps_;
  // A read sees what was written before it.
  accessed_ps_ = std::max(access_ps, accessed_ps_);
  return accessed_ps_;
}

}  // namespace antares::models
