#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "integration/process.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// A front end other than nginx, with a configuration of its own in a folder of ours, before the worker of the same
/// folder. Ended when this goes.
struct FrontEnd {
  std::string address;  // as HttpClient takes it
  std::unique_ptr<Process> process;
};

/// Changes of a configuration, each a text and what takes its place.
using Edits = std::vector<std::pair<std::string, std::string>>;

/// Caddy with nginx/examples/Caddyfile, before the application http.app in the folder. `edits` are an operator's.
[[nodiscard]] FrontEnd start_caddy(const TempDir& folder, const Edits& edits);
[[nodiscard]] inline FrontEnd start_caddy(const TempDir& folder) { return start_caddy(folder, {}); }
/// Those with tests/integration/apache.conf, haproxy.conf and lighttpd.conf.
[[nodiscard]] FrontEnd start_apache(const TempDir& folder);
[[nodiscard]] FrontEnd start_haproxy(const TempDir& folder);
[[nodiscard]] FrontEnd start_lighttpd(const TempDir& folder);

}  // namespace sessiond::test
