#include "redis/cluster.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "log/log.h"
#include "redis/greeting.h"
#include "redis/info.h"
#include "redis/round.h"

namespace sessiond {
namespace {

// Seconds.
constexpr double kUsualInterval = 5;    // between questions for the map
constexpr double kFirstInterval = 0.2;  // while something is amiss, at first
constexpr double kLongestInterval = 1;  // at most
constexpr double kGrowth = 1.5;
constexpr double kLeastInterval = 0.05;
constexpr double kPause = 0.03;  // before a command that nobody could run is tried again

// How many redirections a command may have, on average over its Round, before it has to pause. More of them mean that
// two servers send each other's clients to and fro.
constexpr int kRedirectionsAtOnce = 4;

RedisAddress address_of(const RedisAddress& cluster, const Endpoint& server) {
  RedisAddress address = cluster;
  address.cluster.clear();
  address.server = server;
  return address;
}

}  // namespace

Cluster::Cluster(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters)
    : loop_(loop),
      address_(std::move(address)),
      counters_(counters),
      inquiry_(loop, address_.identity, address_.timeout,
               {{{"CLUSTER", "INFO"}, {"CLUSTER", "SLOTS"}},
                address_.user,
                address_.password_file,
                "no server of the Redis Cluster says who owns which slot"},
               {[this](std::size_t command, const Reply& reply, const Endpoint& asked) {
                  return read(command, reply, asked);
                },
                [this](const Result<Done>& told) { on_map(told); }}),
      interval_(kFirstInterval),
      ask_(loop),
      retry_(loop) {
  ask_.set<Cluster, &Cluster::ask_for_map>(this);
  retry_.set<Cluster, &Cluster::send_parked>(this);
  inquiry_.set_servers(address_.cluster);
  counters_.unowned_slots.set(kSlots);
  ask_for_map();
}

Cluster::~Cluster() { close(); }

std::optional<Slot> Cluster::slot_of(const Server& server) const {
  const auto owned = std::ranges::find(owners_, &server);
  if (owned == owners_.end()) return std::nullopt;
  return static_cast<Slot>(owned - owners_.begin());
}

std::vector<const Server*> Cluster::owners() const {
  std::vector<const Server*> owners;
  for (const auto& server : servers_) {
    if (slot_of(*server)) owners.push_back(server.get());
  }
  return owners;
}

std::vector<Endpoint> Cluster::servers() const {
  std::vector<Endpoint> servers = address_.cluster;
  for (const Server* const owner : owners()) {
    const Endpoint& endpoint = owner->address().server;
    if (std::ranges::find(servers, endpoint) == servers.end()) servers.push_back(endpoint);
  }
  return servers;
}

bool Cluster::settled() const {
  if (!map_known_) return !map_trouble_.empty();
  return std::ranges::all_of(owners(), [](const Server* it) { return it->proven() || !it->open(); });
}

std::string Cluster::trouble() const {
  if (!map_known_ && map_trouble_.empty()) return "no server of the Redis Cluster has answered yet";
  if (!map_known_) return map_trouble_;
  if (!gaps_.empty()) return "no server of the Redis Cluster owns the slots " + gaps_;
  for (const Server* owner : owners()) {
    if (owner->proven()) continue;
    const std::string& reason = owner->trouble();
    return owner->address().text() + ", of the Redis Cluster: " + (reason.empty() ? "it has not answered yet" : reason);
  }
  return {};
}

std::vector<Slot> Cluster::primaries() const {
  std::vector<Slot> slots;
  for (const Server* owner : owners()) slots.push_back(*slot_of(*owner));
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

// A command that no server takes fails at once, unless the map is not known yet.
void Cluster::send(Round& round, std::size_t index) {
  if (try_to_send(round, index)) return;
  if (open() && !map_known_ && !closed_) park(round, index);
  else round.lose_one();
}

bool Cluster::try_to_send(Round& round, std::size_t index) {
  Server* const server = owner(round.slot_);
  return server != nullptr && send_to(*server, round, index, false);
}

bool Cluster::send_to(Server& server, Round& round, std::size_t index, bool asking) {
  Pipeline& pipeline = server.pipeline(round.is_change());
  if (!pipeline.open()) return false;
  if (asking) pipeline.append(pipeline.held_, std::array<std::string_view, 1>{"ASKING"}, nullptr, 0);
  pipeline.append(pipeline.held_, round.kept_[index], &round, index);
  return true;
}

bool Cluster::redirect(const Pipeline& from, const Waiting& command, const Reply& error) {
  Round& round = *command.round;
  if (round.kept_.empty()) return false;  // of a greeting (redis/greeting.h)
  const auto redirection = read_redirection(error.text, from.address().server);
  if (!redirection) return false;
  on_trouble();
  round.replies_[command.index] = Reply{};
  const bool moved = redirection->kind == Redirection::Kind::kMoved;
  const int most = kRedirectionsAtOnce * static_cast<int>(round.size());
  if (redirection->kind == Redirection::Kind::kLater || ++round.redirections_ > most) {
    park(round, command.index);
    return true;
  }
  Server& server = server_at(redirection->server);
  if (moved) give(redirection->slot, &server);
  if (!send_to(server, round, command.index, !moved)) park(round, command.index);
  return true;
}

void Cluster::park(Round& round, std::size_t index) {
  round.redirections_ = 0;
  parked_.push_back({&round, index, now() + kPause});
  if (!retry_.is_active()) retry_.start(kPause, 0);
}

// None of these has run: each is tried until its time is over.
void Cluster::send_parked() {
  while (!parked_.empty() && parked_.front().due <= now()) {
    const auto [round, index, due] = parked_.front();
    parked_.pop_front();
    if (now() - round->kept_at_ > address_.timeout) round->lose_one();
    else if (!try_to_send(*round, index)) park(*round, index);
  }
  if (!parked_.empty()) retry_.start(std::clamp(parked_.front().due - now(), 0.0, kPause), 0);
}

void Cluster::on_trouble() {
  doubted_ = true;
  ask_in(std::clamp(asked_at_ + interval_ - now(), kLeastInterval, kLongestInterval));
}

void Cluster::ask_in(double seconds) {
  if (closed_) return;
  if (ask_.is_active() && ask_.remaining() <= seconds) return;
  ask_.stop();
  ask_.start(seconds, 0);
}

// When something went wrong with the last map, another server is asked.
void Cluster::ask_for_map() {
  asked_at_ = now();
  if (std::exchange(doubted_, false) || !proven()) inquiry_.doubt();
  inquiry_.ask();
}

Result<Done> Cluster::read(std::size_t command, const Reply& reply, const Endpoint& asked) {
  if (command == 0) return read_epoch(reply);
  Result<SlotMap> map = read_slot_map(reply, asked);
  if (!map) return map.error();
  told_ = std::make_unique<SlotMap>(std::move(*map));
  return Done{};
}

Result<Done> Cluster::read_epoch(const Reply& info) {
  const auto epoch = parse_number<long long>(info_value(info.text, "cluster_current_epoch").value_or(""));
  if (!epoch) return Error{Failure::kUnavailable, "it answers: " + quote_redis(info.text)};
  if (*epoch < epoch_) return Error{Failure::kUnavailable, "it knows an older epoch of the cluster than others do"};
  epoch_told_ = *epoch;
  return Done{};
}

void Cluster::on_map(const Result<Done>& told) {
  note_map(told);
  const std::uint64_t before = layout_;
  epoch_ = told ? epoch_told_ : 0;  // a cluster that was made anew counts from the start
  if (told) adopt(*std::exchange(told_, nullptr));
  const bool well = proven();
  interval_ = well || layout_ != before ? kFirstInterval : std::min(interval_ * kGrowth, kLongestInterval);
  ask_in(well ? kUsualInterval : interval_);
}

void Cluster::note_map(const Result<Done>& told) {
  const bool was_silent = !map_trouble_.empty();
  map_trouble_ = told ? std::string() : told.error().text;
  if (told && was_silent) log::info("the Redis Cluster says again who owns which slot");
  if (!told && !was_silent) log::warning(map_trouble_);
}

void Cluster::adopt(const SlotMap& map) {
  std::vector<Server*> primaries;
  primaries.reserve(map.primaries.size());
  for (const Endpoint& primary : map.primaries) primaries.push_back(&server_at(primary));
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::uint16_t owner = map.owner[slot];
    give(static_cast<Slot>(slot), owner == SlotMap::kNobody ? nullptr : primaries[owner]);
  }
  counters_.unowned_slots.set(std::ranges::count(owners_, nullptr));
  const std::string before = std::exchange(gaps_, map.gaps());
  if (gaps_ != before) {
    if (gaps_.empty()) log::info("every slot of the Redis Cluster has an owner");
    else log::warning("no server of the Redis Cluster owns the slots " + gaps_);
  }
  drop_the_idle();
  if (!std::exchange(map_known_, true)) {
    for (Parked& parked : parked_) parked.due = 0;
    send_parked();
  }
  // Any primary can be asked for the next map, those that the address names when there is no other.
  inquiry_.set_servers(servers());
}

void Cluster::give(Slot slot, Server* owner) {
  if (std::exchange(owners_[slot], owner) != owner) ++layout_;
}

Server& Cluster::server_at(const Endpoint& endpoint) {
  const auto known = std::ranges::find_if(servers_, [&](const auto& it) { return it->address().server == endpoint; });
  if (known != servers_.end()) return **known;
  servers_.push_back(std::make_unique<Server>(loop_, address_of(address_, endpoint), counters_, this));
  return *servers_.back();
}

// Deletes servers that own no slot and have nothing left to do.
void Cluster::drop_the_idle() {
  std::erase_if(servers_, [&](const auto& server) { return server->idle() && !slot_of(*server); });
}

}  // namespace sessiond
