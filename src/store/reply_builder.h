#pragma once

#include <cstddef>

struct redisReadTask;
struct redisReplyObjectFunctions;

namespace sessiond {

struct Reply;

/// Builds replies where they will be used: hiredis's reader calls these functions for each item
/// that it reads, with its Redis in `privdata`, and they write straight into the Round that is next
/// in line. Each gives null, which hiredis takes for "out of memory", when nobody waits for a reply
/// or the item is larger than any of Redis's is.
struct ReplyBuilder {
  static redisReplyObjectFunctions& functions();

 private:
  static Reply* slot(const redisReadTask* task);
  static void* allocate(const redisReadTask* task, std::size_t bytes, std::size_t alignment);
  static void* create_text(const redisReadTask* task, char* text, std::size_t length);
  // `Count`: an int until hiredis 0.14, a size_t since 1.0.
  template <typename Count>
  static void* create_array(const redisReadTask* task, Count count);
  static void* create_integer(const redisReadTask* task, long long number);
  static void* create_nil(const redisReadTask* task);
  // What only RESP3 has, which is never asked for.
  static void* refuse_double(const redisReadTask*, double, char*, std::size_t) { return nullptr; }
  static void* refuse_bool(const redisReadTask*, int) { return nullptr; }
  static void free_nothing(void*) {}
  template <typename Functions>
  static Functions all();
};

}  // namespace sessiond
