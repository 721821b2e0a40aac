#include "integration/crowd.h"

#include <algorithm>
#include <cstdlib>

#include "integration/site.h"

namespace sessiond::test {

Crowd::Crowd(const std::string& socket, std::size_t count) {
  peers_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) peers_.push_back(peer_of(socket));
}

void Crowd::send(const std::vector<std::string>& requests) {
  asked_ = requests.size();
  for (std::size_t i = 0; i < asked_; ++i) {
    if (!peers_.at(i)->write(requests[i])) throw std::runtime_error("the worker has closed a connection");
  }
}

void Crowd::wait_until_taken() const {
  for (const auto& peer : peers_) peer->wait_until_taken();
}

std::vector<Response> Crowd::read() {
  std::vector<Response> responses;
  for (std::size_t i = 0; i < asked_; ++i) responses.push_back(peers_[i]->read_response());
  return responses;
}

std::vector<Response> Crowd::ask(const std::vector<std::string>& requests) {
  send(requests);
  return read();
}

std::vector<Response> Crowd::ask(const std::string& request) {
  return ask(std::vector<std::string>(peers_.size(), request));
}

std::size_t races(std::size_t usual) {
  const char* factor = std::getenv("RACES");
  return factor == nullptr ? usual : std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(usual) * std::stod(factor)));
}

bool has_more_races(std::size_t raced, std::size_t usual, bool shown) {
  return raced < races(usual) || (!shown && raced < usual);
}

std::map<int, std::size_t> by_status(const std::vector<Response>& responses) {
  std::map<int, std::size_t> counts;
  for (const Response& response : responses) ++counts[response.status];
  return counts;
}

std::string minting_request(const std::string& user, const std::string& replaces) {
  Wanted wanted;
  if (!replaces.empty()) wanted.replaces = replaces;
  return http1::post("/internal/v1/sessions", minting_json(user_json(user), wanted));
}

std::string revocation_request(const std::string& token, const std::string& id) {
  return fastcgi::request("DELETE", "/api/v1/auth/sessions/" + id, token);
}

}  // namespace sessiond::test
