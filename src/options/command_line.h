#pragma once

#include <optional>
#include <string>

#include "options/options.h"

namespace sessiond {

/// What a command line asks for.
struct CommandLine {
  Options options;
  bool check_config = false;  // only say whether the options are good
};

/// Reads the command line, the environment (`SESSIOND_NAME`) and the configuration file, in this
/// order of precedence, and finds Redis's password where systemd puts credentials. `--help` and
/// `--version` print to standard output. Nothing when the program is to end now, with
/// `exit_status` set; what was wrong has been said on standard error.
[[nodiscard]] std::optional<CommandLine> read_command_line(int argc, char** argv, int& exit_status);

}  // namespace sessiond
