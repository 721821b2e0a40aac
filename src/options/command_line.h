#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "options/settings.h"

namespace sessiond {

/// What an operator asks for with a subcommand.
struct OperatorRequest {
  enum class Verb { kList, kRevoke, kDisable, kEnable, kMint, kEvents, kDeliver, kDoctor };

  Verb verb = Verb::kDoctor;
  std::string user;                                        // of all but kEvents, kDeliver, kDoctor and `everybody`
  std::string session;                                     // kRevoke: a session's id
  bool all = false;                                        // kRevoke: every session of the user instead
  bool everybody = false;                                  // kList, kRevoke: the sessions of all users instead
  std::vector<std::pair<std::string, std::string>> terms;  // kList, kRevoke: of a Filter, each its name and value
  bool dry_run = false;                                    // kRevoke: only count them
  bool yes = false;                                        // kRevoke: without asking
  std::string rate;        // `everybody`: keys a second that are looked at, at most; 0 for no limit
  std::string kind;        // kMint
  std::string username;    // kMint: for a user whom the store does not know; by default the id
  std::string token_file;  // kMint: where the token goes; standard output when empty
  bool follow = false;     // kEvents: wait for more
  std::string since;       // kEvents: an id, a time or how long ago; empty: all that are kept
  bool keys = false;       // kDoctor: also walk through every key
  bool json = false;       // for programs instead of people
};

/// What a command line asks for. Without one, as in CGI mode, the defaults here hold.
struct CommandLine {
  bool check_config = false;  // only say whether the options are good
  bool dump_options = false;  // print the option table for systemd/reference
  std::string file;           // the configuration file, where the command line names one
  std::vector<Setting> flags;
  std::optional<OperatorRequest> request;
};

/// Reads the command line. `--help` and `--version` print to standard output. Nothing when the
/// program is to end now, with `exit_status` set; what was wrong has been said (`complain`).
[[nodiscard]] std::optional<CommandLine> read_command_line(int argc, char** argv, int& exit_status);

/// Every setting that holds now, in the order in which later ones win: the configuration file
/// (`--config`, else SESSIOND_CONFIG, else the default one if it exists), the environment
/// (`SESSIOND_NAME`), the command line. Called again for SIGHUP. Fails on what is in no
/// table, saying where it stands.
[[nodiscard]] Result<std::vector<Setting>> gather_settings(const CommandLine& command);

/// The options that these settings make, with Redis's password found where systemd puts
/// credentials. Fails with the first bad value.
[[nodiscard]] Result<Options> make_options(std::span<const Setting> settings);

/// The flag of the command line that gives a Filter the term of this name: `--user-agent`.
[[nodiscard]] std::string flag_of_term(std::string_view name);

/// The option table and the subcommands as tab-separated lines, for systemd/reference, which makes the manual pages,
/// the sample configuration and the completion from it.
[[nodiscard]] std::string dump_options();

}  // namespace sessiond
