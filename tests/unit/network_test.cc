// Addresses and the networks that they are in.
#include "session/network.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

bool is_in(const char* network, const char* other) { return parse_network(network)->contains(*parse_network(other)); }

TEST(Network, ContainsWhatBeginsAsItDoes) {
  EXPECT_TRUE(is_in("203.0.113.0/24", "203.0.113.255"));
  EXPECT_TRUE(is_in("203.0.113.0/24", "203.0.113.0/24"));
  EXPECT_TRUE(is_in("203.0.113.128/25", "203.0.113.200"));
  EXPECT_TRUE(is_in("203.0.113.7", "203.0.113.7/32"));
  EXPECT_TRUE(is_in("0.0.0.0/0", "255.255.255.255"));
  EXPECT_TRUE(is_in("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_TRUE(is_in("2001:db8::/33", "2001:db8:7fff::/48"));
  EXPECT_TRUE(is_in("::/0", "2001:db8::1"));
}

TEST(Network, ContainsNoOther) {
  EXPECT_FALSE(is_in("203.0.113.0/24", "203.0.112.255"));
  EXPECT_FALSE(is_in("203.0.113.0/24", "203.0.112.0/23")) << "a larger one";
  EXPECT_FALSE(is_in("203.0.113.0/25", "203.0.113.0/24")) << "that only some of it is in";
  EXPECT_FALSE(is_in("203.0.113.128/25", "203.0.113.127"));
  EXPECT_FALSE(is_in("203.0.113.7", "203.0.113.6"));
  EXPECT_FALSE(is_in("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(Network, IsOfOneFamily) {
  EXPECT_FALSE(is_in("::/0", "203.0.113.7"));
  EXPECT_FALSE(is_in("0.0.0.0/0", "::1"));
  EXPECT_FALSE(is_in("::/64", "0.0.0.0"));
  EXPECT_TRUE(is_in("203.0.113.0/24", "::ffff:203.0.113.7")) << "which IPv6 only writes";
  EXPECT_TRUE(is_in("::ffff:203.0.113.0/120", "203.0.113.7"));
}

TEST(Network, IsWrittenInOneWay) {
  for (const auto& [text, written] : {std::pair("203.0.113.0/24", "203.0.113.0/24"), {"203.0.113.7", "203.0.113.7/32"}, {"2001:DB8::0/32", "2001:db8::/32"},
                                      {"::1", "::1/128"}, {"::ffff:203.0.113.0/120", "203.0.113.0/24"}, {"0.0.0.0/0", "0.0.0.0/0"}, {"::/0", "::/0"}}) {
    EXPECT_EQ(text_of(*parse_network(text)), written);
  }
}

TEST(Network, IsNothingElse) {
  for (const std::string& text :
       {std::string(), std::string("/"), std::string("/24"), std::string("203.0.113.0/"), std::string("203.0.113.0/33"), std::string("203.0.113.0/-1"),
        std::string("203.0.113.0/+8"), std::string("203.0.113.0/24/24"), std::string("203.0.113.0/24 "), std::string("203.0.113/24"), std::string("::/129"),
        std::string("203.0.113.7/24"), std::string("2001:db8::1/64"), std::string("0.0.0.1/0"), std::string("localhost"), std::string("*"),
        std::string("203.0.113.0/255.255.255.0"), std::string("203.0.113.0/4294967296"), std::string("203.0.113.0\0/24", 15), std::string(4000, '1')}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace sessiond
