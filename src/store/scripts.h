#pragma once

#include <string_view>

namespace sessiond {

/// A Lua script that Redis runs as one atomic step. The texts are the files in store/lua/, each
/// behind common.lua; the Makefile embeds them with their SHA-1, by which Redis knows them.
struct Script {
  std::string_view sha1;
  std::string_view text;
};

extern const Script kMintScript;
extern const Script kRevokeScript;
extern const Script kRevokeAllScript;
extern const Script kEnableScript;
extern const Script kChangeUserScript;
extern const Script kRenameScript;
extern const Script kReauthenticateScript;
extern const Script kGrantScript;
extern const Script kPointScript;
extern const Script kConfirmScript;
extern const Script kTouchScript;
extern const Script kAdmitDeviceScript;
extern const Script kBeginDeviceScript;
extern const Script kDecideDeviceScript;
extern const Script kPollDeviceScript;
extern const Script kProbeScript;

}  // namespace sessiond
