#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sessiond::log {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Opens the log: standard error, one line an event. Under systemd a line begins with its
/// priority as sd-daemon(3) has it and bears no time, which the journal adds. Call once, at
/// start, before any thread.
void open(Level lowest);

/// Changes the least that is logged. Any thread may call.
void set_level(Level lowest);

/// Writes one line. Control characters in `text` are shown as `\xNN`, so that nothing a client
/// or a server sent can forge a line. `request_id` may be empty. Any thread may call.
void write(Level level, std::string_view request_id, std::string_view text);

inline void info(std::string_view text) { write(Level::kInfo, {}, text); }
inline void warning(std::string_view text) { write(Level::kWarning, {}, text); }
inline void error(std::string_view text) { write(Level::kError, {}, text); }

/// While it lives, lines are written by a thread of their own, and nobody who logs waits for whoever reads standard
/// error. 4,096 lines may wait; when there are more, the oldest go, and a line in their place says how many went.
/// Its end writes what still waits, for a second at most, for a reader that has stopped reading must not keep the
/// process. One at a time, from `open` on; nobody may log while it begins or ends.
class Background {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Instead of `open`, for a program of one thread that says itself what went wrong: lines are kept, not written.
class Kept {
 public:
  explicit Kept(Level lowest);
  /// The lines so far, without time and level.
  [[nodiscard]] const std::vector<std::string>& lines() const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace sessiond::log
