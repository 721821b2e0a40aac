#include "redis/primary.h"

#include <utility>

#include "base/text.h"
#include "log/log.h"

namespace sessiond {
namespace {

// The value behind a name, in a reply that is a list of names and values. Empty when the name is not there.
std::string_view value_of(const Reply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (reply.text_at(i) == name) return reply.text_at(i + 1).value_or(std::string_view());
  }
  return {};
}

}  // namespace

Primary::Primary(ev::loop_ref loop, const RedisAddress& address, Events events)
    : loop_(loop), address_(address), events_(std::move(events)) {
  if (address_.sentinels.empty()) return;
  // In this order: when a failover happens between the two, the epoch is still the old one, and the next answers
  // correct that.
  Inquiry::Question question{
      {{"SENTINEL", "MASTER", address_.primary_name}, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", address_.primary_name}},
      address_.sentinel_user,
      address_.sentinel_password_file,
      "no sentinel says where the primary is"};
  sentinels_ = std::make_unique<Inquiry>(
      loop, address_.identity, address_.timeout, std::move(question),
      Inquiry::Events{[this](std::size_t command, const Reply& reply, const Endpoint& sentinel) {
                        return command == 0 ? read_epoch(reply) : read_place(reply, sentinel);
                      },
                      [this](const Result<Done>& told) { on_told(told); }});
  sentinels_->set_servers(address_.sentinels);
}

void Primary::start() {
  starting_ = true;
  if (sentinels_) sentinels_->ask();
  else dial(address_.server);
}

void Primary::stop() {
  starting_ = false;
  if (sentinels_) sentinels_->stop();
  if (dial_) dial_->stop();
}

// Each time another sentinel: one that is cut off from the others answers as well as they do.
void Primary::ask_again() {
  if (!sentinels_) return;
  sentinels_->doubt();
  sentinels_->ask();
}

// Sentinels that watch a primary anew count from the start.
void Primary::doubt() {
  epoch_ = 0;
  if (sentinels_) sentinels_->doubt();
}

Result<Done> Primary::read_epoch(const Reply& master) {
  const auto epoch = parse_number<long long>(value_of(master, "config-epoch"));
  if (!epoch) return Error{Failure::kUnavailable, "its SENTINEL MASTER has no known form"};
  if (*epoch < epoch_) return Error{Failure::kUnavailable, "it has not heard of the last failover"};
  epoch_told_ = *epoch;
  return Done{};
}

// The place is not taken from SENTINEL MASTER: until the other replicas have followed, that has the old primary with
// the new epoch. The primary is reached as the sentinel is: with TLS or without.
Result<Done> Primary::read_place(const Reply& place, const Endpoint& sentinel) {
  const auto host = place.text_at(0).value_or(std::string_view());
  const auto port = parse_number<int>(place.text_at(1).value_or(std::string_view()));
  const auto primary = endpoint_at(host, port.value_or(0), sentinel);
  if (host.empty() || !primary) {
    return Error{Failure::kUnavailable, "its SENTINEL GET-MASTER-ADDR-BY-NAME has no known form"};
  }
  told_ = *primary;
  return Done{};
}

void Primary::on_told(const Result<Done>& told) {
  note(told);
  const bool newer = told && epoch_told_ > epoch_;
  if (told) epoch_ = epoch_told_;
  if (!std::exchange(starting_, false)) {
    // With an equal epoch the primary is right: it says itself that it is one.
    if (newer && told_ != *server_) events_.moved(told_);
    return;
  }
  if (told) dial(told_);
  else if (server_) dial(*server_);
  else events_.connected(told.error());
}

// Logged, as nobody else would notice while the known primary serves, until a failover needs a sentinel.
void Primary::note(const Result<Done>& told) {
  const bool silent = !told && server_;
  if (silent && !trouble_logged_) log::warning(told.error().text + "; the known one is used");
  if (!silent && trouble_logged_) log::info("a sentinel answers again");
  trouble_logged_ = silent;
}

// The Dial to a server is kept: it may have a look-up under way.
void Primary::dial(const Endpoint& server) {
  if (!dial_ || *server_ != server) {
    server_ = server;
    dial_ = std::make_unique<Dial>(loop_, server, address_.identity, address_.timeout, events_.connected);
  }
  dial_->start();
}

}  // namespace sessiond
