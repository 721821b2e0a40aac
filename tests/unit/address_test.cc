// Where Redis is, as operators write it.
#include "redis/address.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

struct GoodAddress {
  const char* text;
  const char* means;  // as Endpoint::text() has it
};

const std::string kLongestPath = "/" + std::string(106, 'x');
const std::string kLongestName = std::string(253, 'a') + ":1";
const std::string kLongestIpv6 = "[" + std::string(252, '0') + ":]:1";

TEST(Address, IsReadInEveryFormThatOperatorsKnow) {
  for (const auto& [text, means] : {
           GoodAddress{"/run/redis.sock", "/run/redis.sock"},
           {"/run/odd@name:1.sock", "/run/odd@name:1.sock"},
           {"unix:/run/redis.sock", "/run/redis.sock"},
           {"unix:///run/redis.sock", "/run/redis.sock"},
           {"unix:///run/odd@name", "/run/odd@name"},
           {kLongestPath.c_str(), kLongestPath.c_str()},
           {kLongestName.c_str(), kLongestName.c_str()},
           {kLongestIpv6.c_str(), kLongestIpv6.c_str()},
           {"localhost:6379", "localhost:6379"},
           {"redis:6379", "redis:6379"},
           {"unix:6379", "unix:6379"},
           {"redis-1.db_a.example.com.:1", "redis-1.db_a.example.com.:1"},
           {"127.0.0.1:65535", "127.0.0.1:65535"},
           {"[::1]:6379", "[::1]:6379"},
           {"[fe80::1%eth0]:6380", "[fe80::1%eth0]:6380"},
           {"[::ffff:10.0.0.1]:6379", "[::ffff:10.0.0.1]:6379"},
           {"redis://db", "db:6379"},
           {"redis://db/", "db:6379"},
           {"redis://db/0", "db:6379"},
           {"redis://db:7000/0", "db:7000"},
           {"redis://[::1]", "[::1]:6379"},
           {"redis://[::1]:7000/0", "[::1]:7000"},
           {"redis://db/2", "redis://db:6379/2"},
           {"redis://[::1]:7000/65535", "redis://[::1]:7000/65535"},
           {"rediss://db", "rediss://db:6379"},
           {"rediss://db/", "rediss://db:6379"},
           {"rediss://10.0.0.1:6380", "rediss://10.0.0.1:6380"},
           {"rediss://[::1]:6380/3", "rediss://[::1]:6380/3"},
           {"tcp://10.0.0.1:6379", "10.0.0.1:6379"},
           {"tcp://db", "db:6379"},
       }) {
    const Result<Endpoint> endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text << ": " << endpoint.error().text;
    EXPECT_EQ(endpoint->text(), means) << text;
  }
}

TEST(Address, OfIPv6IsKeptWithoutItsBracketsAsTheSystemWantsIt) {
  const Result<Endpoint> endpoint = parse_endpoint("[::1]:6379");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->host, "::1");
  EXPECT_EQ(endpoint->port, 6379);
  EXPECT_EQ(endpoint->unix_path, "");
}

TEST(Address, WithTlsIsToldFromOneWithout) {
  EXPECT_TRUE(parse_endpoint("rediss://db:6380")->tls);
  for (const char* text : {"redis://db:6380", "tcp://db:6380", "db:6380", "/run/redis.sock"}) EXPECT_FALSE(parse_endpoint(text)->tls) << text;
}

struct Bad {
  std::string text;
  const char* says;
};

TEST(Address, ThatCannotBeUsedIsRefusedWithASentenceThatSaysWhatToDo) {
  constexpr const char* kForms = "is written /path/of/socket, host:port, [IPv6]:port";
  constexpr const char* kPort = "a number from 1 to 65535";
  constexpr const char* kDatabase = "the number of a database";
  constexpr const char* kSecret = "redis-user and redis-password-file";
  for (const auto& [text, says] : {
           Bad{"", kForms},
           {"localhost", kPort},
           {"localhost:", kPort},
           {":6379", kForms},
           {"localhost:0", kPort},
           {"localhost:65536", kPort},
           {"localhost:+1", kPort},
           {"localhost:6379x", kPort},
           {"localhost:6379/0", kPort},
           {"a b:6379", kForms},
           {"relative/redis.sock", kForms},
           {"::1:6379", "[IPv6]:port"},
           {"::1", "[IPv6]:port"},
           {"fe80::1", "an IPv6 address of Redis is written [IPv6]:port"},
           {"fe80::1:6379", "an IPv6 address of Redis is written [IPv6]:port"},
           {"[::1]:6379:1", kPort},
           {"[::1 x]:6379", kForms},
           {"[" + std::string(253, '0') + ":]:6379", kForms},
           {"[::1]", kPort},
           {"[::1]6379", kForms},
           {"[::1:6379", kForms},
           {"[localhost]:6379", kForms},
           {"[]:6379", kForms},
           {"/" + std::string(107, 'x'), "107 bytes"},
           {"unix:///" + std::string(107, 'x'), "107 bytes"},
           {"unix:///run/redis.sock?db=1", "nothing may follow"},
           {"unix://relative", kForms},
           {"redis://", kForms},
           {"redis://db/65536", kDatabase},
           {"redis://db/-1", kDatabase},
           {"redis://db/1/", kDatabase},
           {"redis://db:6379/x", kDatabase},
           {"rediss://db:6380/hunter2", kDatabase},
           {"redis://db?x", kForms},
           {"redis://db:0", kPort},
           {"http://db:6379", kForms},
           {"rediss://", kForms},
           {"rediss:///run/redis.sock", kForms},
           {"tls://db:6380", "with TLS rediss"},
           {"rediss://alice:hunter2@db:6380", kSecret},
           {"redis://alice:hunter2@db", kSecret},
           {"redis://:hunter2@db:6379/0", kSecret},
           {"redis://hunter2@db", kSecret},
           {"tcp://alice:hunter2@db", kSecret},
           {"unix://alice:hunter2@/run/redis.sock", kSecret},
           {"alice:hunter2@db:6379", kSecret},
           {"redis://db?password=hunter2", kForms},
           {"db:6379,password=hunter2", kPort},
           {"hunter2", kPort},
           {std::string("db\0:6379", 8), kForms},
           {std::string(254, 'a') + ":6379", kForms},
       }) {
    const Result<Endpoint> endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_NE(endpoint.error().text.find(says), std::string::npos) << text << ": " << endpoint.error().text;
    EXPECT_EQ(endpoint.error().text.find("hunter2"), std::string::npos) << endpoint.error().text;
  }
}

TEST(Place, OfSentinelsNamesThemAndThePrimary) {
  const Result<Place> place = parse_place("redis+sentinel://a:1,[::1],10.0.0.1:26380/people/2");
  ASSERT_TRUE(place) << place.error().text;
  ASSERT_EQ(place->sentinels.size(), 3u);
  EXPECT_EQ(place->sentinels[0].place(), "a:1");
  EXPECT_EQ(place->sentinels[1].place(), "[::1]:26379");
  EXPECT_EQ(place->sentinels[2].place(), "10.0.0.1:26380");
  EXPECT_EQ(place->primary_name, "people");
  EXPECT_FALSE(place->tls());
  EXPECT_EQ(place->text(), "redis+sentinel://a:1,[::1]:26379,10.0.0.1:26380/people");
  EXPECT_TRUE(parse_place("rediss+sentinel://a/people")->tls());
  EXPECT_EQ(parse_place("rediss+sentinel://a/people")->text(), "rediss+sentinel://a:26379/people");
  EXPECT_EQ(parse_place("/run/redis.sock")->text(), "/run/redis.sock");
}

TEST(Place, OfAClusterNamesSomeOfItsServers) {
  const Result<Place> place = parse_place("redis+cluster://a,[::1]:7000,10.0.0.1:7001");
  ASSERT_TRUE(place) << place.error().text;
  ASSERT_EQ(place->cluster.size(), 3u);
  EXPECT_EQ(place->cluster[0].place(), "a:6379");
  EXPECT_EQ(place->cluster[1].place(), "[::1]:7000");
  EXPECT_FALSE(place->tls());
  EXPECT_EQ(place->database(), 0);
  EXPECT_EQ(place->text(), "redis+cluster://a:6379,[::1]:7000,10.0.0.1:7001");
  EXPECT_TRUE(parse_place("rediss+cluster://a")->tls());
  EXPECT_EQ(parse_place("rediss+cluster://a")->text(), "rediss+cluster://a:6379");
}

TEST(Place, ThatCannotBeUsedIsRefusedWithASentence) {
  for (const auto& [text, says] : {
           Bad{"redis+sentinel://a:1", "the name by which they call the primary"},
           {"redis+sentinel://a:1/", "the name by which they call the primary"},
           {"redis+sentinel://a:1/peo ple", "the name by which they call the primary"},
           {"redis+sentinel:///people", "is written /path/of/socket"},
           {"redis+sentinel://a:1,/people", "is written /path/of/socket"},
           {"redis+sentinel://a:0/people", "a number from 1 to 65535"},
           {"redis+sentinel://a:1/people/x", "the number of a database"},
           {"redis+sentinel://:hunter2@a:1/people", "redis-user and redis-password-file"},
           {"redis+cluster://", "is written /path/of/socket"},
           {"redis+cluster://a:1,", "is written /path/of/socket"},
           {"redis+cluster://a:1,b:0", "a number from 1 to 65535"},
           {"redis+cluster://a:1/1", "a Redis Cluster has no other database than 0"},
           {"redis+cluster:///run/redis.sock", "a Redis Cluster has no other database than 0"},
           {"redis+cluster://:hunter2@a:1", "redis-user and redis-password-file"},
           {"http://a:1", "is written /path/of/socket"},
       }) {
    const Result<Place> place = parse_place(text);
    ASSERT_FALSE(place) << text;
    EXPECT_NE(place.error().text.find(says), std::string::npos) << text << ": " << place.error().text;
    EXPECT_EQ(place.error().text.find("hunter2"), std::string::npos) << place.error().text;
  }
}

}  // namespace
}  // namespace sessiond
