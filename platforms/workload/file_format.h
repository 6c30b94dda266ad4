// SPDX-License-Identifier: Apache-2.0
// What a file of somebody else's is, seen from its first bytes and the words in it, so that nobody
// has to say it and a file given to the wrong option is told by its name. No time here.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace antares::platforms {

enum class FileFormat : std::uint8_t {
  chakra,  ///< also what no other format claims: a binary file has no better mark
  simai,
  param,
  pytorch,
  msccl,
  mscclpp,
  nccl_topology,
  other_xml,
  other_json
};

FileFormat recognise(std::string_view bytes);
/// As it stands in a sentence: "a Chakra trace", "an MSCCL program", ...
const char* to_string(FileFormat format);

/// Refuses what no reader of text takes. Throws TraceError: larger than a person or tool would
/// write (assumption: 64 MiB).
void check_text_size(std::string_view text, const std::string& file);

}  // namespace antares::platforms
