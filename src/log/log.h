#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sessiond::log {

enum class Level { kDebug, kInfo, kWarning, kError };

/// How a line looks: for people, with its fields behind its text as `name=value`; or a JSON object.
enum class Format { kText, kJson };

/// Which of the process's streams the log is.
enum class Output { kStandardError, kStandardOutput };

/// What a program that reads the log finds in a line without understanding its text. The name is in small letters.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Opens the log: one line an event. Where the log is standard error and the systemd journal reads that, lines of kText
/// are handed to the journal as entries with their fields, `SESSIOND_NAME` each. When the journal takes no entry, the
/// line is written with its priority in front, as sd-daemon(3) has it, and without the time, which the journal adds.
/// Call once, at start, before any thread.
void open(Level lowest, Format format = Format::kText, Output output = Output::kStandardError);

/// Changes the least that is logged. Any thread may call.
void set_level(Level lowest);

/// Writes one line. A field without a value is left out. Control characters are shown as `\xNN`, so that nothing a
/// client or a server sent can forge a line. Any thread may call.
void write(Level level, std::string_view text, std::span<const Field> fields);

/// Likewise, with the field `request_id`, which may be empty.
void write(Level level, std::string_view request_id, std::string_view text);

inline void info(std::string_view text) { write(Level::kInfo, {}, text); }
inline void warning(std::string_view text) { write(Level::kWarning, {}, text); }
inline void error(std::string_view text) { write(Level::kError, {}, text); }

/// While it exists, a thread of its own writes the lines, and nobody who logs waits for the reader of the log's stream.
/// 4,096 lines may wait; when there are more, the oldest are dropped, and a line in their place says how many. Its
/// destructor writes what still waits, for a second at most, as a reader that has stopped reading must not keep the
/// process. One at a time, from `open` on; nobody may log while it begins or ends.
class Background {
 public:
  explicit Background(Format format = Format::kText, Output output = Output::kStandardError);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Used instead of `open`, for a command of one thread that itself says what went wrong: lines from `lowest` on are
/// kept, not written. Lower ones are dropped, except audit records, which have fields: those go to the systemd journal
/// at once, and to standard error where there is no journal or they are to be JSON.
class Kept {
 public:
  explicit Kept(Level lowest, Format format = Format::kText);
  /// The lines so far, without time and level.
  [[nodiscard]] const std::vector<std::string>& lines() const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace sessiond::log
