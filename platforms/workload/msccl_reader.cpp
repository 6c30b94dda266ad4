// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/msccl_reader.h"

#include <charconv>
#include <pugixml.hpp>

#include "antares/platforms/workload/text_place.h"

namespace antares::platforms {

namespace {

// assumption: the largest published program has some ten thousand steps.
constexpr std::uint64_t kMostSteps = 1'000'000;
constexpr std::uint32_t kMostRanks = 1024;
constexpr std::uint32_t kMostChunks = 1u << 20;

class MscclReader {
 public:
  MscclReader(std::string_view text, const std::string& file) : text_(text) {
    plan_.file = file;
    plan_.format = "MSCCL";
  }

  CollectivePlan read() {
    pugi::xml_document document;
    // Without parse_doctype a DOCTYPE is skipped, and with it every entity: still, a file with one
    // is not what MSCCL writes.
    if (const std::size_t at = text_.find("<!DOCTYPE"); at != std::string_view::npos)
      fail(at, "a DOCTYPE; an MSCCL program has none, and entities are not expanded");
    const pugi::xml_parse_result parsed =
        document.load_buffer(text_.data(), text_.size(), pugi::parse_minimal, pugi::encoding_utf8);
    if (!parsed)
      fail(static_cast<std::size_t>(parsed.offset),
           std::string("not valid XML: ") + parsed.description());
    const pugi::xml_node algorithm = document.child("algo");
    if (!algorithm) fail(0, "no <algo>: expected an MSCCL program");
    read_header(algorithm);
    for (const pugi::xml_node gpu : algorithm.children("gpu")) read_gpu(gpu);
    for (std::uint32_t rank = 0; rank < plan_.ranks; ++rank)
      if (!seen_[rank])
        fail(algorithm, "there is no <gpu id=\"" + std::to_string(rank) + "\">: ngpus is " +
                            std::to_string(plan_.ranks));
    check_plan(plan_);
    return std::move(plan_);
  }

 private:
  [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
    throw TraceError(place(offset) + ": " + what);
  }
  [[noreturn]] void fail(const pugi::xml_node& node, const std::string& what) const {
    fail(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, node.offset_debug())), what);
  }
  std::string place(std::size_t offset) const {
    const TextPlace at = text_place(text_, offset);
    return plan_.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }

  std::string text(const pugi::xml_node& node, const char* name) const {
    const pugi::xml_attribute attribute = node.attribute(name);
    if (!attribute) fail(node, std::string("<") + node.name() + "> has no " + name);
    return attribute.value();
  }

  std::int64_t number(const pugi::xml_node& node, const char* name, std::int64_t least,
                      std::int64_t most) const {
    const std::string word = text(node, name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < least || value > most)
      fail(node, std::string(name) + " is '" + printable(word) + "'; expected a whole number of " +
                     std::to_string(least) + " to " + std::to_string(most));
    return value;
  }
  std::uint32_t count(const pugi::xml_node& node, const char* name, std::uint32_t least,
                      std::uint32_t most) const {
    return static_cast<std::uint32_t>(number(node, name, least, most));
  }

  void read_header(const pugi::xml_node& algorithm) {
    plan_.name = printable(text(algorithm, "name"), 100);
    plan_.protocol = printable(algorithm.attribute("proto").as_string("not given"));
    plan_.ranks = count(algorithm, "ngpus", 1, kMostRanks);
    plan_.chunks = count(algorithm, "nchunksperloop", 1, kMostChunks);
    plan_.collective = plan_collective(text(algorithm, "coll"),
                                       place(static_cast<std::size_t>(algorithm.offset_debug())));
    // Older files have only `inplace`; a program for both runs out of place.
    const bool in_place = number(algorithm, "inplace", 0, 1) == 1;
    plan_.in_place = in_place && !(algorithm.attribute("outofplace") &&
                                   number(algorithm, "outofplace", 0, 1) == 1);
    if (algorithm.attribute("minBytes"))
      plan_.least_bytes =
          static_cast<std::uint64_t>(number(algorithm, "minBytes", 0, std::int64_t{1} << 50));
    if (algorithm.attribute("maxBytes"))
      plan_.most_bytes =
          static_cast<std::uint64_t>(number(algorithm, "maxBytes", 0, std::int64_t{1} << 50));
    seen_.resize(plan_.ranks);
  }

  void read_gpu(const pugi::xml_node& gpu) {
    const std::uint32_t rank = count(gpu, "id", 0, plan_.ranks - 1);
    if (seen_[rank]) fail(gpu, "a second <gpu id=\"" + std::to_string(rank) + "\">");
    seen_[rank] = true;
    for (const char* name : {"i_chunks", "o_chunks"}) count(gpu, name, 0, kMostChunks);
    plan_.scratch_chunks = std::max(plan_.scratch_chunks, count(gpu, "s_chunks", 0, kMostChunks));
    for (const pugi::xml_node tb : gpu.children("tb")) {
      PlanBlock block;
      block.rank = rank;
      block.id = count(tb, "id", 0, kMostChunks);
      const std::int64_t send = number(tb, "send", -1, plan_.ranks - 1);
      const std::int64_t receive = number(tb, "recv", -1, plan_.ranks - 1);
      const std::uint32_t channel = count(tb, "chan", 0, kMostChunks);
      for (const pugi::xml_node step : tb.children("step")) {
        if (++steps_ > kMostSteps) fail(step, "more than " + std::to_string(kMostSteps) + " steps");
        block.steps.push_back(read_step(step, static_cast<std::uint32_t>(block.steps.size()), send,
                                        receive, channel));
      }
      plan_.blocks.push_back(std::move(block));
    }
  }

  PlanRegion region(const pugi::xml_node& step, const char* buffer, const char* offset,
                    std::uint32_t chunks) const {
    PlanRegion region;
    const std::string name = text(step, buffer);
    if (name == "i" || name == "o" || name == "s")
      region.buffer = name == "i"   ? PlanBuffer::input
                      : name == "o" ? PlanBuffer::output
                                    : PlanBuffer::scratch;
    else
      fail(step, std::string(buffer) + " is '" + printable(name) +
                     "'; there are i (input), o (output) and s (scratch)");
    region.chunk = count(step, offset, 0, kMostChunks);
    region.count = chunks;
    return region;
  }

  PlanStep read_step(const pugi::xml_node& xml, std::uint32_t index, std::int64_t send_to,
                     std::int64_t receive_from, std::uint32_t channel) const {
    PlanStep step;
    step.name = text(xml, "type");
    step.place = place(static_cast<std::size_t>(xml.offset_debug()));
    if (count(xml, "s", 0, static_cast<std::uint32_t>(kMostSteps)) != index)
      fail(xml, "s is " + text(xml, "s") + "; the steps of a thread block are numbered from 0 in " +
                    "their order, this is number " + std::to_string(index));
    const std::int64_t block = number(xml, "depid", -1, kMostChunks);
    const std::int64_t of_block = number(xml, "deps", -1, kMostChunks);
    if ((block < 0) != (of_block < 0))
      fail(xml, "depid and deps go together: both, or -1 for both");
    if (block >= 0)
      step.after.push_back(
          {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(of_block)});
    add_actions(xml, step, send_to, receive_from, channel);
    return step;
  }

  /// r: receive, c: copy it into place, r: reduce it with what is there, s: send it on.
  void add_actions(const pugi::xml_node& xml, PlanStep& step, std::int64_t send_to,
                   std::int64_t receive_from, std::uint32_t channel) const {
    const std::string& type = step.name;
    if (type == "nop") return;
    const bool receives =
        type == "r" || type == "rcs" || type == "rrc" || type == "rrs" || type == "rrcs";
    const bool sends = type == "s" || type == "rcs" || type == "rrs" || type == "rrcs";
    if (!receives && !sends && type != "re" && type != "cpy")
      fail(xml, "type '" + printable(type) +
                    "' is not known; there are s, r, rcs, rrc, rrs, rrcs, re, cpy and nop");
    if (sends && send_to < 0) fail(xml, type + " sends, but its thread block has send=\"-1\"");
    if (receives && receive_from < 0)
      fail(xml, type + " receives, but its thread block has recv=\"-1\"");
    const std::uint32_t chunks = count(xml, "cnt", 1, kMostChunks);
    const PlanRegion source = region(xml, "srcbuf", "srcoff", chunks);
    const PlanRegion target = region(xml, "dstbuf", "dstoff", chunks);
    const PlanRegion landing{PlanBuffer::landing, 0, chunks};
    const auto add = [&](PlanKind kind, const PlanRegion& from, const PlanRegion& to,
                         std::int64_t peer = 0) {
      step.actions.push_back({kind, from, to, static_cast<std::uint32_t>(peer), channel});
    };
    if (receives) {
      step.landing_chunks = chunks;
      add(PlanKind::receive, {}, landing, receive_from);
    }
    // Into the landing where the sum travels on; in place where it stays.
    const bool stays =
        type == "rrc" && source.buffer == target.buffer && source.chunk == target.chunk;
    if (stays) add(PlanKind::reduce, landing, target);
    if (type == "rrs" || type == "rrcs" || (type == "rrc" && !stays))
      add(PlanKind::reduce, source, landing);
    if (type == "re") add(PlanKind::reduce, source, target);
    if (type == "cpy") add(PlanKind::copy, source, target);
    if (sends) add(PlanKind::send, receives ? landing : source, {}, send_to);
    if (type == "r" || type == "rcs" || (type == "rrc" && !stays) || type == "rrcs")
      add(PlanKind::copy, landing, target);
  }

  std::string_view text_;
  CollectivePlan plan_;
  std::vector<bool> seen_;
  std::uint64_t steps_ = 0;
};

}  // namespace

CollectivePlan read_msccl(std::string_view text, const std::string& file) {
  return MscclReader(text, file).read();
}

}  // namespace antares::platforms
