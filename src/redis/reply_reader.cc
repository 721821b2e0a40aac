#include "redis/reply_reader.h"

#include <hiredis/read.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace sessiond {
namespace {

constexpr std::size_t kMostElements = 1UL << 20;  // of one array; a hostile length must not become an allocation

ReplyReceiver& receiver_of(const redisReadTask* task) { return *static_cast<ReplyReceiver*>(task->privdata); }

Reply* place_of(const redisReadTask* task) {
  if (task->parent == nullptr) return receiver_of(task).next_reply();
  return &static_cast<Reply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
}

// Null rather than an exception through C code: hiredis takes that for "out of memory".
void* allocate(const redisReadTask* task, std::size_t bytes, std::size_t alignment) {
  try {
    return receiver_of(task).memory_of_next_reply()->allocate(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* create_text(const redisReadTask* task, char* text, std::size_t length) {
  Reply* reply = place_of(task);
  void* copy = reply == nullptr ? nullptr : allocate(task, length + 1, 1);
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  reply->type = task->type == REDIS_REPLY_ERROR ? Reply::Type::kError : Reply::Type::kText;
  reply->text = {static_cast<const char*>(copy), length};
  return reply;
}

// `Count`: an int until hiredis 0.14, a size_t since 1.0.
template <typename Count>
void* create_array(const redisReadTask* task, Count count) {
  Reply* reply = place_of(task);
  if (reply == nullptr || std::cmp_greater(count, kMostElements)) return nullptr;
  const auto size = static_cast<std::size_t>(count);
  void* elements = allocate(task, std::max<std::size_t>(size, 1) * sizeof(Reply), alignof(Reply));
  if (elements == nullptr) return nullptr;
  reply->type = Reply::Type::kArray;
  reply->elements = {static_cast<Reply*>(elements), size};
  std::uninitialized_default_construct(reply->elements.begin(), reply->elements.end());
  return reply;
}

void* create_integer(const redisReadTask* task, long long number) {
  Reply* reply = place_of(task);
  if (reply == nullptr) return nullptr;
  reply->type = Reply::Type::kInteger;
  reply->integer = number;
  return reply;
}

// A reply is nil until it is something else.
void* create_nil(const redisReadTask* task) { return place_of(task); }

// What only RESP3 has, which is never asked for.
[[maybe_unused]] void* refuse_double(const redisReadTask*, double, char*, std::size_t) { return nullptr; }
[[maybe_unused]] void* refuse_bool(const redisReadTask*, int) { return nullptr; }

void free_nothing(void*) {}

// Sets the functions by name, also those that only hiredis 1.0 and later has: where one is null, hiredis makes up
// replies of its own.
template <typename Functions>
Functions all_functions() {
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

}  // namespace

void ReplyReader::Deleter::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(ReplyReceiver& receiver) {
  static redisReplyObjectFunctions functions = all_functions<redisReplyObjectFunctions>();
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = &receiver;
}

void ReplyReader::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
}

const Reply* ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return nullptr;
  return static_cast<const Reply*>(reply);
}

std::string ReplyReader::fault() const { return reader_->err == 0 ? std::string() : reader_->errstr; }

}  // namespace sessiond
