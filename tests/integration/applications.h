#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "integration/site.h"

namespace sessiond::test {

/// A site with applications of every kind behind a login: applications.conf, or another `site`, with
/// applications.py and a PHP-FPM. `edits` are those of Nginx, `options` further words of the worker's command line.
struct Applications {
  explicit Applications(const std::string& site = "tests/integration/applications.conf",
                        const std::vector<std::pair<std::string, std::string>>& edits = {{"#add_header Strict", "add_header Strict"}},
                        std::vector<std::string> options = {});

  Signed mint(const std::string& user_id, const Wanted& wanted = {});
  /// Where nginx speaks HTTP/2, in cleartext.
  [[nodiscard]] std::string http2_socket() const { return folder / "h2.sock"; }

  TempDir folder;
  RedisServer redis;
  Worker worker;
  Process applications;
  Process php;
  Nginx nginx;
  HttpClient web;
  HttpClient underscores;  // a server with `underscores_in_headers on`
  HttpClient operators;
};

/// What an application says it was told under a name; values of several joined by `|`, and nothing when
/// there was none.
[[nodiscard]] std::optional<std::string> told(const Response& response, const std::string& name);

/// The tests of a suite share such a site.
class ApplicationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<Applications>(); }
  static void TearDownTestSuite() { site_.reset(); }

  ApplicationsTest() : site(*site_), session(site.mint("álice")) {}
  Response get(const std::string& path, const std::vector<std::string>& headers) {
    return site.web.send({"GET", path, headers, {}});
  }

  Applications& site;
  const Signed session;
  const std::string user = "%C3%A1lice";  // as headers have it

 private:
  static inline std::unique_ptr<Applications> site_;
};

}  // namespace sessiond::test
