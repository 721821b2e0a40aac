#pragma once

#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>

#include "redis/reply.h"

struct redisReader;

namespace sessiond {

/// Who gets the replies that a ReplyReader reads.
class ReplyReceiver {
 public:
  virtual ~ReplyReceiver() = default;
  /// Where to put the next reply: a nil Reply. Null when nobody waits for one.
  virtual Reply* next_reply() = 0;
  /// Memory for what that reply holds.
  virtual std::pmr::memory_resource* memory_of_next_reply() = 0;
};

/// Reads the replies of one server (RESP2) and builds each where it will be used. The only one that knows hiredis,
/// whose reader calls functions of ours for each item that it reads.
class ReplyReader {
 public:
  /// The receiver outlives the reader.
  explicit ReplyReader(ReplyReceiver& receiver);

  /// Takes some bytes. hiredis moves what it still holds to the front after each kB that it has read: it is best
  /// given little.
  void feed(std::string_view bytes);
  /// The next whole reply, in its place. Null when it has not come yet, or when `fault` says that none will.
  [[nodiscard]] const Reply* next();
  /// Why the bytes are no reply, for people; empty while they are one. A reply that nobody waits for, and one that is
  /// larger than any of Redis's, count as out of memory.
  [[nodiscard]] std::string fault() const;

 private:
  struct Deleter {
    void operator()(redisReader* reader) const;
  };

  std::unique_ptr<redisReader, Deleter> reader_;
};

}  // namespace sessiond
