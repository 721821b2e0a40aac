#include "options/environment.h"

#include <regex.h>

#include <algorithm>
#include <stdexcept>

namespace sessiond {
namespace {

constexpr std::string_view kPrefix = "SESSIOND_";

// POSIX's regular expressions: those of <regex> take longer to compile than the rest of this room.
bool matches(std::string_view text, const std::string& pattern) {
  regex_t expression;
  if (::regcomp(&expression, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    throw std::logic_error(pattern);
  const bool found = ::regexec(&expression, std::string(text).c_str(), 0, nullptr, 0) == 0;
  ::regfree(&expression);
  return found;
}

}  // namespace

std::string environment_name(std::string_view option) {
  std::string name(kPrefix);
  for (const char c : option) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
bool is_of_kubernetes(std::string_view name, std::string_view value) {
  constexpr const char* kNames =
      "SESSIOND_([A-Z0-9_]+_)?"
      "(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)";
  if (matches(name, kNames)) return true;
  return matches(name, "SESSIOND_([A-Z0-9_]+_)?PORT") && matches(value, "(tcp|udp|sctp)://.+");
}

Result<std::vector<Setting>> read_environment(const char* const* variables) {
  std::vector<Setting> settings;
  for (; *variables != nullptr; ++variables) {
    const std::string_view text = *variables;
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with(kPrefix) || name.size() == text.size() || name == kFileVariable) continue;
    const std::string_view value = text.substr(name.size() + 1);
    const auto row =
        std::ranges::find(option_table(), name, [](const OptionRow& r) { return environment_name(r.name); });
    if (row != option_table().end()) {
      settings.push_back({std::string(row->name), std::string(value), std::string(name)});
    } else if (!is_of_kubernetes(name, value)) {
      return Error{Failure::kBadRequest, "environment: there is no option for `" + std::string(name) +
                                             "`; `sessiond --help` lists the options"};
    }
  }
  return settings;
}

}  // namespace sessiond
