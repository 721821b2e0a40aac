#include "store/primary.h"

#include <utility>

#include "base/log.h"

namespace sessiond {

Primary::Primary(ev::loop_ref loop, const RedisAddress& address, Events events)
    : loop_(loop), address_(address), events_(std::move(events)) {
  if (address_.sentinels.empty()) return;
  sentinels_ = std::make_unique<Sentinels>(loop, address_, [this](const Result<Endpoint>& told) { on_told(told); });
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

void Primary::on_told(const Result<Endpoint>& told) {
  note(told);
  if (!std::exchange(starting_, false)) {
    if (told && *told != *server_) events_.moved(*told);
    return;
  }
  if (told) dial(*told);
  else if (server_) dial(*server_);
  else events_.connected(told.error());
}

// While the known primary serves, nobody would see that there is none to ask until a failover needs one.
void Primary::note(const Result<Endpoint>& told) {
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
