// SPDX-License-Identifier: Apache-2.0
// Words on the command line to calls of commands.h, and all the help there is.
#pragma once

namespace antares::platforms::cli {

/// Returns the exit status; throws what the commands throw.
int command_line(int argc, char** argv);

}  // namespace antares::platforms::cli
