// Who owns which slot of a Redis Cluster, and what its redirections say.
#include "redis/slot.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "redis/slot_map.h"
#include "replies.h"

namespace sessiond {
namespace {

using replies::error;
using replies::number;
using replies::text;

// Replies whose elements it owns.
class Arrays {
 public:
  Reply operator()(std::vector<Reply> elements) {
    kept_.push_back(std::move(elements));
    return replies::array(kept_.back());
  }

 private:
  std::deque<std::vector<Reply>> kept_;
};

Endpoint at(const std::string& host, int port, bool tls = false) {
  Endpoint endpoint;
  endpoint.unix_path.clear();
  endpoint.host = host;
  endpoint.port = port;
  endpoint.tls = tls;
  return endpoint;
}

TEST(TagOf, IsInItsSlotWhicheverThatIs) {
  for (std::size_t slot = 0; slot < kSlots; ++slot) ASSERT_EQ(slot_of("a:{" + tag_of(static_cast<Slot>(slot)) + "}:b"), slot);
}

TEST(SlotOf, IsWhatTheSpecificationSays) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("foo{hash_tag}"), slot_of("hash_tag"));
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar")) << "the first tag";
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar")) << "to the first closing brace";
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "an empty tag is none";
  EXPECT_NE(slot_of("foo{}a"), slot_of("foo{}b"));
  EXPECT_NE(slot_of("foo{a"), slot_of("foo{b"));
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("\xff\xfe"), slot_of("x{\xff\xfe}"));
}

TEST(SlotMap, HasTheOwnerOfEachSlot) {
  Arrays array;
  const Reply reply = array({array({number(0), number(5460), array({text("10.0.0.1"), number(7000), text("id")}),
                                    array({text("10.0.0.4"), number(7003), text("replica")})}),
                             array({number(5461), number(5461), array({text("b.example"), number(7001)})}),
                             array({number(10000), number(16383), array({text("10.0.0.1"), number(7000)})})});
  const Result<SlotMap> map = read_slot_map(reply, at("10.0.0.9", 7009, true));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->primaries, (std::vector<Endpoint>{at("10.0.0.1", 7000, true), at("b.example", 7001, true)})) << "reached as the one asked is, and no replica";
  EXPECT_EQ(map->owner[0], 0);
  EXPECT_EQ(map->owner[5460], 0);
  EXPECT_EQ(map->owner[5461], 1);
  EXPECT_EQ(map->owner[5462], SlotMap::kNobody);
  EXPECT_EQ(map->owner[9999], SlotMap::kNobody);
  EXPECT_EQ(map->owner[10000], 0);
  EXPECT_EQ(map->owner[16383], 0);
  EXPECT_EQ(map->gaps(), "5462-9999");
}

TEST(SlotMap, AServerThatDoesNotKnowItsAddressIsReachedWhereItWasAsked) {
  Arrays array;
  for (const Reply& host : {Reply{}, text("")}) {
    const Result<SlotMap> map = read_slot_map(array({array({number(0), number(16383), array({host, number(7000)})})}), at("seed", 6379));
    ASSERT_TRUE(map);
    EXPECT_EQ(map->primaries, std::vector<Endpoint>{at("seed", 7000)});
    EXPECT_EQ(map->gaps(), "");
  }
}

TEST(SlotMap, GapsAreNamed) {
  Arrays array;
  const Result<SlotMap> holes =
      read_slot_map(array({array({number(1), number(99), array({text("a"), number(1)})}), array({number(102), number(16382), array({text("a"), number(1)})}),
                           array({number(16383), number(16383)})}),
                    at("seed", 6379));
  ASSERT_TRUE(holes);
  EXPECT_EQ(holes->gaps(), "0, 100-101, 16383");
}

TEST(SlotMap, WhatHasAnotherFormIsRefused) {
  Arrays array;
  const Reply node = array({text("a"), number(1)});
  for (const Reply& reply :
       {text("OK"), Reply{}, number(1), array({text("0")}), array({array({number(0), number(1), array({text("?"), number(1)})})}),
        array({array({number(0), number(1), array({text("a b"), number(1)})})}), array(std::vector<Reply>(16385, array({number(0), number(0), node}))), array({array({})}), array({array({number(0), text("1"), node})}), array({array({text("0"), number(1), node})}),
        array({array({number(-1), number(1), node})}), array({array({number(2), number(1), node})}), array({array({number(0), number(16384), node})}),
        array({array({number(0), number(1), text("a")})}), array({array({number(0), number(1), array({text("a")})})}),
        array({array({number(0), number(1), array({text("a"), number(0)})})}), array({array({number(0), number(1), array({text("a"), number(65536)})})})}) {
    EXPECT_FALSE(read_slot_map(reply, at("seed", 6379)));
  }
  EXPECT_EQ(read_slot_map(array({}), at("seed", 6379)).error().text, "it knows of nobody who owns a slot");
  const Result<SlotMap> refused = read_slot_map(error("ERR This instance has cluster support disabled"), at("seed", 6379));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "it answers: ERR This instance has cluster support disabled");
}

TEST(SlotMap, HasAThousandPrimariesAndARangeForEachSlotAtMost) {
  const auto of_primaries = [](int count) {
    Arrays array;
    std::vector<Reply> ranges;
    for (int i = 0; i < count; ++i) ranges.push_back(array({number(i), number(i), array({text("a"), number(i + 1)})}));
    return read_slot_map(array(ranges), at("seed", 6379));
  };
  EXPECT_TRUE(of_primaries(1000));
  EXPECT_FALSE(of_primaries(1001));
  Arrays array;
  const Reply node = array({text("a"), number(1)});
  EXPECT_TRUE(read_slot_map(array(std::vector<Reply>(16384, array({number(0), number(0), node}))), at("seed", 6379)));
}

TEST(Redirection, SaysWhereTheCommandGoes) {
  const Endpoint from = at("10.0.0.1", 7000, true);
  const auto moved = read_redirection("MOVED 3999 10.0.0.2:7001", from);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->kind, Redirection::Kind::kMoved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->server, at("10.0.0.2", 7001, true));
  const auto ask = read_redirection("ASK 16383 ::1:7001", from);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->kind, Redirection::Kind::kAsk);
  EXPECT_EQ(ask->server, at("::1", 7001, true)) << "an IPv6 address without brackets";
  EXPECT_EQ(read_redirection("MOVED 1 10.0.0.2:65535", from)->server.port, 65535);
  EXPECT_EQ(read_redirection("MOVED 0 :7001", from)->server, at("10.0.0.1", 7001, true)) << "the host that answered";
  EXPECT_EQ(read_redirection("TRYAGAIN Multiple keys request during rehashing of slot", from)->kind, Redirection::Kind::kLater);
  EXPECT_EQ(read_redirection("CLUSTERDOWN Hash slot not served", from)->kind, Redirection::Kind::kLater);
}

TEST(Redirection, AnyOtherErrorIsNone) {
  for (const std::string_view text :
       {"", "ERR x", "NOSCRIPT x", "READONLY x", "MOVED", "MOVED 1", "MOVED x 10.0.0.2:1", "MOVED 16384 10.0.0.2:1", "MOVED -1 10.0.0.2:1", "MOVED 1 10.0.0.2",
        "MOVED 1 10.0.0.2 x:1", "MOVED 1 7001", "MOVED 1 10.0.0.2:0", "MOVED 1 10.0.0.2:x", "MOVED 1 10.0.0.2:65536", "MOVEDX 1 10.0.0.2:1", "ASKING 1 10.0.0.2:1", " MOVED 1 10.0.0.2:1"}) {
    EXPECT_EQ(read_redirection(text, at("a", 1)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sessiond
