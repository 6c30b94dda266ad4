// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/layer_file.h"

#include <algorithm>
#include <charconv>

namespace antares::platforms {

namespace {

// assumption: the largest published file has 1,789 rows; a hundred times that is a mistake.
constexpr std::uint64_t kMostRows = 200'000;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;
constexpr std::uint32_t kMostLayerRanks = 65535;
constexpr std::size_t kWordsPerRow = 12;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

struct Word {
  std::string_view text;
  std::size_t column = 0;  ///< from 1
};

struct Policy {
  const char* name;
  LayerSchedule schedule;
  bool tensor_is_job;
};
constexpr Policy kPolicies[] = {
    {"HYBRID_TRANSFORMER_FWD_IN_BCKWD", LayerSchedule::transformer, false},
    {"HYBRID_TRANSFORMER", LayerSchedule::transformer, false},
    {"DATA", LayerSchedule::data_parallel, false},
    {"MODEL", LayerSchedule::transformer, true},
    {"MICRO", LayerSchedule::micro, false},
};

struct Collective {
  const char* name;
  CommType type;
};
constexpr Collective kCollectives[] = {
    {"ALLREDUCE", CommType::all_reduce},         {"ALLGATHER", CommType::all_gather},
    {"REDUCESCATTER", CommType::reduce_scatter}, {"ALLTOALL", CommType::all_to_all},
    {"BROADCAST", CommType::broadcast},
};

/// For a message: what can be shown of a word of a file that may be anything.
std::string shown(std::string_view word) {
  constexpr std::size_t kMostCharacters = 40;
  std::string text(word.substr(0, kMostCharacters));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return "'" + text + (word.size() > kMostCharacters ? "...'" : "'");
}

class LayerFileReader {
 public:
  LayerFileReader(std::string_view text, const std::string& file) : text_(text) {
    layers_.file = file;
  }

  LayerFile read() {
    if (!next_line()) fail(1, "empty file; expected a header with a policy");
    read_header();
    if (!next_line()) fail(1, "the file ends after the header; expected the number of layers");
    const std::uint64_t rows = number(words_[0], "the number of layers", kMostRows);
    if (words_.size() > 1)
      fail(words_[1].column, shown(words_[1].text) +
                                 " after the number of layers; expected a "
                                 "line of its own for it");
    if (rows == 0) fail(words_[0].column, "0 layers: there is nothing to replay");
    for (std::uint64_t row = 0; row < rows; ++row) {
      if (!next_line())
        fail(1, "the file ends after " + std::to_string(row) + " of " + std::to_string(rows) +
                    " layers: it is truncated, or its second line is wrong");
      read_row();
    }
    if (next_line())
      fail(words_[0].column, "a line after the last of " + std::to_string(rows) +
                                 " layers; correct the number of layers in the second line");
    return std::move(layers_);
  }

 private:
  [[noreturn]] void fail(std::size_t column, const std::string& what) const {
    throw TraceError(layers_.file + ":" + std::to_string(line_) + ":" + std::to_string(column) +
                     ": " + what);
  }

  /// The next line that is not blank, in words. The rows of one file may end in tabs and blanks.
  bool next_line() {
    while (at_ < text_.size()) {
      ++line_;
      start_ = at_;
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = text_.substr(at_, end - at_);
      at_ = end + 1;
      words_.clear();
      for (std::size_t i = 0; i < line.size();) {
        if (is_blank(line[i])) {
          ++i;
          continue;
        }
        const std::size_t first = i;
        while (i < line.size() && !is_blank(line[i])) ++i;
        words_.push_back({line.substr(first, i - first), first + 1});
      }
      if (!words_.empty()) return true;
    }
    ++line_;
    return false;
  }

  std::uint64_t number(const Word& word, const std::string& what, std::uint64_t most) const {
    std::uint64_t value = 0;
    const char* end = word.text.data() + word.text.size();
    const auto [stopped, error] = std::from_chars(word.text.data(), end, value);
    if (error != std::errc() || stopped != end || value > most)
      fail(word.column, what + " is " + shown(word.text) + "; expected a whole number of 0 to " +
                            std::to_string(most) + ", without a unit");
    return value;
  }

  std::uint32_t count(const Word& word, const std::string& what) const {
    const std::uint64_t value = number(word, what, kMostLayerRanks);
    if (value == 0) fail(word.column, what + " is 0; expected at least 1");
    return static_cast<std::uint32_t>(value);
  }

  void read_header() {
    const std::string policy(words_[0].text);
    const auto* known = std::find_if(std::begin(kPolicies), std::end(kPolicies),
                                     [&](const Policy& each) { return policy == each.name; });
    if (known == std::end(kPolicies)) {
      std::string names;
      for (const Policy& each : kPolicies)
        names += (names.empty() ? "" : ", ") + std::string(each.name);
      fail(words_[0].column, "policy " + shown(policy) + " is not known; there are " + names);
    }
    layers_.policy = policy;
    layers_.schedule = known->schedule;
    layers_.tensor_is_job = known->tensor_is_job;
    for (std::size_t i = 1; i < words_.size(); i += 2) {
      std::string_view key = words_[i].text;
      if (!key.empty() && key.back() == ':') key.remove_suffix(1);
      if (i + 1 == words_.size())
        fail(words_[i].column, shown(words_[i].text) + " has no value; the header is NAME: NUMBER");
      read_entry(std::string(key), words_[i + 1]);
    }
  }

  void read_entry(const std::string& key, const Word& value) {
    if (key == "model_parallel_NPU_group") {
      layers_.tensor_ranks = count(value, key);
    } else if (key == "ep") {
      layers_.expert_ranks = count(value, key);
    } else if (key == "pp") {
      layers_.pipeline_stages = count(value, key);
    } else if (key == "all_gpus") {
      layers_.job_ranks = count(value, key);
    } else if (key == "checkpoints" || key == "checkpoint_initiates") {
      if (number(value, key, kMostRows) != 0)
        fail(value.column, key +
                               " other than 0: forward passes that are run again in the backward "
                               "pass are not supported; write them as rows");
    } else if (key == "pp_comm") {
      if (number(value, key, kMostBytes) != 0)
        layers_.ignored["size of transfers between pipeline stages (pp_comm): no row sends them"] =
            1;
    } else if (key == "ga" || key == "vpp") {
      // The rows of all micro-batches stand in the file already.
      number(value, key, kMostRows);
    } else {
      ++layers_.ignored["entries of the header that are not known, as " + shown(key)];
    }
  }

  void read_row() {
    if (words_.size() != kWordsPerRow)
      fail(words_[std::min(words_.size(), kWordsPerRow + 1) - 1].column,
           "a layer has 12 words (name, dependency, three times duration, collective, bytes, then "
           "the update's duration), but here are " +
               std::to_string(words_.size()));
    if (layers_.rows.size() >= kMostRows) fail(1, "too many layers");
    LayerRow row;
    row.name = std::string(words_[0].text);
    row.file_offset_bytes = start_;
    if (words_[1].text != "-1") {
      number(words_[1], "the dependency (other than -1)", kMostRows);
      ++layers_.ignored["dependencies of rows: the policy gives their order"];
    }
    row.forward = step(2, LayerGroup::tensor);
    row.input_gradient = step(5, LayerGroup::tensor);
    row.weight_gradient = step(8, LayerGroup::data);
    row.update_duration = number(words_[11], "the update's duration", kMostBytes);
    layers_.rows.push_back(std::move(row));
  }

  LayerStep step(std::size_t first, LayerGroup unnamed) {
    LayerStep step;
    step.duration = number(words_[first], "a duration", kMostBytes);
    step.bytes = number(words_[first + 2], "the size of a collective in bytes", kMostBytes);
    step.group = unnamed;
    const Word& word = words_[first + 1];
    std::string_view name = word.text;
    if (name == "NONE") {
      if (step.bytes != 0) ++layers_.ignored["sizes beside NONE: nothing travels"];
      return step;
    }
    for (const auto& [suffix, group] :
         {std::pair<std::string_view, LayerGroup>{"_DP_EP", LayerGroup::expert_data},
          {"_EP", LayerGroup::expert}}) {
      if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
        continue;
      name.remove_suffix(suffix.size());
      step.group = group;
      break;
    }
    for (const Collective& each : kCollectives)
      if (name == each.name) step.collective = each.type;
    if (!step.collective)
      fail(word.column, "collective " + shown(word.text) +
                            " is not known; there are NONE, ALLREDUCE, ALLGATHER, REDUCESCATTER, "
                            "ALLTOALL and BROADCAST, with _EP or _DP_EP behind them");
    if (step.bytes == 0) ++layers_.ignored["collectives of 0 bytes: nothing travels"];
    return step;
  }

  std::string_view text_;
  std::size_t at_ = 0;     ///< next byte to read
  std::size_t start_ = 0;  ///< of the current line
  std::size_t line_ = 0;
  std::vector<Word> words_;
  LayerFile layers_;
};

}  // namespace

const char* to_string(LayerGroup group) {
  constexpr const char* kNames[] = {"tp", "dp", "ep", "dp_ep"};
  return kNames[static_cast<unsigned>(group)];
}

bool looks_like_layers(std::string_view text) {
  // A policy is two or more capital letters, digits or underscores. No Chakra trace begins so: the
  // second byte of its first message is a tag.
  std::size_t length = 0;
  while (length < text.size() &&
         ((text[length] >= 'A' && text[length] <= 'Z') || text[length] == '_' ||
          (text[length] >= '0' && text[length] <= '9')))
    ++length;
  return length >= 2 && (length == text.size() || is_blank(text[length]) || text[length] == '\n');
}

LayerFile read_layers(std::string_view text, const std::string& file) {
  return LayerFileReader(text, file).read();
}

}  // namespace antares::platforms
