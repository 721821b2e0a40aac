#include "metrics/redis_counters.h"

#include <utility>

namespace sessiond::metrics {

RedisError kind_of_reply(std::string_view error) {
  using Row = std::pair<std::string_view, RedisError>;
  static constexpr std::array<Row, 13> kWords = {{{"OOM", RedisError::kMemory},
                                                  {"MISCONF", RedisError::kDisk},
                                                  {"NOREPLICAS", RedisError::kReplicas},
                                                  {"NOPERM", RedisError::kPermission},
                                                  {"NOAUTH", RedisError::kPermission},
                                                  {"READONLY", RedisError::kRole},
                                                  {"MASTERDOWN", RedisError::kRole},
                                                  {"LOADING", RedisError::kRefused},
                                                  {"MOVED", RedisError::kRedirected},
                                                  {"ASK", RedisError::kRedirected},
                                                  {"TRYAGAIN", RedisError::kRedirected},
                                                  {"CLUSTERDOWN", RedisError::kRedirected},
                                                  {"UNBLOCKED", RedisError::kRole}}};
  const std::string_view word = error.substr(0, error.find(' '));
  for (const auto& [text, kind] : kWords) {
    if (word == text) return kind;
  }
  return RedisError::kOther;
}

bool RedisCounters::up() const {
  std::int64_t others = 0;
  for (const Connection state : {Connection::kClosed, Connection::kConnecting, Connection::kGreeting}) {
    others += connections[state].value();
  }
  return others == 0 && unowned_slots.value() == 0 && connections[Connection::kPrimary].value() > 0;
}

}  // namespace sessiond::metrics
