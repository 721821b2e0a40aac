#pragma once

#include <ev++.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/address.h"
#include "store/channel.h"
#include "store/dial.h"

struct redisReader;

namespace sessiond {

/// Asks Redis Sentinels which server is the primary that has the address's name (`SENTINEL
/// get-master-addr-by-name`). The connection to the one that answered is kept for the next question. Where that
/// one does not answer, the others are asked in turn, each for its share of the timeout. Never blocks. Belongs to
/// the loop's thread.
class Sentinels {
 public:
  /// Where the primary is, or why none of them says so, for people.
  using Told = std::function<void(const Result<Endpoint>&)>;

  Sentinels(ev::loop_ref loop, const RedisAddress& address, Told told);

  /// Ends with one call of `told`, perhaps before it returns, unless `stop` comes first. While a question is
  /// open, it asks no second one.
  void ask();
  /// What the last answer said was of no use: another is asked next.
  void doubt();
  void stop();

 private:
  struct ReaderDeleter {
    void operator()(redisReader* reader) const;
  };

  [[nodiscard]] double share_of_timeout() const;
  void try_this_one();
  void on_dialed(Result<Channel> dialed);
  [[nodiscard]] Result<Done> add_password(std::string& bytes);
  void send_question(std::string before);
  void on_readable();
  void take_replies();
  void on_timeout();
  void give_up_this_one(const std::string& reason);
  void move_on();
  void settle(const Result<Endpoint>& result);
  void hang_up();

  RedisAddress address_;
  Told told_;
  std::vector<std::unique_ptr<Dial>> dials_;  // one a sentinel
  std::size_t current_ = 0;                   // of those
  std::size_t tried_ = 0;                     // for this question
  bool asking_ = false;
  std::string failures_;  // of this question
  Channel channel_;       // to the current one, or none
  std::unique_ptr<redisReader, ReaderDeleter> reader_;
  bool password_sent_ = false;  // and not yet answered
  ev::io readable_;
  ev::timer patience_;
};

}  // namespace sessiond
