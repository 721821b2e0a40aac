#pragma once

// What tests/mutants/generate wraps around conditions, in its copy of the sources only. All mutants are in
// one program: MUTANT=n in the environment chooses the one that takes effect. MUTANTS_REACHED=file names a
// file of a byte a mutant, and those that would have decided otherwise are marked in it, by whichever
// process: so it is known which tests could notice one.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <utility>

namespace sessiond::mutants {

struct State {
  unsigned chosen = 0;
  unsigned char* reached = nullptr;
  std::size_t size = 0;

  State() {
    if (const char* number = std::getenv("MUTANT")) chosen = static_cast<unsigned>(std::strtoul(number, nullptr, 10));
    const char* path = std::getenv("MUTANTS_REACHED");
    const int fd = path != nullptr ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    struct stat status {};
    fstat(fd, &status);
    size = static_cast<std::size_t>(status.st_size);
    void* bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes != MAP_FAILED) reached = static_cast<unsigned char*>(bytes);
    close(fd);
  }
};
inline State state;

inline void note(unsigned n) {
  if (state.reached != nullptr && n < state.size) __atomic_store_n(&state.reached[n], 1, __ATOMIC_RELAXED);
}

/// Whether mutant `n` is chosen.
inline bool is(unsigned n) {
  note(n);
  return state.chosen == n;
}

constexpr bool decide(unsigned n, bool value, bool mutated) {
  if (std::is_constant_evaluated() || value == mutated) return value;
  note(n);
  return state.chosen == n ? mutated : value;
}

constexpr bool negated(unsigned n, bool value) { return decide(n, value, !value); }
/// Of an `if`: the mutant after `n` never takes it.
constexpr bool negated_or_never(unsigned n, bool value) { return decide(n + 1, decide(n, value, !value), false); }
/// What is dropped from a conjunction is true, from a disjunction false.
constexpr bool dropped_and(unsigned n, bool value) { return decide(n, value, true); }
constexpr bool dropped_or(unsigned n, bool value) { return decide(n, value, false); }

template <typename A, typename B>
constexpr bool less(unsigned n, const A& a, const B& b) { return decide(n, a < b, a <= b); }
template <typename A, typename B>
constexpr bool less_equal(unsigned n, const A& a, const B& b) { return decide(n, a <= b, a < b); }
template <typename A, typename B>
constexpr bool greater(unsigned n, const A& a, const B& b) { return decide(n, a > b, a >= b); }
template <typename A, typename B>
constexpr bool greater_equal(unsigned n, const A& a, const B& b) { return decide(n, a >= b, a > b); }

/// Becomes the emptiest value of the type that is wanted.
struct Empty {
  template <typename T>
  operator T() const {
    if constexpr (std::is_default_constructible_v<T>) return T{};
    else return T({});
  }
};

/// What is returned instead of a failure: the emptiest success of the type.
template <typename R>
R success() {
  if constexpr (std::is_same_v<R, bool>) {
    return true;
  } else if constexpr (std::is_void_v<R>) {
    return;
  } else if constexpr (requires(R result) { result.value(); }) {
    using T = std::remove_cvref_t<decltype(std::declval<R&>().value())>;
    if constexpr (std::is_aggregate_v<T> && !std::is_default_constructible_v<T>) return R(T{Empty(), Empty(), Empty()});
    else return R(static_cast<T>(Empty()));
  } else {
    return R{};
  }
}

}  // namespace sessiond::mutants
