// The stream of events: what was done to sessions and users, to whoever reads it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/readiness.h"
#include "integration/redis_cluster.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// One server-sent event, by its fields.
struct Sent {
  std::string id;
  std::string event;
  std::string data;

  // A member of the data; empty for none.
  [[nodiscard]] std::string at(const char* name) const {
    const Document document(data);
    return document.root().HasMember(name) ? document.root()[name].GetString() : "";
  }
  // What was done to whom, why and by whom, in one line.
  [[nodiscard]] std::string line() const {
    return event + "," + at("reason") + "," + at("user") + "," + at("kind") + "," + at("actor");
  }
};

// Reads GET /internal/v1/events as a client that waits for what comes.
class Listener : public HttpPeer {
 public:
  explicit Listener(const Worker& worker, const std::string& last_event_id = "") : HttpPeer(worker.internal_socket()) {
    std::string request = "GET /internal/v1/events HTTP/1.1\r\nHost: sessiond\r\n";
    if (!last_event_id.empty()) request += "Last-Event-ID: " + last_event_id + "\r\n";
    write(request + "\r\n");
  }

  // The head of the answer.
  Response head() { return read_response(); }

  // Waits for the next, also one that only tells an id.
  Sent next() {
    while (buffer_.find("\n\n") == std::string::npos) read_more();
    Sent sent;
    const std::size_t end = buffer_.find("\n\n") + 1;
    for (std::size_t at = 0; at < end; at = buffer_.find('\n', at) + 1) {
      const std::string line = buffer_.substr(at, buffer_.find('\n', at) - at);
      const std::string value = line.substr(line.find(": ") + 2);
      if (line.starts_with("id: ")) sent.id = value;
      if (line.starts_with("event: ")) sent.event = value;
      if (line.starts_with("data: ")) sent.data = value;
    }
    buffer_.erase(0, end + 1);
    return sent;
  }
  // The next that something was done in.
  Sent next_event() {
    Sent sent = next();
    while (sent.event.empty()) sent = next();
    return sent;
  }
};

class Events : public ::testing::Test {
 protected:
  Response as_actor(const std::string& method, const std::string& path, const std::string& body = {}) {
    std::vector<std::string> headers = {"X-Session-Actor: op-7"};
    if (!body.empty()) headers.emplace_back("Content-Type: application/json");
    return site.operators.send({method, path, headers, body});
  }
  // Listens from now on: the first part of the answer says from where.
  Listener listen() {
    Listener listener(site.worker);
    EXPECT_EQ(listener.head().status, 200);
    const Sent first = listener.next();
    EXPECT_EQ(first.event, "");
    return listener;
  }
  // Makes more events than the buffers of a socket hold.
  void fill_buffers() {
    const std::string padding(900, 'x');
    for (int i = 0; i < 2000; ++i) redis({"XADD", "sessiond:events", "*", "event", "big", "padding", padding});
  }
  std::vector<RedisAnswer> stream() { return redis({"XRANGE", "sessiond:events", "-", "+"}).elements; }

  Site site{{"--dev-login", "--events-kept", "1h", "--bar-users", "--max-web-sessions", "3", "--receive-timeout", "1"}};
  RedisClient redis = site.redis.client();
};

TEST_F(Events, TellOfEachSessionThatBeginsOrEndsWhoseItIsWhyAndByWhom) {
  Listener listener = listen();
  const Response minted = as_actor("POST", "/internal/v1/sessions", minting_json(user_json("alice")));
  ASSERT_EQ(minted.status, 201);
  Sent sent = listener.next_event();
  EXPECT_EQ(sent.line(), "minted,login,alice,web,op-7");
  EXPECT_EQ(sent.at("session"), signed_by(minted).id);
  EXPECT_EQ(sent.at("id"), sent.id);
  EXPECT_EQ(sent.at("at").size(), 24U);
  EXPECT_EQ(sent.at("event"), "minted");

  const Signed mine = site.mint("alice", {.kind = "cli", .replaces = signed_by(minted).id});
  EXPECT_EQ(listener.next_event().line(), "ended,replaced,alice,web,");
  EXPECT_EQ(listener.next_event().line(), "minted,login,alice,cli,");
  const Signed second = site.mint("alice");
  EXPECT_EQ(listener.next_event().at("session"), second.id);
  ASSERT_EQ(site.revoke(mine, second.id).status, 204);
  sent = listener.next_event();
  EXPECT_EQ(sent.line(), "ended,revoked,alice,web,alice");
  EXPECT_EQ(sent.at("session"), second.id);

  site.mint("alice");
  listener.next_event();
  ASSERT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).status, 200);
  sent = listener.next_event();
  EXPECT_EQ(sent.line(), "all-ended,others,alice,,alice");
  EXPECT_EQ(sent.at("session"), mine.id) << "which is spared";
  EXPECT_EQ(listener.next_event().line(), "ended,others,alice,web,alice");
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(listener.next_event().line(), "ended,logout,alice,cli,alice");

  const Signed fourth = site.mint("alice");
  listener.next_event();
  ASSERT_EQ(as_actor("DELETE", "/internal/v1/users/alice/sessions/" + fourth.id).status, 204);
  EXPECT_EQ(listener.next_event().line(), "ended,operator,alice,web,op-7");
}

TEST_F(Events, TellWhichSessionsGaveWayToANewOne) {
  const Signed first = site.mint("alice");
  site.mint("alice");
  site.mint("alice");
  Listener listener = listen();
  site.mint("alice");
  const Sent sent = listener.next_event();
  EXPECT_EQ(sent.line(), "ended,cap,alice,web,");
  EXPECT_EQ(sent.at("session"), first.id);
  EXPECT_EQ(listener.next_event().line(), "minted,login,alice,web,");
}

TEST_F(Events, TellOfWhoIsDisabledAndWhatEndsByThat) {
  const Signed mine = site.mint("alice");
  Listener listener = listen();
  ASSERT_EQ(as_actor("POST", "/internal/v1/users/alice/disable").status, 200);
  EXPECT_EQ(listener.next_event().line(), "user-disabled,disabled,alice,,op-7");
  const Sent sent = listener.next_event();
  EXPECT_EQ(sent.line(), "ended,disabled,alice,web,op-7");
  EXPECT_EQ(sent.at("session"), mine.id);
  ASSERT_EQ(as_actor("DELETE", "/internal/v1/users/alice/sessions").status, 200);
  EXPECT_EQ(listener.next_event().line(), "all-ended,operator,alice,,op-7") << "and not that they are disabled, as that is nothing new";
  ASSERT_EQ(as_actor("POST", "/internal/v1/users/alice/enable").status, 204);
  EXPECT_EQ(listener.next_event().line(), "user-enabled,,alice,,op-7");
}

TEST_F(Events, TellOfANewNameANewProofAndAChangedUser) {
  const Signed mine = site.mint("alice");
  Listener listener = listen();
  ASSERT_EQ(site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer(), "Content-Type: application/json"}, R"({"name":"desk"})"}).status, 204);
  Sent sent = listener.next_event();
  EXPECT_EQ(sent.line(), "renamed,,alice,,alice");
  EXPECT_EQ(sent.at("session"), mine.id);
  EXPECT_EQ(sent.data.find("desk"), std::string::npos) << "the name itself is the person's";
  const std::string proof = R"({"user_id":"alice","amr":["pwd"]})";
  ASSERT_EQ(as_actor("POST", "/internal/v1/sessions/" + mine.id + "/reauthenticated", proof).status, 204);
  EXPECT_EQ(listener.next_event().line(), "reauthenticated,,alice,,op-7");
  ASSERT_EQ(as_actor("PUT", "/internal/v1/users/alice", user_json("alice")).status, 204);
  EXPECT_EQ(listener.next_event().line(), "user-changed,,alice,,op-7");
}

TEST_F(Events, TellOfNothingThatWasRefused) {
  const Signed mine = site.mint("alice");
  const Signed other = site.mint("bob");
  const std::size_t before = stream().size();
  EXPECT_EQ(site.revoke(mine, other.id).status, 404);
  Signed wrong = mine;
  wrong.token.back() = wrong.token.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(site.revoke(wrong, mine.id).status, 401);
  EXPECT_EQ(as_actor("DELETE", "/internal/v1/users/alice/sessions/" + other.id).status, 404);
  EXPECT_EQ(as_actor("PUT", "/internal/v1/users/nobody", user_json("nobody")).status, 404);
  EXPECT_EQ(as_actor("POST", "/internal/v1/users/alice/enable").status, 204) << "who is not disabled";
  EXPECT_EQ(stream().size(), before);
}

TEST_F(Events, GoOnBehindTheLastThatAReaderHasHad) {
  Listener first = listen();
  site.mint("alice");
  const Sent heard = first.next_event();
  const Signed meanwhile = site.mint("bob");
  Listener again(site.worker, heard.id);
  ASSERT_EQ(again.head().status, 200);
  const Sent sent = again.next();
  EXPECT_EQ(sent.at("session"), meanwhile.id);
  EXPECT_GT(sent.id, heard.id);
}

TEST_F(Events, SayWhereToGoOnAlsoBeforeAnythingHasHappened) {
  Listener quiet(site.worker);
  ASSERT_EQ(quiet.head().status, 200);
  const std::string id = quiet.next().id;
  const Signed meanwhile = site.mint("bob");
  Listener again(site.worker, id);
  ASSERT_EQ(again.head().status, 200);
  EXPECT_EQ(again.next_event().at("session"), meanwhile.id);
}

TEST_F(Events, SayThatSomeMayBeMissingToWhoWasAwayForLongerThanTheyAreKept) {
  site.mint("alice");
  Listener late(site.worker, "1764438000123-0");
  ASSERT_EQ(late.head().status, 200);
  EXPECT_EQ(late.next().event, "missed");
  EXPECT_EQ(late.next().event, "minted");
}

TEST_F(Events, AreKeptForAsLongAsConfigured) {
  site.mint("alice");
  const long long left = redis({"PTTL", "sessiond:events"}).integer;
  EXPECT_GT(left, 3'500'000);
  EXPECT_LE(left, 3'600'000);
  // What is older goes, a hundred at a time, when another comes.
  const Millis old = redis.now() - 3'700'000;
  redis({"DEL", "sessiond:events"});
  for (int i = 0; i < 250; ++i) redis({"XADD", "sessiond:events", std::to_string(old + i) + "-0", "event", "old"});
  site.mint("alice");
  EXPECT_LT(stream().size(), 100U);
}

TEST_F(Events, EndInAnAnswerThatIsWhole) {
  site.mint("alice");
  Response whole;
  std::thread reading([&] {
    HttpClient reader(site.worker.internal_socket());
    whole = reader.send({"GET", "/internal/v1/events", {"Last-Event-ID: 1764438000123-0"}, {}});
  });
  site.worker.process().wait_until([&] { return redis.calls("xrange") > 0; }, "somebody who reads");
  site.redis.crash();
  reading.join();
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.header("content-type"), "text/event-stream");
}

TEST_F(Events, WantTheIdOfAnEvent) {
  for (const char* const id : {"yesterday", "17", "-", "17-", "1-2-16384", "1-2-3-4", "-1-0"}) {
    expect_problem(Listener(site.worker, id).head(), 400, "bad_request");
  }
}

TEST_F(Events, HoldNoSecret) {
  const Signed mine = site.mint("alice");
  const Response grant = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, {}});
  const std::string code = Document(grant.body)["code"].GetString();
  const Response redeemed = site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":")" + code + R"("})"});
  ASSERT_EQ(redeemed.status, 200);
  const std::string token = Document(redeemed.body)["token"].GetString();
  std::string all;
  for (const RedisAnswer& entry : stream()) {
    for (const RedisAnswer& word : entry.elements[1].elements) all += word.text + "\n";
  }
  EXPECT_NE(all.find("code\n"), std::string::npos) << "the reason of the CLI's session: " << all;
  for (const std::string& secret : {mine.token.substr(mine.token.size() - 20), token.substr(token.size() - 20), code}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << all;
  }
}

TEST_F(Events, AreReadByCommandToo) {
  const Signed mine = site.mint("alice");
  site.revoke(mine, mine.id);
  int runs = 0;
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {worker_program(), "events"});
    words.insert(words.end(), {"--config", "/dev/null", "--redis", site.redis.socket(), "--events-kept", "1h"});
    Process process(words, site.folder / ("said-" + std::to_string(runs++)));
    const int status = process.wait();
    return std::pair(status, process.said());
  };
  const auto [status, said] = run({});
  EXPECT_EQ(status, 0);
  EXPECT_NE(said.find("minted"), std::string::npos) << said;
  EXPECT_NE(said.find("ended            revoked       user=alice session=" + mine.id + " kind=web actor=alice\n"), std::string::npos) << said;
  const std::string id = stream()[0].elements[0].text;
  const std::string since = run({"--json", "--since", id}).second;
  const Document last(since);
  EXPECT_STREQ(last["event"].GetString(), "ended");
  EXPECT_EQ(run({"--since", "2100-01-01T00:00:00Z"}).second, "");
  EXPECT_NE(run({"--since", "10m"}).second, "");
  EXPECT_EQ(run({"--since", "yesterday"}).first, 1);
}

TEST_F(Events, AreFollowedByCommand) {
  Process following({worker_program(), "events", "--follow", "--since", "1m", "--config", "/dev/null", "--redis", site.redis.socket(),
                     "--events-kept", "1h"},
                    site.folder / "following");
  const Signed mine = site.mint("alice");
  following.wait_until([&] { return following.said().find(mine.id) != std::string::npos; }, "the event");
  EXPECT_EQ(following.stop(), 0);
}

TEST_F(Events, AnOperatorsCommandIsToldWithTheAccountThatRanIt) {
  const Signed mine = site.mint("alice");
  Listener listener = listen();
  Process revoking({worker_program(), "revoke", "alice", "--all", "--config", "/dev/null", "--redis", site.redis.socket(), "--events-kept",
                    "1h"},
                   site.folder / "revoking");
  ASSERT_EQ(revoking.wait(), 0);
  const Sent sent = listener.next_event();
  EXPECT_EQ(sent.at("session"), mine.id);
  EXPECT_EQ(sent.at("reason"), "operator");
  EXPECT_NE(sent.at("actor"), "");

  // Of everybody, the session itself says whose it was.
  const Signed other = site.mint("bob");
  listener.next_event();
  Process all({worker_program(), "revoke", "--everybody", "--yes", "--config", "/dev/null", "--redis", site.redis.socket(), "--events-kept",
               "1h"},
              site.folder / "all");
  ASSERT_EQ(all.wait(), 0);
  EXPECT_EQ(listener.next_event().line(), "ended,operator,bob,web," + sent.at("actor"));
}

TEST_F(Events, HinderNoChangeWhenSomethingElseStandsInTheirPlace) {
  const Signed mine = site.mint("alice");
  redis({"SET", "sessiond:events", "foreign"});
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(site.list(mine).status, 401);
  expect_problem(Listener(site.worker).head(), 503, "internal_error");
}

TEST_F(Events, OfARevocationAreToldAlsoWhenRedisIsFull) {
  const Signed mine = site.mint("alice");
  Listener listener = listen();
  redis({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(listener.next_event().at("session"), mine.id);
}

TEST_F(Events, DelayNobodyWhenOneWhoReadsThemStops) {
  Listener stuck = listen();
  const Signed mine = site.mint("alice");
  fill_buffers();
  stuck.wait_for_end();
  EXPECT_EQ(site.list(mine).status, 200);
  Listener listener = listen();
  ASSERT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(listener.next_event().at("session"), mine.id);
}

TEST_F(Events, AreNotAskedForAgainAndAgainWhileNothingHappens) {
  Listener listener = listen();
  const auto reads = [&] {
    const std::string stats = redis({"INFO", "commandstats"}).text;
    const std::size_t at = stats.find("cmdstat_xrange:calls=");
    return at == std::string::npos ? 0 : std::stoi(stats.substr(stats.find('=', at) + 1));
  };
  const int before = reads();
  const Signed mine = site.mint("alice");
  for (int i = 0; i < 200; ++i) ASSERT_EQ(site.list(mine).status, 200);
  EXPECT_LT(reads(), before + 50) << "as many as the 200 lists take would be a loop";
}

TEST_F(Events, EndWithRedisSoThatWhoReadsThemKnows) {
  Listener listener = listen();
  site.redis.crash();
  listener.wait_for_end();
  expect_problem(Listener(site.worker).head(), 503, "internal_error");
}

TEST_F(Events, EndWithTheWorkerWhichDoesNotWaitForWhoReadsThem) {
  Listener listener = listen();
  EXPECT_EQ(site.worker.process().stop(), 0);
  static_cast<void>(listener.read_to_end());
  EXPECT_EQ(site.worker.log().find("still in flight"), std::string::npos) << site.worker.log();
}

TEST_F(Events, EndWithTheWorkerAlsoForOneWhoHasStoppedReadingThem) {
  TempDir folder;
  Worker patient(folder, {"--redis", site.redis.socket(), "--events-kept", "1h", "--receive-timeout", "300", "--stop-timeout", "300"});
  wait_until_ready(patient);
  Listener stuck(patient);
  Listener reading(patient);
  for (Listener* listener : {&stuck, &reading}) {
    ASSERT_EQ(listener->head().status, 200);
    listener->next();
  }
  fill_buffers();
  for (int i = 0; i < 2000; ++i) reading.next_event();
  EXPECT_EQ(patient.process().stop(), 0) << "and neither timeout has passed";
}

// A Redis Cluster, where what is done to a user is told to the stream of that user's slot.
class EventsInACluster : public ::testing::Test {
 protected:
  EventsInACluster() {
    std::vector<std::string> options = cluster.worker_options();
    options.insert(options.end(), {"--events-kept", "1h", "--threads", "2", "--store-timeout", "3"});
    worker = std::make_unique<Worker>(folder, options);
    wait_until_ready(*worker);
  }
  Signed mint(const std::string& user) { return signed_by(HttpPeer(worker->internal_socket()).ask(minting_request(user))); }
  void log_out(const Signed& session) {
    EXPECT_EQ(FastCgiClient(worker->public_socket()).ask(fastcgi::request("POST", "/api/v1/auth/logout", session.token)).status, 204);
  }

  RedisCluster cluster;
  TempDir folder;
  std::unique_ptr<Worker> worker;
};

TEST_F(EventsInACluster, AreHeardWhicheverNodeTheyHappenedAtAndThoseOfAUserInTheirOrder) {
  Listener listener(*worker);
  ASSERT_EQ(listener.head().status, 200);
  listener.next();
  std::map<std::string, std::string> heard;
  std::set<std::string> ids;
  for (int i = 0; i < 30; ++i) log_out(mint("user-" + std::to_string(i)));
  for (int i = 0; i < 60; ++i) {
    const Sent sent = listener.next_event();
    heard[sent.at("user")] += sent.event + " ";
    ids.insert(sent.at("id"));
  }
  EXPECT_EQ(heard.size(), 30U);
  EXPECT_EQ(ids.size(), 60U) << "each has an id of its own";
  for (const auto& [user, events] : heard) EXPECT_EQ(events, "minted ended ") << user;
  for (const auto& node : {0, 1, 2}) EXPECT_FALSE(cluster[static_cast<std::size_t>(node)].client().keys("*:events").empty()) << "so each had some";
}

TEST_F(EventsInACluster, AreHeardOnceAlsoWhenMoreOfTheSameUserFollow) {
  Listener listener(*worker);
  ASSERT_EQ(listener.head().status, 200);
  listener.next();
  const Signed alice = mint("alice");
  EXPECT_EQ(listener.next_event().event, "minted");
  log_out(alice);
  EXPECT_EQ(listener.next_event().event, "ended");
}

TEST_F(EventsInACluster, GoOnBehindTheLastThatAReaderHasHad) {
  mint("alice");
  std::string last;
  {
    Listener first(*worker);
    ASSERT_EQ(first.head().status, 200);
    last = first.next().id;
  }
  std::set<std::string> wanted;
  for (int i = 0; i < 20; ++i) wanted.insert(mint("user-" + std::to_string(i)).id);
  Listener again(*worker, last);
  ASSERT_EQ(again.head().status, 200);
  while (!wanted.empty()) wanted.erase(again.next_event().at("session"));
}

TEST_F(EventsInACluster, AreHeardAlsoAfterTheNodeThatToldThemIsGone) {
  Listener listener(*worker);
  ASSERT_EQ(listener.head().status, 200);
  listener.next();
  // Who hears on the channel is cut off at every node, and hears on.
  for (const auto& node : cluster.nodes()) node->client()({"CLIENT", "KILL", "TYPE", "pubsub"});
  const Signed mine = mint("alice");
  EXPECT_EQ(listener.next_event().at("session"), mine.id);
}

TEST_F(EventsInACluster, AreHeardAgainWhenAllNodesAndThePasswordAreThereAgain) {
  Listener early(*worker);
  ASSERT_EQ(early.head().status, 200);
  early.next();
  const std::string password = account_password_file(cluster[0].folder);
  std::filesystem::rename(password, password + ".away");
  for (const auto& node : cluster.nodes()) node->redis.crash();
  EXPECT_TRUE(worker->says("cannot receive events for now: ")) << worker->log();
  const std::string trouble = "warning no server of the Redis Cluster says who owns which slot";
  EXPECT_TRUE(worker->says(trouble)) << worker->log();
  for (const auto& node : cluster.nodes()) node->redis.restart();
  EXPECT_TRUE(worker->says("cannot read the password file " + password)) << worker->log();
  EXPECT_EQ(worker->log().find("says again"), std::string::npos) << worker->log();
  std::filesystem::rename(password + ".away", password);
  cluster.wait_until_well();
  wait_until_ready(*worker);
  EXPECT_EQ(count_of(trouble, worker->log()), 2U) << "once by each thread: " << worker->log();
  Listener listener(*worker);
  ASSERT_EQ(listener.head().status, 200);
  listener.next();
  const Signed mine = mint("alice");
  EXPECT_EQ(listener.next_event().at("session"), mine.id);
}

TEST_F(EventsInACluster, AreHeardAlsoWhenASlotMoves) {
  const Signed mine = mint("alice");
  Listener listener(*worker);
  ASSERT_EQ(listener.head().status, 200);
  listener.next();
  const int slot = cluster.slot_of(keys_of(mine));
  RedisCluster::Node& from = cluster.owner(slot);
  RedisCluster::Node& to = &from == &cluster[0] ? cluster[1] : cluster[0];
  cluster.migrate_slot(slot, from, to);
  log_out(mine);
  Sent sent = listener.next_event();
  while (sent.event != "ended") sent = listener.next_event();
  EXPECT_EQ(sent.at("session"), mine.id);
}

TEST_F(EventsInACluster, AreReadByCommandToo) {
  std::set<std::string> users;
  for (int i = 0; i < 20; ++i) {
    users.insert("user-" + std::to_string(i));
    mint("user-" + std::to_string(i));
  }
  Process asked({worker_program(), "events", "--config", "/dev/null", "--redis", cluster.address(), "--events-kept", "1h"}, folder / "said");
  ASSERT_EQ(asked.wait(), 0) << asked.log();
  for (const std::string& user : users) EXPECT_NE(asked.said().find("user=" + user + " "), std::string::npos) << user;
}

TEST_F(Events, WantARightOfTheAccountOnlyWhereTheyAreKept) {
  redis({"ACL", "SETUSER", kAccount, "-xadd"});
  wait_for_reason(site.worker, "NOPERM");
  Worker without(site.folder, {}, {}, "without-");
  wait_until_ready(without);
  redis({"ACL", "SETUSER", kAccount, "+xadd"});
  wait_until_ready(site.worker);
  redis({"ACL", "LOG", "RESET"});
}

TEST(EventsOff, AreNotThere) {
  Site site;
  site.mint("alice");
  expect_problem(site.operators.send({"GET", "/internal/v1/events", {}, {}}), 404, "not_found");
  EXPECT_TRUE(site.redis.client().keys("*events*").empty());
  Process asked({worker_program(), "events", "--config", "/dev/null", "--redis", site.redis.socket()}, site.folder / "asked");
  EXPECT_EQ(asked.wait(), 1);
  EXPECT_NE(asked.log().find("events-kept"), std::string::npos) << asked.log();
}

}  // namespace
}  // namespace sessiond::test
