#include "integration/front_end.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "integration/http_client.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// The text of a configuration, each edit made wherever it fits, which must be somewhere.
std::string configuration(const std::string& file, const Edits& edits) {
  std::string text = read_file(file);
  for (const auto& [from, to] : edits) {
    if (text.find(from) == std::string::npos) throw std::runtime_error("`" + from + "` is not in " + file);
    text = replaced(std::move(text), from, to);
  }
  return text;
}

bool serves(const std::string& address) try {
  return HttpClient(address, HttpClient::Answers::kFromAStandIn).send({"GET", "/", {}, {}}).status > 0;
} catch (const std::exception&) {
  return false;
}

FrontEnd started(const TempDir& folder, const std::string& address, const std::vector<std::string>& command) {
  FrontEnd front{address, std::make_unique<Process>(command, folder / "front-end.log",
                                                    std::vector<std::string>{"XDG_CONFIG_HOME=" + folder.path(), "XDG_DATA_HOME=" + folder.path()})};
  front.process->wait_until([&] { return serves(address); }, command.front());
  return front;
}

}  // namespace

FrontEnd start_caddy(const TempDir& folder, const Edits& edits) {
  const std::string socket = folder / "front-end.sock";
  Edits all = {{"example.org {", "{\n\tadmin off\n\tauto_https off\n}\nhttp:// {\n\tbind unix/" + socket},
               {"/run/sessiond/", folder.path() + "/"},
               {"127.0.0.1:3000\n", "unix/" + (folder / "http.app") + "\n"}};
  all.insert(all.end(), edits.begin(), edits.end());
  write_file(folder / "Caddyfile", configuration("nginx/examples/Caddyfile", all));
  return started(folder, socket, {"caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"});
}

FrontEnd start_apache(const TempDir& folder) {
  // It listens at no Unix socket, and does not serve as root.
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  if (geteuid() == 0) std::filesystem::permissions(folder / "public.sock", std::filesystem::perms::all);
  write_file(folder / "apache.conf", configuration("tests/integration/apache.conf",
                                                   {{"@STATE@", folder.path()}, {"@ADDRESS@", address}, {"@USER@", geteuid() == 0 ? "User nobody\nGroup nogroup" : ""}}));
  return started(folder, address, {"/usr/sbin/apache2", "-DFOREGROUND", "-f", folder / "apache.conf"});
}

FrontEnd start_haproxy(const TempDir& folder) {
  const std::string socket = folder / "front-end.sock";
  write_file(folder / "haproxy.conf", configuration("tests/integration/haproxy.conf", {{"@STATE@", folder.path()}, {"@ADDRESS@", socket}}));
  return started(folder, socket, {"/usr/sbin/haproxy", "-db", "-f", folder / "haproxy.conf"});
}

FrontEnd start_lighttpd(const TempDir& folder) {
  const std::string socket = folder / "front-end.sock";
  write_file(folder / "lighttpd.conf", configuration("tests/integration/lighttpd.conf", {{"@STATE@", folder.path()}, {"@ADDRESS@", socket}}));
  return started(folder, socket, {"/usr/sbin/lighttpd", "-D", "-f", folder / "lighttpd.conf"});
}

}  // namespace sessiond::test
