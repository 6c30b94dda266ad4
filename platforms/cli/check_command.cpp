// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>

#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/config/json_schema.h"
#include "antares/platforms/report/fabric_facts.h"
#include "antares/platforms/report/tables.h"

namespace antares::platforms::cli {

int check(const DescriptionOptions& options) {
  const LoadedPlatform loaded = load(options);
  prepare_workloads(loaded);
  const Platform platform(loaded.config);
  std::cout << fmt::format("{}: fine; {} switch(es), {} endpoints, {} workload(s)\n", loaded.file,
                           loaded.config.switches.size(), platform.endpoints().size(),
                           loaded.config.workloads.size());
  for (const SwitchFacts& facts : fabric_facts(platform)) {
    for (const TrainFacts& train : facts.trains) {
      std::cout << fmt::format("{}: trains of {}: {}", facts.name, train.what,
                               readable_bytes(train.effective_bytes));
      if (train.asked_bytes > train.effective_bytes)
        std::cout << fmt::format(
            ", cut from run.train_bytes = {}: at most a quarter of the smallest buffer or credit "
            "pool on the way",
            readable_bytes(train.asked_bytes));
      else if (train.effective_bytes == train.link_packet_bytes)
        std::cout << ", one link packet (exact)";
      std::cout << "\n";
    }
  }
  return kExitOk;
}

int schema(bool markdown) {
  if (markdown)
    std::cout << parameter_table_markdown();
  else
    std::cout << antares::platforms::schema().dump(2) << "\n";
  return kExitOk;
}

}  // namespace antares::platforms::cli
