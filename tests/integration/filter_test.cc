// Sessions that are found, and ended, by what is known of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "integration/document.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

const std::vector<std::string> kRecorded = {"--record-activity", "--record-ip", "full"};

// A session that each term of `kTerms` fits.
struct Term {
  std::string name;
  std::string value;
};
const std::vector<Term> kTerms = {{"kind", "cli"},
                                  {"user_agent", "path-CLI"},
                                  {"ip", "203.0.113.0/24"},
                                  {"created_before", "2001-01-01T00:00:00Z"},
                                  {"created_before", "3650d"},
                                  {"idle_since", "2001-01-01T00:00:00+01:00"},
                                  {"idle_since", "3650d"},
                                  {"name", "work laptop"}};

class Filters : public ::testing::Test {
 protected:
  Filters() : site(kRecorded) {}

  // Its id says when it was minted: it gets the same id of 1970.
  void date_back(Signed& session) {
    const Signed was = session;
    session.id.replace(0, 13, "00000000-0000");
    Token token = *parse_token(was.token);
    token.id = *parse_uuid(session.id);
    session.token = format_token(token);
    redis({"RENAME", key_of(was), key_of(session)});
    redis({"ZADD", keys_of(session) + "sessions", redis({"ZSCORE", keys_of(was) + "sessions", was.id}).text, session.id});
    redis({"ZREM", keys_of(was) + "sessions", was.id});
  }
  // One that all of the terms fit.
  Signed mint_old(const std::string& id) {
    Signed session = site.mint(id, {.kind = "cli", .user_agent = "Path-CLI/0.8.0 (Linux)"});
    date_back(session);
    redis({"HSET", key_of(session), "seen", "0", "name", "work laptop", "ip", "203.0.113.7", "place", "Berlin"});
    return session;
  }
  // One that none of them fits.
  Signed mint_other(const std::string& id) {
    const Signed session = site.mint(id, {.user_agent = "Firefox"});
    redis({"HSET", key_of(session), "name", "home", "ip", "2001:db8::1"});
    return session;
  }

  Response ask(const std::string& method, const std::string& query) {
    return site.operators.send({method, "/internal/v1/users/alice/sessions" + query, {}, {}});
  }
  static std::string query_of(const Term& term) {
    std::string query = "?" + term.name + "=";
    for (const char c : term.value) query += c == ' ' ? std::string("%20") : std::string(1, c);
    return query;
  }

  static std::string flag_of(std::string name) {
    std::ranges::replace(name, '_', '-');
    return "--" + name;
  }
  std::vector<std::string> command(std::vector<std::string> words) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", site.redis.socket()});
    words.insert(words.end(), kRecorded.begin(), kRecorded.end());
    return words;
  }
  std::string new_log() { return site.folder / ("said-" + std::to_string(++runs_)); }
  Outcome run(const std::vector<std::string>& words) {
    Process process(command(words), new_log());
    const int status = process.wait();
    return {status, process.said()};
  }
  // script(1) gives the command a terminal and types what it reads.
  Outcome run_on_terminal(const std::vector<std::string>& words, const std::string& typed) {
    std::string line;
    for (const std::string& word : command(words)) line += "'" + word + "' ";
    Process terminal({"sh", "-c", R"(printf '%s\n' "$1" | script -qec "$2" /dev/null)", "sh", typed, line}, new_log());
    const int status = terminal.wait();
    return {status, terminal.log()};
  }

  bool lives(const Signed& session) { return redis({"EXISTS", key_of(session)}).integer == 1; }

  // Runs it with all that changes something in Redis held back until it has asked for that. What is told to Redis before,
  // it does before that.
  Outcome run_overtaken(const std::vector<std::string>& words, const std::vector<std::string>& overtaking) {
    std::vector<std::string> all = command(words);
    all.insert(all.end(), {"--store-timeout", "20"});
    RedisClient admin = site.redis.client();
    RedisClient first = site.redis.client();
    admin({"CLIENT", "PAUSE", "60000", "WRITE"});
    std::thread overtaker([&] { EXPECT_FALSE(first(overtaking).error); });
    // `cmd` is also the last that somebody sent who waits for nothing: only who waits is `b`, blocked.
    const auto held_back = [&](const std::string& command) {
      std::istringstream clients(admin({"CLIENT", "LIST"}).text);
      for (std::string line; std::getline(clients, line);) {
        if (line.find(" flags=b") != std::string::npos && line.find(" cmd=" + command + " ") != std::string::npos) return true;
      }
      return false;
    };
    site.worker.process().wait_until([&] { return held_back(overtaking[0]); }, "what is to come first");
    Process process(all, new_log());
    site.worker.process().wait_until([&] { return held_back("evalsha"); }, "the script");
    admin({"CLIENT", "UNPAUSE"});
    overtaker.join();
    const int status = process.wait();
    return {status, process.said()};
  }

  Site site;
  RedisClient redis = site.redis.client();

 private:
  int runs_ = 0;
};

TEST_F(Filters, FindAndEndOfAUsersSessionsThoseThatFit) {
  const Signed other = mint_other("alice");
  const Signed stranger = mint_old("bob");
  for (const Term& term : kTerms) {
    const Signed old = mint_old("alice");
    EXPECT_EQ(ids_in(ask("GET", query_of(term))), std::vector{old.id}) << term.name;
    EXPECT_EQ(ask("DELETE", query_of(term)).body, R"({"revoked":1})") << term.name;
    EXPECT_EQ(site.list(old).status, 401) << term.name;
    EXPECT_EQ(ask("GET", query_of(term)).body, "[]");
  }
  EXPECT_EQ(ids_in(ask("GET", "")), std::vector{other.id});
  EXPECT_TRUE(lives(stranger));
}

TEST_F(Filters, EndNoneThatOneOfTheirTermsDoesNotFitNorTheOneThatIsSpared) {
  const Signed old = mint_old("alice");
  const Signed spared = mint_old("alice");
  const Signed other = mint_other("alice");
  EXPECT_EQ(ask("DELETE", "?user_agent=Path&name=home").body, R"({"revoked":0})");
  EXPECT_EQ(ask("DELETE", "?user_agent=Path&kind=web").body, R"({"revoked":0})");
  EXPECT_EQ(ask("DELETE", "?user_agent=Path&kind=cli&except=" + spared.id).body, R"({"revoked":1})");
  EXPECT_FALSE(lives(old));
  EXPECT_TRUE(lives(spared));
  EXPECT_TRUE(lives(other));
  EXPECT_TRUE(site.worker.says("revoked 1 sessions of a user, kind cli, user_agent Path, all but " + spared.id)) << site.worker.log();
}

TEST_F(Filters, ThatCannotBeReadFindAndEndNothingAndSayWhatWasExpected) {
  const Signed old = mint_old("alice");
  for (const auto& [query, wanted] :
       {std::pair("?kind=CLI", "\"kind\" wants web or cli"), {"?user_agent=", "\"user_agent\" wants 1 to 512 bytes of text"},
        {"?ip=203.0.113.7/24", "\"ip\" wants an address or a network such as"}, {"?created_before=yesterday", "\"created_before\" wants a time such as"},
        {"?idle_since=2026-11-01", "\"idle_since\" wants a time such as"}, {"?name=", "\"name\" wants a name"},
        {"?name=a&name=a", "\"name\" is given twice"}, {"?kind=cli&user-agent=x", "\"user-agent\" is not known here"}}) {
    for (const char* method : {"GET", "DELETE"}) {
      const Response response = ask(method, query);
      expect_problem(response, 400, "bad_request");
      EXPECT_NE(std::string(Document(response.body)["error"].GetString()).find(wanted), std::string::npos) << response.body;
    }
  }
  EXPECT_TRUE(lives(old));
  EXPECT_EQ(ids_in(ask("GET", "?colour=red")), std::vector{old.id}) << "a list without a filter is as it ever was";
}

TEST_F(Filters, ByWhatIsNotRecordedAreRefused) {
  Site plain;
  for (const char* query : {"?idle_since=90d", "?ip=203.0.113.7"}) {
    for (const char* method : {"GET", "DELETE"}) {
      const Response response = plain.operators.send({method, std::string("/internal/v1/users/alice/sessions") + query, {}, {}});
      expect_problem(response, 400, "bad_request");
      EXPECT_NE(response.body.find("is not recorded: see record-"), std::string::npos) << response.body;
    }
  }
  for (const std::string verb : {"revoke", "list"}) {
    std::vector<std::string> words = {worker_program(), verb, "--everybody", "--idle-since", "90d", "--config", "/dev/null", "--redis", site.redis.socket()};
    if (verb == "revoke") words.emplace_back("--yes");
    Process process(words, new_log());
    EXPECT_EQ(process.wait(), 1) << verb;
    EXPECT_NE(process.log().find("see record-activity"), std::string::npos) << process.log();
  }
}

// Between being found and being ended, something changes.
TEST_F(Filters, EndNoSessionThatIsUsedMeanwhile) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"revoke", "alice", "--idle-since", "90d", "--yes"},
                                                                 {"revoke", "--everybody", "--idle-since", "90d", "--yes"}}) {
    const Signed old = mint_old("alice");
    const Outcome revoked = run_overtaken(words, {"hset", key_of(old), "seen", std::to_string(redis.now())});
    EXPECT_EQ(revoked.status, 0);
    EXPECT_EQ(revoked.said, "revoked 0 sessions\n");
    EXPECT_TRUE(lives(old));
    redis({"DEL", key_of(old)});
  }
}

TEST_F(Filters, CountNoSessionThatIsGoneMeanwhile) {
  const Signed old = mint_old("alice");
  EXPECT_EQ(run_overtaken({"revoke", "--everybody", "--idle-since", "90d", "--yes"}, {"del", key_of(old)}).said, "revoked 0 sessions\n");
}

TEST_F(Filters, EndASessionThatChangesMeanwhileAndStillFits) {
  const Signed old = mint_old("alice");
  const Outcome revoked = run_overtaken({"revoke", "--everybody", "--idle-since", "90d", "--yes"}, {"hset", key_of(old), "name", "another"});
  EXPECT_EQ(revoked.said, "revoked 1 session\n");
  EXPECT_FALSE(lives(old));
}

TEST_F(Filters, OfCommandsAreTheSame) {
  for (const Term& term : kTerms) {
    const Signed mine = mint_old("alice");
    const Signed others = mint_old("bob");
    const Signed spared = mint_other("alice");
    const Document listed(run({"list", "alice", flag_of(term.name), term.value, "--json"}).said);
    ASSERT_EQ(listed.root().Size(), 1U) << term.name;
    EXPECT_EQ(listed.root()[0]["id"].GetString(), mine.id);
    EXPECT_EQ(run({"revoke", "alice", flag_of(term.name), term.value, "--dry-run"}).said, "would revoke 1 session\n") << term.name;
    EXPECT_EQ(run({"revoke", "alice", flag_of(term.name), term.value, "--yes"}).said, "revoked 1 session\n") << term.name;
    EXPECT_FALSE(lives(mine));
    EXPECT_EQ(Document(run({"list", "--everybody", flag_of(term.name), term.value, "--json"}).said).root().Size(), 1U) << term.name;
    EXPECT_EQ(run({"revoke", "--everybody", flag_of(term.name), term.value, "--dry-run", "--json"}).said, "{\"would_revoke\":1}\n") << term.name;
    EXPECT_TRUE(lives(others)) << "a dry run ends nothing";
    EXPECT_EQ(run({"revoke", "--everybody", flag_of(term.name), term.value, "--yes", "--json"}).said, "{\"revoked\":1}\n") << term.name;
    EXPECT_FALSE(lives(others));
    EXPECT_TRUE(lives(spared)) << term.name;
    redis({"FLUSHALL"});
  }
}

TEST_F(Filters, OfNobodyAreNotOfEverybody) {
  const Signed old = mint_old("alice");
  for (const auto& [words, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"revoke", "--yes"}, "revoke wants one of"},
           {{"revoke", "--kind", "cli", "--yes"}, "a filter by itself means nobody"},
           {{"revoke", "--dry-run"}, "revoke wants one of"},
           {{"revoke", "alice", "--yes"}, "revoke wants one of"},
           {{"revoke", "alice", "--all", "--kind", "cli", "--yes"}, "revoke wants one of"},
           {{"revoke", "alice", old.id, "--kind", "cli", "--yes"}, "revoke wants one of"},
           {{"revoke", "alice", "--everybody", "--kind", "cli", "--yes"}, "revoke wants one of"},
           {{"revoke", "alice", old.id, "--dry-run"}, "--dry-run counts"},
           {{"revoke", "alice", "--kind", "cli"}, "nothing is revoked: without a terminal it wants --yes"},
           {{"revoke", "--everybody", "--kind", "cli"}, "nothing is revoked: without a terminal it wants --yes"},
           {{"revoke", "--everybody", "--kind", "phone", "--yes"}, "--kind wants web or cli"},
           {{"revoke", "--everybody", "--user-agent", "", "--yes"}, "--user-agent wants 1 to 512 bytes"},
           {{"revoke", "--everybody", "--created-before", "2026-11-01", "--yes"}, "--created-before wants a time such as"},
           {{"revoke", "--everybody", "--kind", "cli", "--rate", "many", "--yes"}, "--rate wants a whole number"},
           {{"list", "--kind", "cli"}, "USER is required, or --everybody"},
           {{"list", "alice", "--everybody"}, "list wants one of"}}) {
    const Outcome refused = run(words);
    EXPECT_EQ(refused.status, 1) << said;
    EXPECT_NE(refused.said.find(said), std::string::npos) << refused.said;
    EXPECT_TRUE(lives(old));
  }
}

TEST_F(Filters, CountAndAskBeforeTheyEndAnything) {
  const Signed mine = mint_old("alice");
  const Signed others = mint_old("bob");
  mint_other("bob");
  const auto expect_asked = [&](const std::vector<std::string>& words, const std::string& question) {
    const Outcome kept = run_on_terminal(words, "no");
    EXPECT_EQ(kept.status, 1);
    EXPECT_NE(kept.said.find(question + ". Type yes to go on: "), std::string::npos) << kept.said;
    EXPECT_NE(kept.said.find("nothing is revoked"), std::string::npos) << kept.said;
    EXPECT_TRUE(lives(mine));
    EXPECT_TRUE(lives(others));
  };
  expect_asked({"revoke", "alice", "--kind", "cli"}, "This ends 1 sessions of the user `alice`, those of kind cli");
  expect_asked({"revoke", "--everybody", "--name", "work laptop"},
               "This ends 2 sessions of all users below sessiond: in the Redis at " + site.redis.socket() + ", those of name work laptop");
  expect_asked({"revoke", "--everybody"}, "3 sessions are there. This ends all sessions of all users below sessiond: in the Redis at " + site.redis.socket());
  const Outcome revoked = run_on_terminal({"revoke", "--everybody", "--kind", "cli"}, "yes");
  EXPECT_EQ(revoked.status, 0);
  EXPECT_NE(revoked.said.find("revoked 2 sessions"), std::string::npos) << revoked.said;
  EXPECT_FALSE(lives(mine));
  EXPECT_FALSE(lives(others));
}

TEST_F(Filters, ListsShowWhatTheyGoBy) {
  const Signed old = mint_old("alice");
  const Signed other = mint_other("bob\n/" + std::string(3, 'x'));
  const std::string one = run({"list", "alice"}).said;
  for (const std::string& cell : {std::string("LAST USED"), std::string("FROM"), std::string("NAME"), old.id, std::string("work laptop"), std::string("203.0.113.7, Berlin"),
                                  std::string("1970-01-01T00:00:00.000Z"), std::string("Path-CLI/0.8.0 (Linux)")}) {
    EXPECT_NE(one.find(cell), std::string::npos) << cell << " in " << one;
  }
  const std::string all = run({"list", "--everybody"}).said;
  for (const std::string& cell : {std::string("USER "), std::string("alice "), std::string("bob\xEF\xBF\xBD/xxx "), old.id, other.id, std::string("2001:db8::1 ")}) {
    EXPECT_NE(all.find(cell), std::string::npos) << cell << " in " << all;
  }
  EXPECT_EQ(std::ranges::count(all, '\n'), 3);
  const Document json(run({"list", "--everybody", "--kind", "cli", "--json"}).said);
  EXPECT_STREQ(json.root()[0]["user_id"].GetString(), "alice");
  EXPECT_STREQ(json.root()[0]["name"].GetString(), "work laptop");
  EXPECT_STREQ(json.root()[0]["ip"].GetString(), "203.0.113.7");
  EXPECT_EQ(all.find(old.token), std::string::npos);
  EXPECT_EQ(run({"list", "--everybody", "--name", "nobody's"}).said, "no session fits\n");
  EXPECT_EQ(run({"list", "--everybody", "--name", "nobody's", "--json"}).said, "[]\n");
}

TEST_F(Filters, LeaveAloneWhatIsDamagedAndSaySo) {
  const Signed old = mint_old("alice");
  const Signed damaged = mint_old("bob");
  redis({"HDEL", key_of(damaged), "expires_at"});
  const Outcome revoked = run({"revoke", "--everybody", "--kind", "cli", "--yes"});
  EXPECT_EQ(revoked.status, 0);
  EXPECT_NE(revoked.said.find("revoked 1 session"), std::string::npos) << revoked.said;
  EXPECT_NE(revoked.said.find("a session's hash is incomplete"), std::string::npos) << revoked.said;
  EXPECT_FALSE(lives(old));
  EXPECT_TRUE(lives(damaged));
}

TEST_F(Filters, EndTheGrantsOfWhatTheyEnd) {
  const Signed session = site.mint("alice", {.user_agent = "Firefox"});
  const std::vector<std::string> json = {session.bearer(), "Content-Type: application/json"};
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/cli/request-grant", json, ""}).status, 200);
  EXPECT_EQ(run({"revoke", "--everybody", "--user-agent", "firefox", "--yes"}).said, "revoked 1 session\n");
  EXPECT_TRUE(redis.keys().empty());
}

TEST_F(Filters, LookAtNoMoreKeysThanTheirRate) {
  const Signed old = mint_old("alice");
  redis({"EVAL", "for i = 1, 2500 do redis.call('SET', 'filler' .. i, '') end", "0"});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(run({"revoke", "--everybody", "--kind", "cli", "--rate", "2500", "--yes"}).said, "revoked 1 session\n");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(600)) << "five looks at 500 keys";
}

TEST_F(Filters, ThatAreInterruptedSayHowFarTheyCameAndGoOnWhenAskedAgain) {
  for (int i = 0; i < 10; ++i) mint_old("user" + std::to_string(i));
  Process process(command({"revoke", "--everybody", "--kind", "cli", "--rate", "1", "--yes"}), new_log());
  process.wait_until([&] { return redis.calls("scan") >= 2; }, "the second look");
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 1);
  {
    const long long looks = redis.calls("scan");
    Process listing(command({"list", "--everybody", "--rate", "1"}), new_log());
    listing.wait_until([&] { return redis.calls("scan") >= looks + 2; }, "the second look");
    listing.signal(SIGINT);
    EXPECT_EQ(listing.wait(), 1);
    EXPECT_NE(listing.said().find("it was stopped"), std::string::npos) << listing.said();
  }
  const std::string said = process.said();
  EXPECT_NE(said.find("sessions are ended, and asked again it goes on with the others: it was stopped"), std::string::npos) << said;
  const std::size_t number = said.find(": ") + 2;
  const int ended = std::stoi(said.substr(number));
  EXPECT_EQ(redis.keys("*:session:*").size(), 10U - static_cast<std::size_t>(ended));
  EXPECT_EQ(run({"revoke", "--everybody", "--kind", "cli", "--yes"}).said, "revoked " + std::to_string(10 - ended) + (ended == 9 ? " session\n" : " sessions\n"));
  EXPECT_TRUE(redis.keys().empty());
}

}  // namespace
}  // namespace sessiond::test
