#include "integration/redis_server.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGKILL
#include <sys/stat.h>

#include "integration/socket.h"

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

RedisServer::RedisServer(const TempDir& folder, std::vector<std::string> settings)
    : folder_(folder), settings_(std::move(settings)) {
  mkdir((folder_ / "redis").c_str(), 0755);
}

void RedisServer::start() {
  // The shell lets a write beyond the largest size of a file fail instead of ending Redis.
  std::vector<std::string> arguments = {
      "sh",           "-c",           "trap '' XFSZ; exec \"$@\"",     "sh",
      "redis-server", "--port",       "0",   "--unixsocket", socket(), "--dir", folder_ / "redis",
      "--save",       "",             "--hash-max-listpack-value", "1024", "--loglevel", "warning"};
  arguments.insert(arguments.end(), settings_.begin(), settings_.end());
  process_ = std::make_unique<Process>(arguments, folder_ / "redis.log");
  process_->wait_until([this] { return answers(socket()); }, "redis-server");
}

void RedisServer::crash() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::restart() {
  process_.reset();
  start();
}

}  // namespace sessiond::test
