#pragma once

#include <span>
#include <string_view>

#include "redis/reply.h"

/// Replies of Redis, as tests make them. They own neither their text nor their elements.
namespace sessiond::replies {

inline Reply text(std::string_view value) { return {Reply::Type::kText, 0, value, {}}; }
inline Reply error(std::string_view value) { return {Reply::Type::kError, 0, value, {}}; }
inline Reply number(long long value) { return {Reply::Type::kInteger, value, {}, {}}; }
inline Reply array(std::span<Reply> elements) { return {Reply::Type::kArray, 0, {}, elements}; }

}  // namespace sessiond::replies
