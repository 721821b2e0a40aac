#include "integration/redis_client.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <algorithm>
#include <stdexcept>

#include "integration/process.h"

namespace sessiond::test {
namespace {

RedisAnswer answer_of(const redisReply& reply) {
  RedisAnswer answer;
  answer.nil = reply.type == REDIS_REPLY_NIL;
  answer.error = reply.type == REDIS_REPLY_ERROR;
  answer.integer = reply.integer;
  if (reply.str != nullptr) answer.text.assign(reply.str, reply.len);
  for (std::size_t i = 0; i < reply.elements; ++i) answer.elements.push_back(answer_of(*reply.element[i]));
  return answer;
}

RedisAnswer take(void* reply, const redisContext& context) {
  if (reply == nullptr) throw std::runtime_error(std::string("Redis: ") + context.errstr);
  RedisAnswer answer = answer_of(*static_cast<redisReply*>(reply));
  freeReplyObject(reply);
  return answer;
}

}  // namespace

void RedisClient::Deleter::operator()(redisContext* context) const { redisFree(context); }

RedisClient::RedisClient(const std::string& socket)
    : context_(redisConnectUnixWithTimeout(socket.c_str(), {kPatience.count(), 0})) {
  if (context_->err != 0) throw std::runtime_error("cannot connect to Redis: " + std::string(context_->errstr));
  redisSetTimeout(context_.get(), {kPatience.count(), 0});
}

RedisAnswer RedisClient::operator()(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    lengths.push_back(word.size());
  }
  void* reply = redisCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), lengths.data());
  return take(reply, *context_);
}

std::vector<std::string> RedisClient::keys(const std::string& pattern) {
  std::vector<std::string> keys;
  for (RedisAnswer& key : (*this)({"KEYS", pattern}).elements) keys.push_back(std::move(key.text));
  std::ranges::sort(keys);
  return keys;
}

long long RedisClient::calls(const std::string& command) {
  const std::string stats = (*this)({"INFO", "commandstats"}).text;
  const std::string name = "cmdstat_" + command + ":calls=";
  const std::size_t at = stats.find(name);
  return at == std::string::npos ? 0 : std::stoll(stats.substr(at + name.size()));
}

std::map<std::string, std::string> RedisClient::hash(const std::string& key) {
  const RedisAnswer answer = (*this)({"HGETALL", key});
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i + 1 < answer.elements.size(); i += 2) {
    fields[answer.elements[i].text] = answer.elements[i + 1].text;
  }
  return fields;
}

Millis RedisClient::now() {
  const std::vector<RedisAnswer> time = (*this)({"TIME"}).elements;  // in seconds, and what is more in microseconds
  return std::stoll(time[0].text) * 1000 + std::stoll(time[1].text) / 1000;
}

RedisAnswer RedisClient::listen() {
  void* reply = nullptr;
  redisGetReply(context_.get(), &reply);
  return take(reply, *context_);
}

}  // namespace sessiond::test
