#pragma once

#include <ev++.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/dial.h"
#include "redis/reply.h"
#include "redis/reply_reader.h"

namespace sessiond {

/// Asks one question of several servers, any of which may answer it. The connection to the one that answered is kept
/// for the next time. Where that one does not answer, the others are asked in turn, each for its share of the
/// timeout. Never blocks. Belongs to the loop's thread.
class Inquiry final : public ReplyReceiver {
 public:
  /// Who is asked what, and as whom.
  struct Question {
    std::vector<std::vector<std::string>> commands;  // sent together
    std::string user;                                // ACL user; empty for the default one
    std::string password_file;                       // read at each connect; empty for none
    std::string unanswered;                          // what the failure begins with when nobody answers
  };
  struct Events {
    /// Reads the reply of the server `asked` to the command of this number. An error is the reason, for people, why it
    /// cannot be used: then the next server is asked.
    std::function<Result<Done>(std::size_t command, const Reply& reply, const Endpoint& asked)> read;
    /// Called at the end: the reply of a server could be read, or why none could, for people.
    std::function<void(const Result<Done>&)> ended;
  };

  /// `timeout`: seconds, for all of them.
  Inquiry(ev::loop_ref loop, TlsIdentity identity, double timeout, Question question, Events events);

  /// Whom to ask from now on, at least one. Not while a question is open.
  void set_servers(const std::vector<Endpoint>& servers);
  /// Ends with one call of `ended`, perhaps before it returns, unless `stop` comes first. While a question is
  /// open, it asks no second one.
  void ask();
  /// The last answer was of no use: another server is asked next. Does nothing while a question is open.
  void doubt();
  void stop();

 private:
  struct Server {
    Endpoint endpoint;
    std::unique_ptr<Dial> dial;
  };

  [[nodiscard]] double share_of_timeout() const;
  void try_this_one();
  void on_dialed(Result<Channel> dialed);
  void send_question(std::string before);
  void on_readable();
  void take_replies();
  void on_timeout();
  void give_up_this_one(const std::string& reason);
  void move_on();
  void settle(const Result<Done>& result);
  void hang_up();
  Reply* next_reply() override;
  std::pmr::memory_resource* memory_of_next_reply() override { return &memory_; }

  ev::loop_ref loop_;
  TlsIdentity identity_;
  double timeout_;
  Question question_;
  Events events_;
  std::vector<Server> servers_;
  std::size_t current_ = 0;  // of those
  std::size_t tried_ = 0;    // for this question
  bool asking_ = false;
  std::string failures_;  // of this question
  Channel channel_;       // to the current one, or none
  std::optional<ReplyReader> reader_;
  Reply reply_;
  std::pmr::monotonic_buffer_resource memory_;  // of the reply
  bool password_sent_ = false;                  // and not yet answered
  std::size_t answered_ = 0;                    // of the commands
  ev::io readable_;
  ev::timer patience_;
};

}  // namespace sessiond
