#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "session/activity.h"
#include "session/session.h"

namespace sessiond {

/// Whether a session is what a term says, at `now` by Redis's clock.
using Fits = std::function<bool(const Session& session, Millis now)>;

/// Reads the value of a term as an operator writes it. The error's text is what was expected.
using ReadTerm = Result<Fits> (*)(std::string_view value);

/// What can be said of sessions, each in words of its own.
namespace terms {
[[nodiscard]] Result<Fits> kind(std::string_view value);
[[nodiscard]] Result<Fits> user_agent(std::string_view value);
[[nodiscard]] Result<Fits> ip(std::string_view value);
[[nodiscard]] Result<Fits> created_before(std::string_view value);
[[nodiscard]] Result<Fits> idle_since(std::string_view value);
[[nodiscard]] Result<Fits> name(std::string_view value);
[[nodiscard]] Result<Fits> amr(std::string_view value);
[[nodiscard]] Result<Fits> external_id(std::string_view value);
}  // namespace terms

/// A term that a Filter can have.
struct FilterRow {
  std::string_view name;  // of a query's parameter, and of a flag with `-` for `_`
  std::string_view argument;
  std::string_view help;
  ReadTerm read;
};

/// All of them: a further one is one more line here, and a function that reads it.
inline constexpr FilterRow kFilterRows[] = {
    {"kind", "KIND", "of this kind, web or cli", terms::kind},
    {"user_agent", "TEXT", "whose User-Agent contains this, in capitals or not", terms::user_agent},
    {"ip", "NETWORK", "last used from this address or network (CIDR)", terms::ip},
    {"created_before", "WHEN", "minted before this time, or longer ago than 90d", terms::created_before},
    {"idle_since", "WHEN", "not used since this time, or for 90d", terms::idle_since},
    {"name", "NAME", "to which their person gave this name", terms::name},
    {"amr", "METHOD", "whose person signed in by this method, such as pwd", terms::amr},
    {"external_id", "TEXT", "which the login service knows by this id", terms::external_id},
};

/// Their names.
inline constexpr auto kFilterNames = [] {
  std::array<std::string_view, std::size(kFilterRows)> names;
  std::transform(std::begin(kFilterRows), std::end(kFilterRows), names.begin(),
                 [](const auto& row) { return row.name; });
  return names;
}();

/// Which sessions an operator means: those that all of its terms fit. Without terms it fits every session; the caller
/// decides whether that can be meant. A term about something that a session does not have does not fit.
class Filter {
 public:
  /// Adds the term of this name. kBadRequest for an unknown name, for one that has been added, and for a value that it
  /// cannot have; the text says what was expected.
  [[nodiscard]] Result<Done> add(std::string_view name, std::string_view value);

  [[nodiscard]] bool empty() const { return terms_.empty(); }
  /// Whether there is another term than this.
  [[nodiscard]] bool says_more_than(std::string_view name) const;
  /// The value of the term of this name, as it was written; nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  [[nodiscard]] bool fits(const Session& session, Millis now) const;

  /// kBadRequest when a term asks for more than is recorded of sessions, for then it would fit none, or not all that
  /// are meant.
  [[nodiscard]] Result<Done> judgeable(bool activity, RecordIp ip) const;

  /// For people and for a log: `kind cli, user_agent curl`.
  [[nodiscard]] std::string text() const;

 private:
  struct Term {
    std::string_view name;
    std::string value;
    Fits fits;
  };

  std::vector<Term> terms_;
};

}  // namespace sessiond
