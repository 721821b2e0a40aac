#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "options/options.h"

namespace sessiond {

/// A value for an option and where it was found, for messages: `sessiond.conf:12`.
struct Setting {
  std::string name;
  std::string value;
  std::string origin;
};

/// Reads `name = value` lines; `#` begins a comment line. Fails on a line of another form or a
/// name that is not in the table, naming file and line. `origin` is the file's name.
[[nodiscard]] Result<std::vector<Setting>> read_settings(std::string_view text, const std::string& origin);

/// Applies settings in order, so that later ones win. Fails with the first bad value: where it
/// stood, what it was, what was expected.
[[nodiscard]] Result<Done> apply_settings(std::span<const Setting> settings, Options& options);

/// The setting that wins for the option that `initial` names, or else `initial`.
[[nodiscard]] const Setting& last_of(std::span<const Setting> settings, const Setting& initial);

/// An option's new text.
struct Change {
  const OptionRow* row;
  std::string value;
  std::string origin;  // where the new value stands; empty when it is the default's again
};

/// The options whose text differs between two lists of settings.
[[nodiscard]] std::vector<Change> find_changes(std::span<const Setting> before, std::span<const Setting> after);

}  // namespace sessiond
