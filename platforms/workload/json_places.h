// SPDX-License-Identifier: Apache-2.0
// Where in a JSON text a value stands that a reader knows by its path ("gpus[0].channels[2]"): the
// JSON library keeps no places, and a person looks for a line. Whoever asks for paths in the order
// in which they stand walks over the text once. The text must be valid JSON. No time here.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "antares/platforms/workload/text_place.h"

namespace antares::platforms {

class JsonPlaces {
 public:
  explicit JsonPlaces(std::string_view text) : text_(text) {}

  /// Of the value, or of the nearest one around it that is there.
  TextPlace find(std::string path);

 private:
  struct Level {
    std::size_t path_length = 0;  ///< of the list or object itself
    bool is_list = false;
    std::size_t index = 0;
  };
  /// Goes on to the next value; false: there is none.
  bool next();
  bool find_from_here(const std::string& path);
  void restart();
  void skip(std::size_t end);
  void skip_space();
  std::string_view word();  ///< a text, without its quotes

  std::string_view text_;
  std::size_t at_ = 0;
  TextPlace place_;   ///< of at_
  std::string path_;  ///< of the value at value_
  TextPlace value_;
  std::vector<Level> levels_;
  bool started_ = false;
};

}  // namespace antares::platforms
