// The Lua scripts' texts.
#include "store/scripts.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sessiond {
namespace {

// The names in `redis.call('NAME'` and `redis.pcall('NAME'`.
std::set<std::string> commands_of(const Script& script) {
  constexpr std::string_view kBefore = "call('";
  std::set<std::string> names;
  for (std::size_t at = script.text.find(kBefore); at != std::string_view::npos; at = script.text.find(kBefore, at + 1)) {
    const std::size_t start = at + kBefore.size();
    names.emplace(script.text.substr(start, script.text.find('\'', start) - start));
  }
  return names;
}

TEST(Scripts, UseNoCommandThatTheProbeForgets) {
  std::set<std::string> used;
  for (const Script* script : {&kMintScript, &kRevokeScript, &kRevokeAllScript, &kEnableScript, &kRenameScript, &kChangeUserScript, &kReauthenticateScript, &kGrantScript, &kPointScript, &kTouchScript}) {
    used.merge(commands_of(*script));
  }
  EXPECT_EQ(used.size(), 16U);
  for (const std::string& name : used) {
    EXPECT_NE(kProbeScript.text.find("{'" + name + "'"), std::string_view::npos) << name;
  }
}

}  // namespace
}  // namespace sessiond
