#include "redis/primary.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace sessiond {

Primary::Primary(ev::loop_ref loop, const RedisAddress& address, Events events)
    : loop_(loop), address_(address), events_(std::move(events)) {
  if (address_.sentinels.empty()) return;
  Inquiry::Question question{{{"SENTINEL", "get-master-addr-by-name", address_.primary_name}},
                             address_.sentinel_user,
                             address_.sentinel_password_file,
                             "no sentinel says where the primary is"};
  sentinels_ = std::make_unique<Inquiry>(
      loop, address_.identity, address_.timeout, std::move(question),
      Inquiry::Events{
          [this](std::size_t, const Reply& reply, const Endpoint& sentinel) { return read(reply, sentinel); },
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

void Primary::ask_again() {
  if (sentinels_) sentinels_->ask();
}

void Primary::doubt() {
  if (sentinels_) sentinels_->doubt();
}

// The primary is reached as the sentinel is: with TLS or without.
Result<Done> Primary::read(const Reply& reply, const Endpoint& sentinel) {
  const auto host = reply.text_at(0);
  const auto port = parse_number<int>(reply.text_at(1).value_or(""));
  if (!host || !can_be_host(*host) || !port || *port < 1 || *port > kHighestPort) {
    return Error{Failure::kUnavailable, "it knows no primary called " + address_.primary_name};
  }
  told_ = sentinel;
  told_.host = *host;
  told_.port = *port;
  return Done{};
}

void Primary::on_told(const Result<Done>& told) {
  note(told);
  if (!std::exchange(starting_, false)) {
    if (told && told_ != *server_) events_.moved(told_);
    return;
  }
  if (told) dial(told_);
  else if (server_) dial(*server_);
  else events_.connected(told.error());
}

// While the known primary serves, nobody would see that there is none to ask until a failover needs one.
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
