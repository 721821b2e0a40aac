#include "store/reply_builder.h"

#include <hiredis/read.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "store/redis.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostElements = 1UL << 20;  // of one array; a hostile length must not become an allocation

}  // namespace

// By name, and with those that hiredis has since 1.0 where it has them: where they are null it makes
// up replies of its own.
template <typename Functions>
Functions ReplyBuilder::all() {
  Functions functions{};
  functions.createString = create_text;
  functions.createArray = create_array;
  functions.createInteger = create_integer;
  functions.createNil = create_nil;
  functions.freeObject = free_nothing;
  if constexpr (requires { functions.createDouble; }) functions.createDouble = refuse_double;
  if constexpr (requires { functions.createBool; }) functions.createBool = refuse_bool;
  return functions;
}

redisReplyObjectFunctions& ReplyBuilder::functions() {
  static redisReplyObjectFunctions functions = all<redisReplyObjectFunctions>();
  return functions;
}

Reply* ReplyBuilder::slot(const redisReadTask* task) {
  if (task->parent == nullptr) return static_cast<Redis*>(task->privdata)->slot_of_next_reply();
  return &static_cast<Reply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
}

// Null rather than an exception through C code.
void* ReplyBuilder::allocate(const redisReadTask* task, std::size_t bytes, std::size_t alignment) {
  try {
    return static_cast<Redis*>(task->privdata)->arena_of_next_reply()->allocate(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* ReplyBuilder::create_text(const redisReadTask* task, char* text, std::size_t length) {
  Reply* reply = slot(task);
  void* copy = reply == nullptr ? nullptr : allocate(task, length + 1, 1);
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  reply->type = task->type == REDIS_REPLY_ERROR ? Reply::Type::kError : Reply::Type::kText;
  reply->text = {static_cast<const char*>(copy), length};
  return reply;
}

template <typename Count>
void* ReplyBuilder::create_array(const redisReadTask* task, Count count) {
  Reply* reply = slot(task);
  if (reply == nullptr || std::cmp_greater(count, kMostElements)) return nullptr;
  const auto size = static_cast<std::size_t>(count);
  void* elements = allocate(task, std::max<std::size_t>(size, 1) * sizeof(Reply), alignof(Reply));
  if (elements == nullptr) return nullptr;
  reply->type = Reply::Type::kArray;
  reply->elements = {static_cast<Reply*>(elements), size};
  std::uninitialized_default_construct(reply->elements.begin(), reply->elements.end());
  return reply;
}

void* ReplyBuilder::create_integer(const redisReadTask* task, long long number) {
  Reply* reply = slot(task);
  if (reply == nullptr) return nullptr;
  reply->type = Reply::Type::kInteger;
  reply->integer = number;
  return reply;
}

// A reply is nil until it is something else.
void* ReplyBuilder::create_nil(const redisReadTask* task) { return slot(task); }

}  // namespace sessiond
