#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What every fuzz target has: libFuzzer calls it with bytes of its choosing, `replay.cc` with
/// those of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Ends the program, which is how a fuzz target fails, unless `condition` holds. Unlike assert,
/// in every build.
#define PROMISE(condition)                                                                         \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);         \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)

namespace sessiond::fuzz {

/// The input as text.
inline std::string_view text_of_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Cuts off what comes before `end` and returns it; `end` itself is dropped. All of it, when
/// there is no `end`.
inline std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return taken;
}

}  // namespace sessiond::fuzz
