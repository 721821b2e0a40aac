#include "redis/redis.h"

#include <utility>

#include "log/log.h"

namespace sessiond {
namespace {

constexpr double kErrorLogInterval = 1.0;  // seconds

}  // namespace

Redis::Redis(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters)
    : loop_(loop), confirmation_(address.confirmation) {
  if (address.cluster.empty()) single_.emplace(loop, address, counters);
  else cluster_ = std::make_unique<Cluster>(loop, std::move(address), counters);
}

std::string Redis::name_of(Slot slot) const {
  const Server* const server = single_ ? &*single_ : cluster_->owner(slot);
  return server == nullptr ? "nobody" : server->address().text();
}

std::unique_ptr<Subscription> Redis::subscribe(std::string channel, std::function<void()> begun,
                                               std::function<void(std::string_view)> heard) {
  const auto servers = [this] { return cluster_->servers(); };
  return std::make_unique<Subscription>(loop_, cluster_->address(), std::move(channel),
                                        Subscription::Events{servers, std::move(begun), std::move(heard)});
}

void Redis::close() {
  if (single_) single_->close();
  else cluster_->close();
}

void Redis::note_error(std::string_view text) {
  const ev_tstamp now = loop_.now();
  if (now - error_logged_at_ < kErrorLogInterval) return;
  error_logged_at_ = now;
  log::warning("Redis answers with an error: " + std::string(text));
}

}  // namespace sessiond
