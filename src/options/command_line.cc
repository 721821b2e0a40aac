#include "options/command_line.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

namespace sessiond {
namespace {

constexpr const char* kVersion = "sessiond 1.0.0";
constexpr const char* kDefaultFile = "/etc/sessiond/sessiond.conf";

// `redis-user` is SESSIOND_REDIS_USER in the environment.
std::string environment_name(std::string_view option) {
  std::string name = "SESSIOND_";
  for (const char c : option) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

Result<std::vector<Setting>> read_file(const std::string& path, bool must_exist) {
  std::ifstream file(path);
  if (!file) {
    if (!must_exist) return std::vector<Setting>{};
    return Error{Failure::kBadRequest, path + ": cannot be read"};
  }
  std::stringstream text;
  text << file.rdbuf();
  return read_settings(text.str(), path);
}

std::vector<Setting> read_environment() {
  std::vector<Setting> settings;
  for (const OptionRow& row : option_table()) {
    const std::string name = environment_name(row.name);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
    if (const char* value = std::getenv(name.c_str())) settings.push_back({std::string(row.name), value, name});
  }
  return settings;
}

// systemd's LoadCredential puts secrets where only the service can read them.
void find_credentials(Options& options) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || !options.redis.password_file.empty()) return;
  const std::string path = std::string(directory) + "/redis-password";
  if (std::ifstream(path)) options.redis.password_file = path;
}

// The subcommands. `request` gets a value when one is given.
void add_verbs(CLI::App& app, OperatorRequest& draft, std::optional<OperatorRequest>& request) {
  using Verb = OperatorRequest::Verb;
  const auto add = [&](const char* name, const char* help, Verb verb) {
    CLI::App* command = app.add_subcommand(name, help)->fallthrough();
    command->add_flag("--json", draft.json, "write JSON");
    command->final_callback([&draft, &request, verb] {
      draft.verb = verb;
      request = draft;
    });
    return command;
  };
  const auto with_user = [&](CLI::App* command) {
    command->add_option("USER", draft.user, "the user's id")->required();
    return command;
  };
  with_user(add("list", "list a user's sessions", Verb::kList));

  CLI::App* revoke = with_user(add("revoke", "end one or all of a user's sessions", Verb::kRevoke));
  revoke->add_option("ID", draft.session, "the session's id");
  revoke->add_flag("--all", draft.all, "end all of them");

  CLI::App* mint = with_user(add("mint", "mint a session and print its token", Verb::kMint));
  mint->add_option("--kind", draft.kind, "web or cli")->default_val("web")->type_name("KIND");
  mint->add_option("--username", draft.username, "name of a user who has no session yet; by default the id");
  mint->add_option("--token-file", draft.token_file, "a new file for the token, instead of standard output");

  add("doctor", "examine Redis; exit 0 when all is well", Verb::kDoctor)
      ->add_flag("--keys", draft.keys, "also compare all indexes and sessions");
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, char** argv, int& exit_status) {
  CommandLine result;
  std::string file = kDefaultFile;
  std::map<std::string, std::string> given;
  CLI::App app{"Keeps login sessions in Redis and answers for them behind nginx (FastCGI).\n"};
  app.set_version_flag("--version", kVersion);
  CLI::Option* file_option = app.add_option("--config", file, "configuration file of `name = value` lines")
                                 ->type_name("FILE")
                                 ->default_str(kDefaultFile);
  OperatorRequest draft;
  add_verbs(app, draft, result.request);
  app.add_flag("--check-config", result.check_config, "only say whether the options are good");
  for (const OptionRow& row : option_table()) {
    const std::string flag = "--" + std::string(row.name);
    const std::string name(row.name);
    const auto keep = [&given, name](const std::string& value) { given[name] = value; };
    if (row.argument.empty()) {
      app.add_flag_callback(flag, [keep] { keep("true"); }, std::string(row.help));
    } else {
      app.add_option_function<std::string>(flag, keep, std::string(row.help))
          ->type_name(std::string(row.argument))
          ->default_str(std::string(row.initial));
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 1;
    return std::nullopt;
  }

  const auto refuse = [&exit_status](const Error& error) {
    std::cerr << "sessiond: " << error.text << '\n';
    exit_status = 1;
    return std::nullopt;
  };
  Result<std::vector<Setting>> settings = read_file(file, file_option->count() > 0);
  if (!settings) return refuse(settings.error());
  for (Setting& setting : read_environment()) settings->push_back(std::move(setting));
  for (const auto& [name, value] : given) settings->push_back({name, value, "command line"});
  if (const Result<Done> applied = apply_settings(*settings, result.options); !applied) return refuse(applied.error());
  find_credentials(result.options);
  return result;
}

}  // namespace sessiond
