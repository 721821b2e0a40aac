#include "soak/swarm.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>

#include "base/text.h"
#include "integration/process.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

// The value of a header as nginx spells its name; empty when there is none.
std::string_view header(std::string_view head, std::string_view name) {
  const std::string begin = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(begin);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + begin.size());
  return rest.substr(0, rest.find("\r\n"));
}

}  // namespace

Swarm::Swarm(std::vector<std::string> doors, std::size_t clients)
    : doors_(std::move(doors)), clients_(clients), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (Client& client : clients_) client.connections.resize(doors_.size());
}

void Swarm::ask(std::size_t number, const Request& request) {
  Client& client = clients_[number];
  Fd& connection = client.connections[request.door];
  if (!connection) {
    connection = connect_to(doors_[request.door]);
    if (!connection) throw std::runtime_error("nginx does not listen at " + doors_[request.door]);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.get(), &event);
  }
  client.door = request.door;
  client.sent = Clock::now();
  if (!write_all(connection.get(), request.bytes)) throw std::runtime_error("nginx has closed a connection");
}

bool Swarm::receive(std::size_t number, Answer& answer) {
  Client& client = clients_[number];
  Fd& connection = client.connections[client.door];
  std::array<char, 65536> block;
  const ssize_t count = recv(connection.get(), block.data(), block.size(), MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) throw std::runtime_error("nginx closed a connection before its answer");
  client.received.append(block.data(), static_cast<std::size_t>(count));

  const std::size_t end = client.received.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  answer.head = std::string_view(client.received).substr(0, end + 2);
  const auto length = parse_number<std::size_t>(header(answer.head, "Content-Length")).value_or(0);
  if (client.received.size() < end + 4 + length) return false;
  answer.status = parse_number<int>(answer.head.substr(9, 3)).value_or(0);
  answer.body = std::string_view(client.received).substr(end + 4, length);
  answer.took = Clock::now() - client.sent;
  if (header(answer.head, "Connection") == "close") connection = Fd();
  return true;
}

std::uint64_t Swarm::run(const Load& load, const std::function<Request(std::size_t)>& next,
                         const std::function<void(std::size_t, const Answer&)>& seen) {
  const auto start = Clock::now();
  const auto end = start + load.time;
  std::deque<std::size_t> resting(clients_.size());
  for (std::size_t i = 0; i < resting.size(); ++i) resting[i] = i;
  std::uint64_t begun = 0;
  std::array<epoll_event, 256> events;
  for (;;) {
    const auto now = Clock::now();
    const std::chrono::duration<double> passed = now - start;
    while (!resting.empty() && now < end && begun < load.requests &&
           (load.per_second == 0 || static_cast<double>(begun) < passed.count() * load.per_second)) {
      const std::size_t client = resting.front();
      resting.pop_front();
      ask(client, next(client));
      ++begun;
    }
    const bool over = now >= end || begun >= load.requests;
    if (over && resting.size() == clients_.size()) return begun;

    const bool paced = !over && load.per_second > 0 && !resting.empty();
    const int patience = paced ? 1 : static_cast<int>(std::chrono::milliseconds(kPatience).count());
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience);
    if (count == 0 && !paced) throw std::runtime_error("no answer comes");
    for (int i = 0; i < count; ++i) {
      const std::size_t client = events[static_cast<std::size_t>(i)].data.u64;
      Answer answer;
      if (!receive(client, answer)) continue;
      seen(client, answer);
      clients_[client].received.clear();
      resting.push_back(client);
    }
  }
}

std::string http_request(const std::string& method, const std::string& path, const std::string& token,
                         const std::string& body) {
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: site.example\r\n";
  if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
  if (!body.empty()) {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return request + "\r\n" + body;
}

double percentile(std::vector<double> seconds, double share) {
  if (seconds.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(seconds.size() - 1));
  std::ranges::nth_element(seconds, seconds.begin() + at);
  return 1000 * seconds[static_cast<std::size_t>(at)];
}

}  // namespace sessiond::test
