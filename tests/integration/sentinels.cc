#include "integration/sentinels.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

namespace sessiond::test {
namespace {

std::vector<std::string> words_of(int port, const std::vector<std::string>& more) {
  std::vector<std::string> words = more;
  words.insert(words.end(), {"--port", std::to_string(port), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"});
  return words;
}

bool listens_at(int port) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

// The line of INFO replication, whole.
std::string line_of(RedisClient& client, const std::string& name) {
  const std::string info = client({"INFO", "replication"}).text;
  const std::size_t at = info.find(name + ":");
  return at == std::string::npos ? "" : info.substr(at, info.find('\r', at) - at);
}

}  // namespace

ReachableRedis::ReachableRedis(const std::vector<std::string>& more) : redis(folder, words_of(port, more)) { redis.start(); }

void ReachableRedis::follow(const ReachableRedis& primary) const {
  RedisClient follower = redis.client();
  RedisClient followed = primary.redis.client();
  follower({"REPLICAOF", "127.0.0.1", std::to_string(primary.port)});
  wait_for("a replica that has all", [&] {
    return line_of(follower, "master_link_status") == "master_link_status:up" && line_of(follower, "master_repl_offset") == line_of(followed, "master_repl_offset");
  });
}

std::vector<std::string> ReachableRedis::worker_options(const std::string& where) const {
  return {"--redis", where, "--redis-user", kAccount, "--redis-password-file", account_password_file(folder)};
}

std::string Sentinels::file(std::size_t number) const { return folder_ / ("sentinel-" + std::to_string(number)); }

RedisClient Sentinels::client(std::size_t number) const { return RedisClient(file(number) + ".sock"); }

void Sentinels::start_one(std::size_t number, const std::string& lines) {
  ports_.at(number) = free_port();
  write_file(file(number), "port " + std::to_string(port(number)) + "\nbind 127.0.0.1\nunixsocket " + file(number) + ".sock\ndir " + folder_.path() + "\n" + lines);
  auto& process = processes_.at(number);
  process = std::make_unique<Process>(std::vector<std::string>{"redis-server", file(number), "--sentinel"}, file(number) + ".log");
  process->wait_until([&] { return listens_at(port(number)); }, "a sentinel");
}

void Sentinels::start(int primary_port, const std::string& more, std::size_t replicas) {
  for (std::size_t i = 0; i < kCount; ++i) {
    start_one(i, "sentinel monitor people 127.0.0.1 " + std::to_string(primary_port) +
                     " 2\nsentinel down-after-milliseconds people 500\nsentinel failover-timeout people 3000\n" + more);
  }
  for (const auto& process : processes_) {
    process->wait_until([&] { return count_of("+sentinel ", process->log()) == kCount - 1 && count_of("+slave ", process->log()) == replicas; }, "the others");
  }
}

std::string Sentinels::address(const std::string& name) const {
  std::string list;
  for (const int port : ports_) list += (list.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(port);
  return "redis+sentinel://" + list + "/" + name;
}

}  // namespace sessiond::test
