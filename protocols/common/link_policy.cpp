// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

const char* to_string(AtomicOp op) {
  switch (op) {
    case AtomicOp::fetch_add:
      return "fetch_add";
    case AtomicOp::swap:
      return "swap";
    case AtomicOp::compare_and_swap:
      return "compare_and_swap";
  }
  return "?";
}

}  // namespace antares::protocols
