#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "integration/peer.h"

namespace sessiond::test {

/// Many connections to one socket of the worker, so that it has as many requests at once.
class Crowd {
 public:
  Crowd(const std::string& socket, std::size_t count);

  [[nodiscard]] std::size_t size() const { return peers_.size(); }

  /// Sends peer `i` the request `i`. No answer is read.
  void send(const std::vector<std::string>& requests);
  /// Waits until the worker has taken what was sent.
  void wait_until_taken() const;
  /// Reads the answers to what was sent.
  std::vector<Response> read();

  /// Sends every peer its request, then reads the answers.
  std::vector<Response> ask(const std::vector<std::string>& requests);
  std::vector<Response> ask(const std::string& request);

 private:
  std::vector<std::unique_ptr<Peer>> peers_;
  std::size_t asked_ = 0;
};

/// How many races of a kind to run, or other things of which more show more: `usual`, times what RACES= says, and at least
/// one.
[[nodiscard]] std::size_t races(std::size_t usual);
/// Whether to go on after so many: until that many ran, and with RACES= below 1 until they have also `shown` all that can
/// come about, or the usual number ran.
[[nodiscard]] bool has_more_races(std::size_t raced, std::size_t usual, bool shown);

/// How many of the answers have each status.
[[nodiscard]] std::map<int, std::size_t> by_status(const std::vector<Response>& responses);

/// The request that mints a session for this user, for the internal socket.
[[nodiscard]] std::string minting_request(const std::string& user, const std::string& replaces = "");
/// The request that revokes the session `id` of the token's user, for the public one.
[[nodiscard]] std::string revocation_request(const std::string& token, const std::string& id);

}  // namespace sessiond::test
