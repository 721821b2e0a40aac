// Redis over TLS: whom the worker trusts, whom it does not, and what it says then.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>
#include <utility>

#include "integration/crowd.h"
#include "integration/process.h"
#include "integration/readiness.h"
#include "integration/redis_cluster.h"
#include "integration/redis_server.h"
#include "integration/site.h"
#include "integration/socket.h"
#include "integration/temp_dir.h"
#include "integration/worker.h"

namespace sessiond::test {
namespace {

void run(const TempDir& folder, const std::vector<std::string>& words) {
  Process process(words, folder / "openssl.log");
  if (process.wait() != 0) throw std::runtime_error(process.log());
}

// Makes NAME.pem and NAME.key of an authority that signs itself.
void make_authority(const TempDir& folder, const std::string& name) {
  run(folder, {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
               "/CN=" + name, "-keyout", folder / (name + ".key"), "-out", folder / (name + ".pem")});
}

// Makes NAME.pem and NAME.key, which an authority has signed for these names. `clock` are words that come before
// openssl's, and set its clock.
void make_certificate(const TempDir& folder, const std::string& name, const std::string& authority, const std::string& names,
                      std::vector<std::string> clock = {}) {
  run(folder, {"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
               "-keyout", folder / (name + ".key"), "-out", folder / "request"});
  write_file(folder / "names", "subjectAltName=" + names + "\n");
  clock.insert(clock.end(), {"openssl", "x509", "-req", "-in", folder / "request", "-CA", folder / (authority + ".pem"), "-CAkey",
                             folder / (authority + ".key"), "-CAcreateserial", "-days", "10", "-extfile", folder / "names", "-out",
                             folder / (name + ".pem")});
  run(folder, clock);
}

const std::string kOwnNames = "IP:127.0.0.1,DNS:localhost";

// A Redis with TLS at a port, whose certificate, NAME.pem, can be changed. Its Unix socket is for the test itself.
class Tls : public testing::Test {
 protected:
  Tls() {
    make_authority(folder_, "ca");
    make_certificate(folder_, "server", "ca", kOwnNames);
  }

  std::vector<std::string> settings(const std::string& certificate = "server", const std::string& clients = "no") {
    return {"--tls-port",         std::to_string(port_),
            "--bind",             "127.0.0.1",
            "--tls-cert-file",    folder_ / (certificate + ".pem"),
            "--tls-key-file",     folder_ / (certificate + ".key"),
            "--tls-ca-cert-file", folder_ / "ca.pem",
            "--tls-auth-clients", clients};
  }

  [[nodiscard]] std::string address(const std::string& host = "127.0.0.1") const { return "rediss://" + host + ":" + std::to_string(port_); }
  [[nodiscard]] std::string ca() const { return folder_ / "ca.pem"; }

  TempDir folder_;
  int port_ = free_port();
};

std::string sign_in(FastCgiClient& peer, const std::string& name) {
  const std::string cookie =
      peer.ask(fastcgi::post("/api/v1/auth/dev-login", R"({"username":")" + name + R"("})")).header("set-cookie").value_or("");
  return cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
}

TEST_F(Tls, ServesEverybodyAsWithoutIt) {
  RedisServer redis(folder_, settings());
  redis.start();
  Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--dev-login", "--threads", "2"});
  wait_until_ready(worker);
  FastCgiClient peer(worker.public_socket());
  std::vector<std::string> tokens;
  for (int i = 0; i < 90; ++i) tokens.push_back(sign_in(peer, "alice"));
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", tokens[0]);
  Crowd crowd(worker.public_socket(), 64);  // so that many records come at once, and records of many commands
  for (const Response& response : crowd.ask(list)) {
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(ids_in(response).size(), 90u);
  }
  ASSERT_EQ(peer.ask(fastcgi::request("POST", "/api/v1/auth/logout", tokens[1])).status, 204);
  EXPECT_EQ(peer.ask(fastcgi::request("GET", "/api/v1/auth/sessions", tokens[1])).status, 401);
  EXPECT_EQ(ids_in(peer.ask(list)).size(), 89u);
}

TEST_F(Tls, TrustsAnAddressOrANameThatTheCertificateHas) {
  make_certificate(folder_, "named", "ca", "DNS:redis.internal");
  RedisServer redis(folder_, settings("named"));
  redis.start();
  {
    Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--redis-server-name", "redis.internal"}, {}, "right-");
    wait_until_ready(worker);
  }
  Worker worker(folder_, {"--redis", address("localhost"), "--redis-ca-file", ca()}, {}, "wrong-");
  wait_for_reason(worker, "its certificate is not trusted: hostname mismatch");
}

TEST_F(Tls, AServerThatIsNotWhoItHasToBeLearnsNothing) {
  make_authority(folder_, "other");
  make_certificate(folder_, "stranger", "other", kOwnNames);
  make_certificate(folder_, "elsewhere", "ca", "IP:192.0.2.1,DNS:db.example");
  make_certificate(folder_, "expired", "ca", kOwnNames, {"faketime", "-f", "-30d"});
  struct Row {
    std::string certificate;
    std::vector<std::string> options;
    std::string says;
  };
  for (const auto& [certificate, options, says] :
       {Row{"stranger", {"--redis-ca-file", ca()}, "unable to get local issuer certificate"},
        Row{"server", {}, "self-signed certificate in certificate chain"}, Row{"other", {"--redis-ca-file", ca()}, "self-signed certificate"},
        Row{"elsewhere", {"--redis-ca-file", ca()}, "IP address mismatch"},
        Row{"server", {"--redis-ca-file", ca(), "--redis-server-name", "db.example"}, "hostname mismatch"},
        Row{"expired", {"--redis-ca-file", ca()}, "certificate has expired"}}) {
    RedisServer redis(folder_, settings(certificate));
    redis.start();
    // Else a busy machine may take too long to read the system's certificates.
    std::vector<std::string> words = {"--redis", address(), "--store-timeout", "10"};
    words.insert(words.end(), options.begin(), options.end());
    Worker worker(folder_, words, {}, certificate + std::to_string(options.size()) + "-");
    wait_for_reason(worker, "its certificate is not trusted: " + says);
    EXPECT_TRUE(worker.says("no Redis at " + address() + ": its certificate is not trusted")) << worker.log();
    EXPECT_EQ(redis.client()({"INFO", "commandstats"}).text.find("auth"), std::string::npos) << "not even the password";
    std::vector<std::string> doctor = {worker_program(), "doctor", "--config", "/dev/null"};
    doctor.insert(doctor.end(), words.begin(), words.end());
    Process process(doctor, folder_ / "doctor.log");
    EXPECT_EQ(process.wait(), 1);
    EXPECT_NE(process.log().find(says), std::string::npos) << process.log();
  }
}

TEST_F(Tls, WithAFileOfAuthoritiesThoseOfTheSystemAreNotTrusted) {
  make_authority(folder_, "system");
  make_certificate(folder_, "public", "system", kOwnNames);
  RedisServer redis(folder_, settings("public"));
  redis.start();
  const std::vector<std::string> system = {"SSL_CERT_FILE=" + folder_ / "system.pem"};
  {
    Worker worker(folder_, {"--redis", address()}, system, "without-");
    wait_until_ready(worker);
  }
  Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca()}, system, "with-");
  wait_for_reason(worker, "its certificate is not trusted: unable to get local issuer certificate");
}

TEST_F(Tls, APortThatSpeaksTheOtherLanguageIsCalledWhatItIs) {
  const int plain = free_port();
  std::vector<std::string> both = settings();
  both.insert(both.end(), {"--port", std::to_string(plain)});
  RedisServer redis(folder_, both);
  redis.start();
  Worker without(folder_, {"--redis", "127.0.0.1:" + std::to_string(port_)}, {}, "without-");
  wait_for_reason(without, "before it had answered, as one that speaks only TLS and is written rediss://");
  Worker with(folder_, {"--redis", "rediss://127.0.0.1:" + std::to_string(plain), "--redis-ca-file", ca(), "--store-timeout", "0.5"}, {}, "with-");
  wait_for_reason(with, "speaks no TLS and is written redis://");
  const Fd door = listen_at("127.0.0.1", free_port(), 1);
  std::jthread one_that_answers([&] { write_all(Fd(accept(door.get(), nullptr, nullptr)).get(), "-ERR unknown command\r\n"); });
  Worker refused(folder_, {"--redis", "rediss://127.0.0.1:" + std::to_string(port_of(door.get())), "--redis-ca-file", ca()}, {}, "refused-");
  EXPECT_TRUE(refused.says("it speaks no TLS, and so is written redis://")) << refused.log();
}

TEST_F(Tls, AServerThatAsksForACertificateGetsOurs) {
  make_certificate(folder_, "worker", "ca", "DNS:sessiond");
  RedisServer redis(folder_, settings("server", "yes"));
  redis.start();
  const std::vector<std::string> trust = {"--redis", address(), "--redis-ca-file", ca()};
  {
    Worker worker(folder_, trust, {}, "without-");
    wait_for_reason(worker, "TLS: ");
  }
  std::vector<std::string> words = trust;
  words.insert(words.end(), {"--redis-cert-file", folder_ / "worker.pem", "--redis-key-file", folder_ / "worker.key"});
  Worker worker(folder_, words, {}, "with-");
  wait_until_ready(worker);
}

TEST_F(Tls, RenewedFilesCountFromTheNextConnectionOn) {
  make_authority(folder_, "next");
  make_certificate(folder_, "renewed", "next", kOwnNames);
  RedisServer old(folder_, settings());
  old.start();
  Worker worker(folder_, {"--redis", address(), "--redis-ca-file", folder_ / "trusted.pem"});
  wait_for_reason(worker, "cannot use the file of redis-ca-file " + folder_ / "trusted.pem");
  write_file(folder_ / "trusted.pem", read_file(ca()));
  wait_until_ready(worker);
  old.crash();
  RedisServer renewed(folder_, settings("renewed"));
  renewed.start();
  wait_for_reason(worker, "its certificate is not trusted");
  write_file(folder_ / "trusted.pem", read_file(folder_ / "next.pem"));
  wait_until_ready(worker);
}

TEST_F(Tls, ACertificateThatCannotBeUsedIsNamed) {
  make_certificate(folder_, "worker", "ca", "DNS:sessiond");
  RedisServer redis(folder_, settings());
  redis.start();
  for (const char* certificate : {"worker.key", "nowhere.pem"}) {
    Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--redis-cert-file", folder_ / certificate,
                            "--redis-key-file", folder_ / "worker.key"}, {}, std::string(certificate) + "-");
    wait_for_reason(worker, "cannot use the certificate " + folder_ / certificate);
  }
}

TEST_F(Tls, AKeyThatCannotBeUsedIsNamedAndNobodyIsAskedForAPassphrase) {
  make_certificate(folder_, "worker", "ca", "DNS:sessiond");
  run(folder_, {"openssl", "pkey", "-in", folder_ / "worker.key", "-aes256", "-passout", "pass:hunter2", "-out", folder_ / "locked.key"});
  RedisServer redis(folder_, settings());
  redis.start();
  for (const char* key : {"locked.key", "server.key", "nowhere.key", "ca.pem"}) {
    Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--redis-cert-file", folder_ / "worker.pem",
                            "--redis-key-file", folder_ / key}, {}, std::string(key) + "-");
    wait_for_reason(worker, "cannot use the private key " + folder_ / key);
  }
  // At a terminal there is somebody who could be asked.
  const std::string doctor = worker_program() + " doctor --config /dev/null --redis " + address() + " --redis-ca-file " + ca() +
                             " --redis-cert-file " + (folder_ / "worker.pem") + " --redis-key-file " + (folder_ / "locked.key");
  Process terminal({"script", "-qefc", doctor, "/dev/null"}, folder_ / "terminal.log");
  EXPECT_NE(terminal.wait(), 0);
  EXPECT_NE(terminal.log().find("cannot use the private key " + folder_ / "locked.key"), std::string::npos) << terminal.log();
  EXPECT_EQ(terminal.log().find("pass phrase"), std::string::npos) << terminal.log();
}

TEST_F(Tls, AHandshakeThatStallsHoldsNobodyUp) {
  const Fd silent = listen_at("127.0.0.1", port_, 16);
  ASSERT_TRUE(silent);
  Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--store-timeout", "0.3", "--threads", "1"});
  FastCgiClient peer(worker.public_socket());
  EXPECT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
  wait_for_reason(worker, "it does not answer the TLS handshake in time");
}

TEST_F(Tls, ARedisThatGoesAwayAndComesBackIsUsedAgain) {
  RedisServer redis(folder_, settings());
  redis.start();
  Worker worker(folder_, {"--redis", address(), "--redis-ca-file", ca(), "--dev-login"});
  wait_until_ready(worker);
  FastCgiClient peer(worker.public_socket());
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", sign_in(peer, "alice"));
  redis.crash();
  EXPECT_EQ(peer.ask(list).status, 503);
  redis.restart();
  wait_until_ready(worker);
}

TEST(TlsOptions, ThatSayNothingTogetherAreRefused) {
  TempDir folder;
  struct Row {
    std::vector<std::string> options;
    std::string says;
  };
  for (const auto& [options, says] : {Row{{"--redis", "localhost:6379", "--redis-ca-file", "/ca.pem"}, "for a Redis with TLS, but `redis` names one without"},
                                      Row{{"--redis-server-name", "db"}, "for a Redis with TLS, but `redis` names one without"},
                                      Row{{"--redis", "rediss://db", "--redis-cert-file", "/cert.pem"}, "belong together"},
                                      Row{{"--redis", "rediss://db", "--redis-key-file", "/key.pem"}, "belong together"},
                                      Row{{"--redis", "rediss://db", "--redis-ca-file", "ca.pem"}, "an absolute path"},
                                      Row{{"--redis", "localhost:6379", "--redis-sentinel-password-file", "/key"}, "`redis` names no sentinels"},
                                      Row{{"--redis", "redis+sentinel://a:1/people", "--redis-sentinel-user", "u"}, "redis-sentinel-password-file is not"}}) {
    std::vector<std::string> words = {worker_program(), "--check-config", "--config", "/dev/null"};
    words.insert(words.end(), options.begin(), options.end());
    Process process(words, folder / "said");
    EXPECT_EQ(process.wait(), 1);
    EXPECT_NE(process.log().find(says), std::string::npos) << process.log();
  }
}

// --- A database of its own.

TEST(Database, HasItsSessionsAndNoOther) {
  TempDir folder;
  const int port = free_port();
  RedisServer redis(folder, {"--port", std::to_string(port), "--bind", "127.0.0.1"});
  redis.start();
  RedisClient admin = redis.client();
  admin({"ACL", "SETUSER", kAccount, "+select"});
  const std::string server = "redis://127.0.0.1:" + std::to_string(port);
  Worker second(folder, {"--redis", server + "/2", "--dev-login"}, {}, "second-");
  Worker first(folder, {"--redis", server, "--dev-login"}, {}, "first-");
  wait_until_ready(second);
  wait_until_ready(first);
  FastCgiClient peer(second.public_socket());
  const std::string token = sign_in(peer, "alice");
  EXPECT_EQ(peer.ask(fastcgi::request("GET", "/api/v1/auth/sessions", token)).status, 200);
  EXPECT_EQ(FastCgiClient(first.public_socket()).ask(fastcgi::request("GET", "/api/v1/auth/sessions", token)).status, 401);
  EXPECT_TRUE(admin.keys().empty());
  admin({"SELECT", "2"});
  EXPECT_FALSE(admin.keys().empty());
}

TEST(Database, ThatRedisRefusesIsSaid) {
  TempDir folder;
  const int port = free_port();
  RedisServer redis(folder, {"--port", std::to_string(port), "--bind", "127.0.0.1"});
  redis.start();
  redis.client()({"ACL", "SETUSER", kAccount, "+select"});
  Worker worker(folder, {"--redis", "redis://127.0.0.1:" + std::to_string(port) + "/99"});
  wait_for_reason(worker, "Redis refuses its database: ERR DB index is out of range");
}

TEST_F(Tls, ServesARedisClusterToo) {
  RedisCluster cluster(RedisCluster::Setup{false,
                                           {"--tls-cert-file", folder_ / "server.pem", "--tls-key-file", folder_ / "server.key", "--tls-ca-cert-file",
                                            folder_ / "ca.pem", "--tls-auth-clients", "no"},
                                           true});
  std::vector<std::string> words = cluster.worker_options();
  words.insert(words.end(), {"--redis-ca-file", ca(), "--dev-login"});
  {
    Worker worker(folder_, words);
    wait_until_ready(worker);
    FastCgiClient peer(worker.public_socket());
    for (int i = 0; i < 30; ++i) {
      const std::string token = sign_in(peer, "user" + std::to_string(i));
      ASSERT_EQ(ids_in(peer.ask(fastcgi::request("GET", "/api/v1/auth/sessions", token))).size(), 1U);
    }
    for (const auto& node : cluster.nodes()) EXPECT_FALSE(node->client().keys().empty());
  }
  words.insert(words.end(), {"--redis-server-name", "redis.example"});
  Worker wrong(folder_, words, {}, "wrong-");
  wait_for_reason(wrong, "its certificate is not trusted: hostname mismatch");
}

TEST_F(Tls, ServesTheServerThatSentinelsName) {
  const auto words = [&] {
    std::vector<std::string> all = settings();
    all.insert(all.end(), {"--tls-replication", "yes", "--repl-diskless-sync-delay", "0"});
    return all;
  };
  RedisServer primary(folder_, words());
  primary.start();
  const std::string primary_port = std::to_string(std::exchange(port_, free_port()));
  TempDir elsewhere;
  RedisServer replica(elsewhere, words());
  replica.start();
  replica.client()({"REPLICAOF", "127.0.0.1", primary_port});
  const std::string port = std::to_string(free_port());
  std::string lines = "port 0\ntls-port " + port + "\nbind 127.0.0.1\ndir " + folder_.path() + "\ntls-replication yes\ntls-auth-clients no\n";
  lines += "tls-cert-file " + (folder_ / "server.pem") + "\ntls-key-file " + (folder_ / "server.key") + "\ntls-ca-cert-file " + ca() + "\n";
  lines += "sentinel monitor people 127.0.0.1 " + primary_port + " 1\nsentinel down-after-milliseconds people 500\n";
  write_file(folder_ / "sentinel", lines);
  Process sentinel({"redis-server", folder_ / "sentinel", "--sentinel"}, folder_ / "sentinel.log");
  sentinel.wait_until([&] { return sentinel.log().find("+slave ") != std::string::npos; }, "the replica");

  const std::string address = "rediss+sentinel://127.0.0.1:" + port + "/people";
  Worker stranger(folder_, {"--redis", address}, {}, "stranger-");
  wait_for_reason(stranger, "no sentinel says where the primary is");
  Worker worker(folder_, {"--redis", address, "--redis-ca-file", ca(), "--dev-login", "--threads", "1"});
  wait_until_ready(worker);
  FastCgiClient peer(worker.public_socket());
  ASSERT_FALSE(sign_in(peer, "alice").empty());
  primary.crash();
  worker.process().wait_until([&] { return !sign_in(peer, "alice").empty(); }, "a sign-in at the new primary");
  EXPECT_EQ(replica.client()({"ROLE"}).elements[0].text, "master");
}

}  // namespace
}  // namespace sessiond::test
