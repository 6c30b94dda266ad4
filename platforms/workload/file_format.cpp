// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/file_format.h"

#include "antares/platforms/workload/layer_file.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

namespace {

constexpr std::size_t kMostTextBytes = std::size_t{64} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// A Chakra trace may begin with any byte, the length of its first message; what follows is a tag.
bool looks_like_xml(std::string_view text) {
  if (text.size() < 2 || text[0] != '<') return false;
  const char next = text[1];
  return next == '?' || next == '!' || (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z');
}

bool looks_like_json(std::string_view text) {
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return false;
  const std::string_view inside = without_blanks(text.substr(1));
  return !inside.empty() &&
         (inside[0] == '"' || inside[0] == '{' || inside[0] == '}' || inside[0] == ']');
}

}  // namespace

FileFormat recognise(std::string_view bytes) {
  std::string_view text = bytes;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  text = without_blanks(text);
  if (looks_like_layers(text)) return FileFormat::simai;
  if (looks_like_xml(text)) {
    if (contains(text, "<algo")) return FileFormat::msccl;
    return contains(text, "<system") ? FileFormat::nccl_topology : FileFormat::other_xml;
  }
  if (looks_like_json(text)) {
    if (text[0] == '[') return FileFormat::param;
    if (contains(text, "\"threadblocks\"") || contains(text, "\"gpus\""))
      return FileFormat::mscclpp;
    return contains(text, "\"nodes\"") ? FileFormat::pytorch : FileFormat::other_json;
  }
  return FileFormat::chakra;
}

const char* to_string(FileFormat format) {
  switch (format) {
    case FileFormat::chakra:
      return "a Chakra trace";
    case FileFormat::simai:
      return "a SimAI layer file";
    case FileFormat::param:
      return "a PARAM list of communications";
    case FileFormat::pytorch:
      return "a PyTorch execution trace in JSON";
    case FileFormat::msccl:
      return "an MSCCL program";
    case FileFormat::mscclpp:
      return "an MSCCL++ plan";
    case FileFormat::nccl_topology:
      return "a topology dump of NCCL or RCCL";
    case FileFormat::other_xml:
      return "an XML file of no known kind";
    case FileFormat::other_json:
      return "a JSON file of no known kind";
  }
  return "?";
}

void check_text_size(std::string_view text, const std::string& file) {
  if (text.size() <= kMostTextBytes) return;
  throw TraceError(file + ": " + std::to_string(text.size()) +
                   " bytes of text; the most that is read "
                   "is " +
                   std::to_string(kMostTextBytes >> 20) + " MiB");
}

}  // namespace antares::platforms
