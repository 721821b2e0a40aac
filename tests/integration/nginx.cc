#include "integration/nginx.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "integration/socket.h"

namespace sessiond::test {
Nginx::Nginx(const TempDir& folder, const std::string& site, const std::vector<std::pair<std::string, std::string>>& edits)
    : folder_(folder) {
  namespace fs = std::filesystem;
  if (!fs::exists("nginx/sessiond-http.conf")) throw std::runtime_error("run this from the top of the repository");
  fs::create_directories(folder / "tmp");
  std::vector<fs::path> files;
  for (const char* place : {"nginx", "nginx/examples"}) {
    for (const auto& file : fs::directory_iterator(place)) files.push_back(file.path());
  }
  for (const fs::path& file : files) {
    if (file.extension() != ".conf") continue;
    std::string text = replaced(read_file(file), "/run/sessiond/", folder.path() + "/");
    text = replaced(std::move(text), "snippets/", "");
    text = replaced(std::move(text), "/usr/share/sessiond/www", fs::absolute("nginx/www").string());
    for (const auto& [from, to] : edits) text = replaced(std::move(text), from, to);
    write_file(folder / file.filename().string(), text);
  }
  std::string text = replaced(read_file(site), "@LISTEN@", "unix:" + socket());
  text = replaced(std::move(text), "@STATE@", folder.path());
  if (geteuid() == 0) text = "user root;\n" + text;
  write_file(folder / "nginx.conf", text);

  const std::string program = fs::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
  process_ = std::make_unique<Process>(
      std::vector<std::string>{program, "-p", folder.path() + "/", "-c", "nginx.conf", "-e", "stderr"},
      folder / "nginx.log");
  process_->wait_until([this] { return static_cast<bool>(connect_to(socket())); }, "nginx");
}

}  // namespace sessiond::test
