#include "options/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "base/version.h"
#include "options/complaint.h"
#include "options/environment.h"
#include "options/together.h"
#include "session/filter.h"

namespace sessiond {
namespace {

constexpr const char* kDefaultFile = "/etc/sessiond/sessiond.conf";

Result<std::vector<Setting>> read_file(const std::string& path, bool must_exist) {
  errno = 0;
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file && errno == ENOENT && !must_exist) return std::vector<Setting>{};
  if (!file || errno == EISDIR) {  // a folder can be opened, but not read
    return Error{Failure::kBadRequest, path + ": cannot be read: " + errno_text(errno)};
  }
  return read_settings(text.str(), path);
}

// systemd's LoadCredential puts secrets where only the service can read them.
void find_credentials(Options& options) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || !options.redis.password_file.empty()) return;
  const std::string path = std::string(directory) + "/redis-password";
  if (std::ifstream(path)) options.redis.password_file = path;
}

void add_row(CLI::App& app, const OptionRow& row, std::vector<Setting>& flags) {
  const std::string name(row.name);
  const auto keep = [&flags, name](const std::string& value) { flags.push_back({name, value, "command line"}); };
  if (row.argument.empty()) {
    const auto keep_true = [keep] { keep("true"); };
    app.add_flag_callback("--" + name, keep_true, std::string(row.help));
    return;
  }
  if (row.repeatable) {
    const auto keep_all = [keep](const std::vector<std::string>& values) { std::ranges::for_each(values, keep); };
    app.add_option_function<std::vector<std::string>>("--" + name, keep_all, std::string(row.help))
        ->type_name(std::string(row.argument))
        ->allow_extra_args(false);
    return;
  }
  app.add_option_function<std::string>("--" + name, keep, std::string(row.help))
      ->type_name(std::string(row.argument))
      ->default_str(std::string(row.initial));
}

// The subcommands, of which one may be given. A later word is never a subcommand, as in `sessiond list list` for a user
// `list`. `request` gets a value when one is given.
void add_verbs(CLI::App& app, OperatorRequest& draft, std::optional<OperatorRequest>& request) {
  using Verb = OperatorRequest::Verb;
  app.require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* help, Verb verb) {
    CLI::App* command = app.add_subcommand(name, help)->fallthrough();
    command->add_flag("--json", draft.json, "write JSON, also of what goes wrong");
    command->final_callback([&draft, &request, verb] {
      draft.verb = verb;
      request = draft;
    });
    return command;
  };
  const auto with_user = [&](CLI::App* command) { return command->add_option("USER", draft.user, "the user's id"); };
  const auto with_filter = [&](CLI::App* command) {
    for (const FilterRow& row : kFilterRows) {
      const auto keep = [&draft, &row](const std::string& value) { draft.terms.emplace_back(row.name, value); };
      command->add_option_function<std::string>(flag_of_term(row.name), keep, "only those " + std::string(row.help))
          ->type_name(std::string(row.argument));
    }
    command->add_option("--rate", draft.rate, "keys a second that --everybody looks at, at most; 0 for no limit")
        ->default_val("20000")
        ->type_name("N");
  };
  CLI::App* list =
      add("list", "list a user's sessions, or everybody's: all, or those that every filter fits", Verb::kList);
  with_user(list);
  list->add_flag("--everybody", draft.everybody, "those of all users");
  with_filter(list);

  CLI::App* revoke = add(
      "revoke", "end one of a user's sessions or all, or everybody's, or those that every filter fits", Verb::kRevoke);
  with_user(revoke);
  revoke->add_option("ID", draft.session, "the session's id");
  revoke->add_flag("--all", draft.all, "end all of them");
  revoke->add_flag("--everybody", draft.everybody, "end those of all users, after asking");
  with_filter(revoke);
  revoke->add_flag("--dry-run", draft.dry_run, "only say how many");
  revoke->add_flag("--yes", draft.yes, "do not ask");

  with_user(add("disable", "end a user's sessions and let none be minted", Verb::kDisable))->required();
  with_user(add("enable", "let sessions of a disabled user be minted again", Verb::kEnable))->required();

  CLI::App* mint = add("mint", "mint a session and print its token", Verb::kMint);
  with_user(mint)->required();
  mint->add_option("--kind", draft.kind, "web or cli")->default_val("web")->type_name("KIND");
  mint->add_option("--username", draft.username, "name of a user who has no session yet; by default the id");
  mint->add_option("--token-file", draft.token_file, "a new file for the token, instead of standard output");

  CLI::App* events = add("events", "print what was done to sessions and users, as far as it is kept", Verb::kEvents);
  events->add_flag("--follow", draft.follow, "go on with what is done from now on, until it is interrupted");
  events->add_option("--since", draft.since, "an event's id, a time of RFC 3339, or how long ago, such as 10m")
      ->type_name("WHEN");

  add("deliver", "post events to webhook-url, until it is stopped", Verb::kDeliver);

  add("doctor", "examine Redis; exit 0 when all is well", Verb::kDoctor)
      ->add_flag("--keys", draft.keys, "also compare all indexes and sessions");
}

void describe(CLI::App& app, CommandLine& command, OperatorRequest& draft) {
  app.set_version_flag("--version", "sessiond " + std::string(kVersion));
  app.add_option("--config", command.file, "configuration file of `name = value` lines")
      ->type_name("FILE")
      ->default_str(kDefaultFile);
  app.add_flag("--check-config", command.check_config, "only say whether the options are good");
  app.add_flag("--dump-options", command.dump_options)->group("");  // hidden: for the build
  for (const OptionRow& row : option_table()) add_row(app, row, command.flags);
  add_verbs(app, draft, command.request);
}

std::string names_of_commands(const CLI::App& app) {
  std::string names;
  const std::vector<const CLI::App*> commands = app.get_subcommands(nullptr);
  for (const CLI::App* command : commands) {
    if (!names.empty()) names += command == commands.back() ? " and " : ", ";
    names += command->get_name();
  }
  return names;
}

// CLI11's own sentence, but for those of `--redis` without its value and of `--dev-login=maybe`.
std::string reason_of(const CLI::ParseError& error) {
  std::string text = error.what();
  if (error.get_name() == "ArgumentMismatch") return text.substr(0, text.find(':')) + " wants one value";
  if (error.get_name() == "ConversionError") return text.substr(text.rfind(": ") + 2) + ": true or false was expected";
  return text;
}

// The letters, digits and dashes that a word begins with.
std::string name_in(const std::string& word) {
  return word.substr(0, word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"));
}

// What is wrong with the command line, as a sentence. CLI11's own sentences name neither the command nor the way out.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> given = app.get_subcommands();
  const std::string command = given.empty() ? "" : given.front()->get_name();
  const std::string help = "; `sessiond " + command + (command.empty() ? "" : " ") + "--help` says what there is";
  const std::string place = command + (command.empty() ? "" : ": ");
  const std::vector<std::string> odd = app.remaining(true);
  if (odd.empty()) return place + reason_of(error) + help;
  // What follows the name may be a password that was meant for some option.
  if (const std::string name = name_in(odd.front()); name.starts_with('-'))
    return "there is no option `" + name + "`" + help;
  if (!command.empty()) return place + "`" + odd.front() + "` is a word too many" + help;
  return "there is no command `" + name_in(odd.front()) + "`; the commands are " + names_of_commands(app);
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, char** argv, int& exit_status) {
  CommandLine command;
  OperatorRequest draft;
  CLI::App app{"Keeps login sessions in Redis and answers for them behind nginx (FastCGI).\n"};
  describe(app, command, draft);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help and --version
    exit_status = app.exit(help);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    const bool json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    exit_status = complain({Failure::kBadRequest, explain(app, error)}, json);
    return std::nullopt;
  }
  return command;
}

Result<std::vector<Setting>> gather_settings(const CommandLine& command) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* named = std::getenv(kFileVariable);
  const std::string file = !command.file.empty() ? command.file : named != nullptr ? named : kDefaultFile;
  Result<std::vector<Setting>> settings = read_file(file, file != kDefaultFile);
  if (!settings) return settings;
  Result<std::vector<Setting>> environment = read_environment(environ);
  if (!environment) return environment;
  std::ranges::move(*environment, std::back_inserter(*settings));
  std::ranges::copy(command.flags, std::back_inserter(*settings));
  return settings;
}

Result<Options> make_options(std::span<const Setting> settings) {
  Options options;
  if (const Result<Done> applied = apply_settings(settings, options); !applied) return applied.error();
  if (options.policy.web_idle > 0 || options.policy.cli_idle > 0) options.activity.recorded = true;
  if (const Result<Done> fit = check_together(settings, options); !fit) return fit.error();
  find_credentials(options);
  return options;
}

std::string flag_of_term(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string dump_options() {
  std::string lines;
  for (const OptionRow& row : option_table()) {
    lines += "option\t";
    for (const std::string_view field : {row.name, row.argument, row.initial}) lines.append(field) += '\t';
    lines.append(environment_name(row.name)).append(row.live ? "\tlive\t" : "\trestart\t").append(row.help) += '\n';
  }
  CommandLine command;
  OperatorRequest draft;
  CLI::App app;
  describe(app, command, draft);
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    lines += "command\t" + verb->get_name() + '\t' + verb->get_description() + '\t';
    for (const CLI::Option* argument : verb->get_options()) {
      if (argument->get_name() != "--help") lines += argument->get_name() + ' ';
    }
    lines.back() = '\n';
  }
  return lines;
}

}  // namespace sessiond
