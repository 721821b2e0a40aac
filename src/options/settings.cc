#include "options/settings.h"

#include <algorithm>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr std::string_view kBlank = " \t\r";  // of a line of the configuration file

const OptionRow* find_row(std::string_view name) {
  const auto row = std::ranges::find(option_table(), name, &OptionRow::name);
  return row == option_table().end() ? nullptr : &*row;
}

// All that is set for an option, in order.
std::vector<std::string_view> values_of(std::span<const Setting> settings, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Setting& setting : settings) {
    if (setting.name == name) values.emplace_back(setting.value);
  }
  return values;
}

}  // namespace

const Setting& last_of(std::span<const Setting> settings, const Setting& initial) {
  const auto last = std::find_if(settings.rbegin(), settings.rend(),
                                 [&](const Setting& setting) { return setting.name == initial.name; });
  return last == settings.rend() ? initial : *last;
}

Result<std::vector<Setting>> read_settings(std::string_view text, const std::string& origin) {
  std::vector<Setting> settings;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = trim(text.substr(0, newline), kBlank);
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    if (line.empty() || line[0] == '#') continue;

    const std::string here = origin + ":" + std::to_string(number);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return bad_request(here + ": expected `name = value`");
    Setting setting{std::string(trim(line.substr(0, equals), kBlank)),
                    std::string(trim(line.substr(equals + 1), kBlank)), here};
    if (find_row(setting.name) == nullptr) {
      return bad_request(here + ": there is no option `" + setting.name + "`; `sessiond --help` lists them");
    }
    settings.push_back(std::move(setting));
  }
  return settings;
}

Result<Done> apply_settings(std::span<const Setting> settings, Options& options) {
  for (const Setting& setting : settings) {
    const OptionRow* row = find_row(setting.name);
    if (row == nullptr) return bad_request(setting.origin + ": there is no option `" + setting.name + "`");
    const Result<Done> done = row->set(options, setting.value);
    if (!done && row->may_hold_secret) {
      return bad_request(setting.origin + ": `" + setting.name + "`: " + done.error().text);
    }
    if (!done) {
      return bad_request(setting.origin + ": `" + setting.name + "` is `" + setting.value + "`, but " +
                         done.error().text + " was expected");
    }
  }
  return Done{};
}

std::vector<Change> find_changes(std::span<const Setting> before, std::span<const Setting> after) {
  std::vector<Change> changes;
  for (const OptionRow& row : option_table()) {
    const Setting initial{std::string(row.name), std::string(row.initial), {}};
    const Setting& was = last_of(before, initial);
    const Setting& is = last_of(after, initial);
    const bool others_differ = row.repeatable && values_of(before, row.name) != values_of(after, row.name);
    if (was.value != is.value || others_differ) changes.push_back({&row, is.value, is.origin});
  }
  // cppcheck-suppress returnDanglingLifetime; the table is there for ever
  return changes;
}

}  // namespace sessiond
