#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace sessiond::test {

/// How long anything that must happen may take before a test gives up on it.
inline constexpr std::chrono::seconds kPatience{20};

/// What a busy machine may add to how long something takes.
inline constexpr std::chrono::seconds kNoise{3};

/// Looks every few milliseconds until it is so. False when patience ends first.
[[nodiscard]] bool happens(const std::function<bool()>& so);

/// Likewise. Throws, with the name of what is waited for, when patience ends first.
void wait_for(const std::string& what, const std::function<bool()>& so);

/// Looks every few milliseconds for this long. False as soon as it is not so.
[[nodiscard]] bool stays(const std::function<bool()>& so, std::chrono::milliseconds time);

}  // namespace sessiond::test
