#include "integration/redis_server.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGKILL
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <iterator>
#include <sstream>
#include <stdexcept>

#include "integration/socket.h"
#include "integration/waiting.h"

namespace sessiond::test {
namespace {

// Whether it answers, be it only that a password is needed.
bool answers(const std::string& socket) {
  const Fd fd = connect_to(socket);
  if (!fd || !write_all(fd.get(), "PING\r\n")) return false;
  const std::string reply = read_some(fd.get());
  return reply.starts_with("+PONG") || reply.starts_with("-NOAUTH");
}

}  // namespace

std::vector<std::string> account_settings() {
  const std::string shipped = read_file("systemd/redis-sessiond.conf");
  const std::size_t start = shipped.find(" ~sessiond:*");
  if (start == std::string::npos) throw std::runtime_error("the example names no rights");
  std::istringstream rights(shipped.substr(start, shipped.find('\n', start) - start));
  std::vector<std::string> words = {"--user", kAccount, "on", ">account-password"};
  words.insert(words.end(), std::istream_iterator<std::string>(rights), {});
  return words;
}

std::string account_password_file(const TempDir& folder) { return folder / "account-password"; }

RedisServer::RedisServer(const TempDir& folder, std::vector<std::string> settings)
    : folder_(folder), settings_(std::move(settings)) {
  mkdir((folder_ / "redis").c_str(), 0755);
  write_file(account_password_file(folder_), "account-password\n");
}

RedisServer::~RedisServer() {
  if (!serves_) return;
  // A sentinel that makes another one the primary closes the connections of this one's clients.
  RedisAnswer log;
  const bool answered = happens([&] {
    try {
      log = client()({"ACL", "LOG"});
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
  EXPECT_TRUE(answered) << "Redis does not say what it refused";
  for (const RedisAnswer& refused : log.elements) {
    ADD_FAILURE() << "Redis refused " << refused.elements[9].text << ": " << refused.elements[3].text << " "
                  << refused.elements[7].text;
  }
  // At SIGTERM it would end up to 0.1 s later, and what it keeps is not wanted any more.
  crash();
}

void RedisServer::start() {
  // The shell lets a write beyond the largest size of a file fail instead of ending Redis.
  std::vector<std::string> arguments = {
      "sh",           "-c",           "trap '' XFSZ; exec \"$@\"",     "sh",
      "redis-server", "--port",       "0",   "--unixsocket", socket(), "--dir", folder_ / "redis",
      "--save",       "",             "--hash-max-listpack-value", "1024", "--loglevel", "warning"};
  const std::vector<std::string> account = account_settings();
  arguments.insert(arguments.end(), account.begin(), account.end());
  arguments.insert(arguments.end(), settings_.begin(), settings_.end());
  process_ = std::make_unique<Process>(arguments, folder_ / "redis.log");
  process_->wait_until([this] { return answers(socket()); }, "redis-server");
  serves_ = true;
}

void RedisServer::pause() {
  serves_ = false;
  process_->pause();
}

void RedisServer::resume() {
  process_->resume();
  serves_ = true;
}

void RedisServer::crash() {
  serves_ = false;
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::restart() {
  process_.reset();
  start();
}

}  // namespace sessiond::test
