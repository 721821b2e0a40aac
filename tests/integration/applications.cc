#include "integration/applications.h"

#include <filesystem>
#include <sstream>

#include "base/text.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

RedisServer& started(RedisServer& redis) {
  redis.start();
  return redis;
}

std::vector<std::string> with_check_headers(std::vector<std::string> options) {
  for (const char* header : {"Remote-Email: email", "Remote-Groups: groups", "Remote-Name:display_name"}) {
    options.insert(options.end(), {"--check-header", header});
  }
  return options;
}

// Debian names the program by its version.
std::string php_fpm() {
  for (const auto& file : std::filesystem::directory_iterator("/usr/sbin")) {
    if (file.path().filename().string().starts_with("php-fpm")) return file.path();
  }
  throw std::runtime_error("php-fpm is missing; `make setup-test` installs it");
}

std::vector<std::string> php_command(const TempDir& folder) {
  write_file(folder / "show.php", read_file("tests/integration/show.php"));
  write_file(folder / "php.conf", "[global]\nerror_log = /dev/stderr\ndaemonize = no\n[www]\nuser = root\ngroup = root\n"
                                  "listen = " + folder / "php.app" + "\npm = static\npm.max_children = 1\n");
  return {php_fpm(), "-n", "-R", "-y", folder / "php.conf"};
}

}  // namespace

Applications::Applications(const std::string& site, const std::vector<std::pair<std::string, std::string>>& edits,
                           std::vector<std::string> options)
    : redis(folder),
      worker((started(redis), folder), with_check_headers(std::move(options))),
      applications({"python3", "tests/integration/applications.py", folder.path()}, folder / "applications.log"),
      php(php_command(folder), folder / "php.log"),
      nginx((write_file(folder / "passwords", "alice:{PLAIN}secret\n"), folder), site, edits),
      web(nginx.socket(), HttpClient::Answers::kFromAStandIn),
      underscores(folder / "underscores.sock", HttpClient::Answers::kFromAStandIn),
      operators(worker.internal_socket()) {
  for (const char* name : {"http.app", "scgi.app", "uwsgi.app"}) {
    applications.wait_until([&] { return bool{connect_to(folder / name)}; }, name);
  }
  php.wait_until([&] { return bool{connect_to(folder / "php.app")}; }, "php-fpm");
}

Signed Applications::mint(const std::string& user_id, const Wanted& wanted) {
  return signed_by(operators.send(
      {"POST", "/internal/v1/sessions", {"Content-Type: application/json"}, minting_json(user_json(user_id), wanted)}));
}

std::optional<std::string> told(const Response& response, const std::string& name) {
  std::optional<std::string> found;
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);) {
    // HTTP/2 has headers in small letters.
    if (!equal_ignoring_case(line.substr(0, name.size() + 2), name + ": ")) continue;
    found = (found ? *found + "|" : "") + line.substr(name.size() + 2);
  }
  return found;
}

}  // namespace sessiond::test
