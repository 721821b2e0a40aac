// A peer to measure against: the worker that libfcgi's documentation leads to. One thread a
// connection, blocked in FCGX_Accept_r, each with a blocking connection to Redis. Tokens, JSON and
// keys are sessiond's own, so the difference is the architecture.
//
//   threads SOCKET REDIS-SOCKET
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/render.h"
#include "session/crypto.h"
#include "session/keys.h"
#include "session/token.h"

namespace {

using namespace sessiond;
using Answer = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

constexpr int kThreads = 64;
constexpr const char* kUnauthorized =
    "Status: 401\r\nContent-Type: application/json\r\n\r\n{\"code\":\"unauthorized\",\"error\":\"no\"}";

Answer next(redisContext* redis) {
  void* reply = nullptr;
  if (redisGetReply(redis, &reply) != REDIS_OK) std::abort();
  return {static_cast<redisReply*>(reply), &freeReplyObject};
}

std::string field(const Answer& row, std::size_t i) {
  const redisReply* text = row->element[i];
  return text->type == REDIS_REPLY_STRING ? std::string(text->str, text->len) : std::string();
}

bool proves(const Answer& row, const Token& token) {
  const std::string stored = field(row, 0);
  return equal_in_constant_time(hash_of(token.secret), bytes_of(stored));
}

std::string check(redisContext* redis, const Token& token) {
  const std::string key = Keyspace().of(token.ref).session(token.id).string();
  redisAppendCommand(redis, "HMGET %s secret_hash kind user_id expires_at", key.c_str());
  const Answer row = next(redis);
  if (!proves(row, token)) return kUnauthorized;
  return "Status: 204\r\nX-Session-User: " + field(row, 2) + "\r\n\r\n";
}

std::string list(redisContext* redis, const Token& token) {
  const std::string key = Keyspace().of(token.ref).session(token.id).string();
  const std::string index = Keyspace().of(token.ref).index().string();
  redisAppendCommand(redis, "HMGET %s secret_hash kind user_id expires_at", key.c_str());
  redisAppendCommand(redis, "ZRANGE %s 0 -1", index.c_str());
  const Answer row = next(redis);
  const Answer ids = next(redis);
  if (!proves(row, token)) return kUnauthorized;

  const std::string prefix = Keyspace().of(token.ref).session_prefix().string();
  for (std::size_t i = 0; i < ids->elements; ++i) {
    redisAppendCommand(redis, "HMGET %s%s kind expires_at user_agent", prefix.c_str(), ids->element[i]->str);
  }
  std::vector<Session> sessions;
  for (std::size_t i = 0; i < ids->elements; ++i) {
    const Answer fields = next(redis);
    Session& session = sessions.emplace_back();
    session.id = *parse_uuid(ids->element[i]->str);
    session.kind = *parse_kind(field(fields, 0));
    session.created_at = minted_at(session.id);
    session.expires_at = std::stoll(field(fields, 1));
    session.user_agent = field(fields, 2);
  }
  std::ranges::sort(sessions, std::greater<>{}, [](const Session& s) { return s.id.bytes; });
  SessionArray array(token.id);
  for (const Session& session : sessions) array.add(session);
  return "Status: 200\r\nContent-Type: application/json\r\n\r\n" + std::move(array).finish();
}

void serve(int socket, const char* redis_path) {
  redisContext* redis = redisConnectUnix(redis_path);
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  while (FCGX_Accept_r(&request) == 0) {
    const char* authorization = FCGX_GetParam("HTTP_AUTHORIZATION", request.envp);
    const std::string path = FCGX_GetParam("REQUEST_URI", request.envp);
    const auto token = authorization == nullptr ? std::nullopt : parse_token(std::string_view(authorization).substr(7));
    const std::string answer = !token ? kUnauthorized : path.ends_with("/check") ? check(redis, *token) : list(redis, *token);
    FCGX_PutStr(answer.data(), static_cast<int>(answer.size()), request.out);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main(int, char** argv) {
  open_randomness();
  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi's own handler leaves threads that wait for a connection waiting
  umask(0);
  const int socket = FCGX_OpenSocket(argv[1], 1024);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(serve, socket, argv[2]);
}
