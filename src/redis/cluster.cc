#include "redis/cluster.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "redis/round.h"

namespace sessiond {
namespace {

// Seconds.
constexpr double kUsualInterval = 5;       // between questions for the map
constexpr double kTroubledInterval = 0.2;  // while something is amiss
constexpr double kLeastInterval = 0.05;
constexpr double kPause = 0.02;  // before a command that nobody could run is tried again

// Redirections of one Round without a pause. More of them mean that two servers send each other's clients to and fro.
constexpr int kRedirectionsAtOnce = 8;

RedisAddress address_of(const RedisAddress& cluster, const Endpoint& server) {
  RedisAddress address = cluster;
  address.cluster.clear();
  address.server = server;
  return address;
}

}  // namespace

Cluster::Cluster(ev::loop_ref loop, RedisAddress address)
    : loop_(loop),
      address_(std::move(address)),
      inquiry_(loop, address_.identity, address_.timeout,
               {{"CLUSTER", "SLOTS"},
                address_.user,
                address_.password_file,
                "no server of the Redis Cluster says who owns which slot"},
               {[this](const Reply& reply, const Endpoint& asked) { return read(reply, asked); },
                [this](const Result<Done>& told) { on_map(told); }}),
      ask_(loop),
      retry_(loop) {
  ask_.set<Cluster, &Cluster::ask_for_map>(this);
  retry_.set<Cluster, &Cluster::send_parked>(this);
  inquiry_.set_servers(address_.cluster);
  ask_for_map();
}

Cluster::~Cluster() { close(); }

bool Cluster::proven() const {
  return map_known_ && gaps_.empty() &&
         std::ranges::all_of(servers_, [](const auto& server) { return server->proven(); });
}

std::string Cluster::trouble() const {
  if (!map_known_) return map_trouble_;
  if (!gaps_.empty()) return "no server of the Redis Cluster owns the slots " + gaps_;
  for (const auto& server : servers_) {
    if (!server->open()) return server->address().text() + ", of the Redis Cluster: " + server->trouble();
  }
  return {};
}

std::vector<Slot> Cluster::primaries() const {
  std::vector<Slot> slots;
  for (const auto& server : servers_) {
    const auto owned = std::ranges::find(owners_, server.get());
    if (owned != owners_.end()) slots.push_back(static_cast<Slot>(owned - owners_.begin()));
  }
  return slots;
}

void Cluster::close() {
  closed_ = true;
  ask_.stop();
  retry_.stop();
  inquiry_.stop();
  for (const Parked& parked : std::exchange(parked_, {})) parked.round->lose_one();
  for (const auto& server : servers_) server->close();
}

// What comes before the map waits for it.
void Cluster::send(Round& round, std::size_t index) {
  Pipeline* const server = owner(round.slot_);
  if (server != nullptr) {
    send_to(*server, round, index, false);
  } else if (!closed_ && !map_known_ && map_trouble_.empty()) {
    park(round, index);
  } else {
    round.lose_one();
  }
}

void Cluster::send_to(Pipeline& server, Round& round, std::size_t index, bool asking) {
  if (!server.open()) {
    round.lose_one();
    return;
  }
  if (asking) server.append(server.held_, std::array<std::string_view, 1>{"ASKING"}, nullptr, 0);
  server.append(server.held_, round.kept(index), &round, index);
}

bool Cluster::redirect(const Pipeline& from, const Waiting& command, const Reply& error) {
  const auto redirection = read_redirection(error.text, from.address().server);
  if (!redirection) return false;
  ask_soon();
  Round& round = *command.round;
  if (now() - round.sent_->since > address_.timeout) return false;
  round.replies_[command.index] = Reply{};
  const bool moved = redirection->kind == Redirection::Kind::kMoved;
  if (redirection->kind == Redirection::Kind::kLater || ++round.sent_->redirections > kRedirectionsAtOnce) {
    park(round, command.index);
    return true;
  }
  Pipeline& server = pipeline_to(redirection->server);
  if (moved) give(redirection->slot, &server);
  if (server.open()) send_to(server, round, command.index, !moved);
  else park(round, command.index);
  return true;
}

void Cluster::park(Round& round, std::size_t index) {
  parked_.push_back({&round, index, now() + kPause});
  if (!retry_.is_active()) retry_.start(kPause, 0);
}

void Cluster::send_parked() {
  while (!parked_.empty() && parked_.front().due <= now()) {
    const Parked next = parked_.front();
    parked_.pop_front();
    if (now() - next.round->sent_->since > address_.timeout) next.round->lose_one();
    else send(*next.round, next.index);
  }
  if (!parked_.empty()) retry_.start(std::max(0.0, parked_.front().due - now()), 0);
}

void Cluster::on_trouble() { ask_soon(); }

void Cluster::ask_soon() { ask_in(std::max(kLeastInterval, asked_at_ + kTroubledInterval - now())); }

void Cluster::ask_in(double seconds) {
  if (closed_) return;
  if (ask_.is_active() && ask_.remaining() <= seconds) return;
  ask_.stop();
  ask_.start(seconds, 0);
}

// Whoever gave a map with which not all goes well is not the one to ask next.
void Cluster::ask_for_map() {
  asked_at_ = now();
  if (map_known_ && !trouble().empty()) inquiry_.doubt();
  inquiry_.ask();
}

Result<Done> Cluster::read(const Reply& reply, const Endpoint& asked) {
  Result<SlotMap> map = read_slot_map(reply, asked);
  if (!map) return map.error();
  told_ = std::move(*map);
  return Done{};
}

void Cluster::on_map(const Result<Done>& told) {
  const std::string before = std::exchange(map_trouble_, told ? std::string() : told.error().text);
  if (map_trouble_ != before) {
    if (told) log::info("the Redis Cluster says again who owns which slot");
    else log::warning(map_trouble_);
  }
  if (told) adopt(told_);
  ask_in(trouble().empty() ? kUsualInterval : kTroubledInterval);
}

void Cluster::adopt(const SlotMap& map) {
  std::vector<Pipeline*> primaries;
  for (const Endpoint& primary : map.primaries) primaries.push_back(&pipeline_to(primary));
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::uint16_t owner = map.owner[slot];
    give(static_cast<Slot>(slot), owner == SlotMap::kNobody ? nullptr : primaries[owner]);
  }
  const std::string before = std::exchange(gaps_, map.gaps());
  if (gaps_ != before) {
    if (gaps_.empty()) log::info("every slot of the Redis Cluster has an owner");
    else log::warning("no server of the Redis Cluster owns the slots " + gaps_);
  }
  map_known_ = true;
  drop_the_idle();
  // Any primary can be asked for the next map, those that the address names when there is no other.
  std::vector<Endpoint> servers = address_.cluster;
  for (const Endpoint& primary : map.primaries) {
    if (std::ranges::find(servers, primary) == servers.end()) servers.push_back(primary);
  }
  inquiry_.set_servers(servers);
}

void Cluster::give(Slot slot, Pipeline* owner) {
  if (std::exchange(owners_[slot], owner) != owner) ++layout_;
}

Pipeline& Cluster::pipeline_to(const Endpoint& server) {
  const auto known = std::ranges::find_if(servers_, [&](const auto& it) { return it->address().server == server; });
  if (known != servers_.end()) return **known;
  servers_.push_back(std::make_unique<Pipeline>(loop_, address_of(address_, server), this));
  return *servers_.back();
}

// Those that own no slot and have nothing left to do.
void Cluster::drop_the_idle() {
  std::erase_if(servers_, [&](const auto& server) {
    return server->idle() && std::ranges::find(owners_, server.get()) == owners_.end();
  });
}

}  // namespace sessiond
