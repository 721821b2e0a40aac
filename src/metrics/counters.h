#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "metrics/redis_counters.h"
#include "metrics/turns.h"
#include "session/session.h"

namespace sessiond::metrics {

/// The values that the labels of metrics have. There are no others, so nothing from a request (a user, token, address
/// or id) ever becomes one.

/// The methods, as http::Method has them, and the statuses that answers have.
inline constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"};
inline constexpr std::array<int, 15> kStatuses = {200, 201, 204, 400, 401, 403, 404, 405,
                                                  409, 413, 415, 429, 431, 503, 500};
/// By status, less 200: its place in kStatuses.
constexpr std::array<std::uint8_t, 304> number_statuses() {
  std::array<std::uint8_t, 304> numbers{};
  numbers.fill(kStatuses.size() - 1);
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    numbers[static_cast<std::size_t>(kStatuses[i] - 200)] = static_cast<std::uint8_t>(i);
  }
  return numbers;
}
inline constexpr std::array<std::uint8_t, 304> kStatusNumbers = number_statuses();
/// The place of a status in kStatuses. Any other status counts as 500, as which it is sent.
[[nodiscard]] constexpr std::size_t number_of_status(int status) {
  const auto place = static_cast<std::size_t>(status - 200);
  return place < kStatusNumbers.size() ? kStatusNumbers[place] : kStatuses.size() - 1;
}

inline constexpr std::array<std::string_view, 3> kRealms = {"public", "check", "internal"};

/// Who wanted to know whose a token is.
enum class Asker { kGateway, kIntrospection, kCaller };
inline constexpr std::array<std::string_view, 3> kAskers = {"gateway", "introspection", "caller"};

/// What came of it. The store cannot tell a session that never was from one that has ended.
enum class Outcome { kAccepted, kNone, kMalformed, kGone, kWrongSecret, kStale, kForbidden, kFailed };
inline constexpr std::array<std::string_view, 8> kOutcomes = {"accepted",     "none",  "malformed", "gone",
                                                              "wrong_secret", "stale", "forbidden", "failed"};

/// The kinds of sessions, in the order of Kind, and one for a kind that is not known.
inline constexpr std::array<std::string_view, 3> kKinds = {"web", "cli", "unknown"};
inline constexpr std::size_t kUnknownKind = 2;

/// How a session came to be.
enum class Way { kLogin, kDevLogin, kCode, kDevice, kImpersonation };
inline constexpr std::array<std::string_view, 5> kWays = {"login", "dev_login", "code", "device", "impersonation"};

/// Why a session ended before its time.
enum class End { kLogout, kRevoked, kOthers, kToken, kOperator, kDisabled, kCap, kReplaced };
inline constexpr std::array<std::string_view, 8> kEnds = {"logout",   "revoked",  "others", "token",
                                                          "operator", "disabled", "cap",    "replaced"};

/// The codes that people type. Wrong ones are limited.
enum class Code { kCli, kDevice };
inline constexpr std::array<std::string_view, 2> kCodes = {"cli", "device"};

/// The kinds of work that is refused when there is too much, as Load::Work has them.
inline constexpr std::array<std::string_view, 2> kWorks = {"check", "other"};

/// The most routes that can be told apart.
inline constexpr std::size_t kMostRoutes = 48;

/// The answers of one route, or of all requests that match none.
class Answers {
 public:
  void add(http::Method method, int status, double seconds) {
    counts_[static_cast<std::size_t>(method)][number_of_status(status)].add();
    times_.add(seconds);
  }
  [[nodiscard]] std::uint64_t count(std::size_t method, std::size_t status) const {
    return counts_[method][status].value();
  }
  [[nodiscard]] const Histogram& times() const { return times_; }

 private:
  std::array<std::array<Counter, kStatuses.size()>, kMethods.size()> counts_;
  Histogram times_;  // from the start of the turn in which a request came
};

/// What one loop counts. Its own thread does, and any other may read. Nothing that another thread writes is in the
/// same cache line.
struct alignas(64) Counters {
  std::array<Answers, kMostRoutes + 1> answers;  // by the number of the route; the last: of none
  std::array<Counter, kWorks.size()> shed;
  std::array<Counter, kRealms.size()> accepted;  // connections
  std::array<Counter, kRealms.size()> ended;     // of those
  Per<Per<Counter, Outcome, kOutcomes.size()>, Asker, kAskers.size()> checks;
  std::array<Per<Counter, Way, kWays.size()>, 2> minted;                      // by Kind
  std::array<Per<Counter, End, kEnds.size()>, kKinds.size()> ended_sessions;  // by Kind, or kUnknownKind
  Per<Counter, Code, kCodes.size()> wrong_codes;
  RedisCounters redis;
  Turns turns;
};

/// The counters of all loops of the process. It is made before them, and outlives them.
class Board {
 public:
  explicit Board(std::size_t loops) : loops_(loops) {}

  [[nodiscard]] Counters& of(std::size_t loop) { return loops_[loop]; }
  [[nodiscard]] std::span<const Counters> loops() const { return loops_; }
  /// When the process started serving.
  [[nodiscard]] std::chrono::system_clock::time_point started() const { return started_; }

 private:
  std::vector<Counters> loops_;
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace sessiond::metrics
