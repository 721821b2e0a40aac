// What a user's device is known by: which changes it outlives, and which make it another.
#include "session/known_device.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sessiond {
namespace {

constexpr std::string_view kFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0";
constexpr std::string_view kChrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
constexpr std::string_view kEdge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91";

TEST(WithoutVersions, LeavesTheNamesOfProgramsAndSystems) {
  EXPECT_EQ(without_versions(kFirefox), "Mozilla/ (X; Linux x; rv:) Gecko/ Firefox/");
  EXPECT_EQ(without_versions("path-cli/0.8.1 (macOS; arm64)"), "path-cli/ (macOS; arm)");
  EXPECT_EQ(without_versions("Brave on Windows 11"), "Brave on Windows ");
  EXPECT_EQ(without_versions("a.b_c"), "a.b_c") << "what belongs to no number";
  EXPECT_EQ(without_versions(""), "");
}

TEST(WithoutVersions, AreTheSameAfterAnUpdate) {
  const auto same = [](std::string_view one, std::string_view other) { EXPECT_EQ(without_versions(one), without_versions(other)); };
  same(kFirefox, "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0.2");
  // More parts than before, and letters among them.
  same("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
       "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0.1 Mobile/22A3370 Safari/604.1");
  same("Mozilla/5.0 (Linux; Android 9; Nokia 7 Build/PPR1.180610.011)", "Mozilla/5.0 (Linux; Android 10.0.1; Nokia 7 Build/QKQ1.190828.002)");
}

TEST(WithoutVersions, TellFamiliesAndSystemsApart) {
  std::set<std::string> all;
  for (const std::string_view text : {kFirefox, kChrome, kEdge, std::string_view("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0"),
                                      std::string_view("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"),
                                      std::string_view("curl/8.5.0"), std::string_view("")}) {
    all.insert(without_versions(text));
  }
  EXPECT_EQ(all.size(), 7U);
}

TEST(DevicePrint, IsTheSameAfterAnUpdateAndInTheSameNetwork) {
  const std::string known = device_print("alice", {kChrome, "Brave on Windows 10", "203.0.113.7"});
  EXPECT_EQ(device_print("alice", {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                                   "Brave on Windows 11", "203.0.113.250"}),
            known);
  EXPECT_EQ(device_print("alice", {kChrome, "Brave on Windows 10", "::ffff:203.0.113.9"}), known);
  EXPECT_EQ(device_print("alice", {kChrome, "", "2001:db8:1:2::3"}), device_print("alice", {kChrome, "", "2001:db8:1:ffff::1"}));
}

TEST(DevicePrint, IsAnotherOfAnotherUserFamilySystemNameOrNetwork) {
  std::set<std::string> all;
  for (const auto& [user, user_agent, device, address] :
       {std::array<std::string_view, 4>{"alice", kChrome, "Brave", "203.0.113.7"},
        {"bob", kChrome, "Brave", "203.0.113.7"},
        {"alice", kEdge, "Brave", "203.0.113.7"},
        {"alice", kFirefox, "Brave", "203.0.113.7"},
        {"alice", kChrome, "Vivaldi", "203.0.113.7"},
        {"alice", kChrome, "", "203.0.113.7"},
        {"alice", kChrome, "Brave", "203.0.114.7"},
        {"alice", kChrome, "Brave", "2001:db8:1::1"},
        {"alice", kChrome, "Brave", "2001:db8:2::1"},
        {"alice", kChrome, "Brave", ""},
        {"alice", "", "", ""},
        {"alice", "Brave", "", ""},
        {"alice", "", "Brave", ""}}) {
    all.insert(device_print(user, {user_agent, device, address}));
  }
  EXPECT_EQ(all.size(), 13U);
}

TEST(DevicePrint, OfAnAddressThatIsNoneIsThatOfNone) {
  EXPECT_EQ(device_print("alice", {kChrome, "", "unix:"}), device_print("alice", {kChrome, "", ""}));
}

TEST(DevicePrint, ShowsNothingOfWhatItIsMadeFrom) {
  const std::string print = device_print("alice", {"curl/8", "Pixel", "203.0.113.7"});
  EXPECT_EQ(print.size(), 22U);
  EXPECT_EQ(print.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos) << print;
  for (const char* const part : {"alice", "curl", "Pixel", "203"}) EXPECT_EQ(print.find(part), std::string::npos);
}

}  // namespace
}  // namespace sessiond
