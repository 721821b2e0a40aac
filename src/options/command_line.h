#pragma once

#include <optional>
#include <string>

#include "options/options.h"

namespace sessiond {

/// What an operator asks for with a subcommand.
struct OperatorRequest {
  enum class Verb { kList, kRevoke, kMint, kDoctor };

  Verb verb = Verb::kDoctor;
  std::string user;         // of all but kDoctor
  std::string session;      // kRevoke: a session's id
  bool all = false;         // kRevoke: every session instead
  std::string kind;         // kMint
  std::string username;     // kMint: for a user whom the store does not know; by default the id
  std::string token_file;   // kMint: where the token goes; standard output when empty
  bool keys = false;        // kDoctor: also walk through every key
  bool json = false;        // for programs instead of people
};

/// What a command line asks for.
struct CommandLine {
  Options options;
  bool check_config = false;  // only say whether the options are good
  std::optional<OperatorRequest> request;
};

/// Reads the command line, the environment (`SESSIOND_NAME`) and the configuration file, in this
/// order of precedence, and finds Redis's password where systemd puts credentials. `--help` and
/// `--version` print to standard output. Nothing when the program is to end now, with
/// `exit_status` set; what was wrong has been said on standard error.
[[nodiscard]] std::optional<CommandLine> read_command_line(int argc, char** argv, int& exit_status);

}  // namespace sessiond
