#include "redis/info.h"

namespace sessiond {

std::optional<std::string> info_value(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::size_t newline = info.find('\n');
    std::string_view line = info.substr(0, newline);
    info = newline == std::string_view::npos ? std::string_view{} : info.substr(newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') {
      return std::string(line.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

}  // namespace sessiond
