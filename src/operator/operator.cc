#include "operator/operator.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>

#include <iostream>

#include "app/render.h"
#include "base/fd.h"
#include "operator/doctor.h"
#include "store/sessions.h"

namespace sessiond {
namespace {

using Verb = OperatorRequest::Verb;

int complain(const Error& error) {
  std::cerr << "sessiond: " << error.text << '\n';
  return 1;
}

// For people: one line a session.
std::string table_line(std::string_view id, std::string_view kind, std::string_view created, std::string_view expires,
                       std::string_view user_agent) {
  return fmt::format("{:<36}  {:<4}  {:<24}  {:<24}  {}\n", id, kind, created, expires, user_agent);
}

std::string table_line(const Session& s) {
  return table_line(format_uuid(s.id), name_of(s.kind), rfc3339(s.created_at), rfc3339(s.expires_at),
                    s.user_agent.value_or("-"));
}

Task<int> list_user(Sessions& sessions, const OperatorRequest& request) {
  const UserRef ref = ref_of(request.user);
  SessionArray array(Uuid{});
  std::string table = table_line("ID", "KIND", "CREATED", "EXPIRES", "USER AGENT");
  const TakeSession take = [&](const Session& session) {
    if (request.json) {
      array.add(session);
    } else {
      table += table_line(session);
    }
  };
  const Result<Done> done = co_await sessions.list(ref, take);
  if (!done) co_return complain(done.error());
  std::cout << (request.json ? std::move(array).finish() + "\n" : table);
  co_return 0;
}

int report_revoked(const Result<long long>& revoked, bool json) {
  if (!revoked) return complain(revoked.error());
  std::cout << (json ? render_revoked(*revoked) : fmt::format("revoked {} sessions", *revoked)) << '\n';
  return 0;
}

Task<int> revoke(Sessions& sessions, const OperatorRequest& request) {
  const bool one_of_them = (!request.session.empty() + request.all + request.everybody) == 1;
  if (!one_of_them || (request.everybody && !request.user.empty())) {
    co_return complain({Failure::kBadRequest, "revoke wants USER ID, USER --all, or --everybody"});
  }
  if (request.everybody) co_return report_revoked(co_await sessions.revoke_everybody(), request.json);
  const UserRef ref = ref_of(request.user);
  if (request.all) co_return report_revoked(co_await sessions.revoke_all(ref), request.json);
  const auto id = parse_uuid(request.session);
  if (!id) co_return complain({Failure::kBadRequest, "a session's id is a UUID"});
  const Result<Done> done = co_await sessions.revoke(ref, *id);
  if (!done) co_return complain(done.error());
  std::cout << (request.json ? render_revoked(1) : "revoked " + format_uuid(*id)) << '\n';
  co_return 0;
}

Error cannot_write(const std::string& path) {
  return {Failure::kInternal, "cannot write " + (path.empty() ? "the token" : "a new file " + path)};
}

// The token is a secret: for a new file that only its owner can read, or for standard output.
Fd open_for_token(const std::string& path) {
  if (path.empty()) return Fd(dup(STDOUT_FILENO));
  return Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

Task<int> mint(Sessions& sessions, const Options& options, const OperatorRequest& request) {
  const auto kind = parse_kind(request.kind);
  if (!kind) co_return complain({Failure::kBadRequest, R"(the kind is "web" or "cli")"});
  const UserRef ref = ref_of(request.user);
  const Result<std::optional<std::string>> known = co_await sessions.stored_user(ref);
  if (!known) co_return complain(known.error());
  // Before there is a token, and so a session, that nobody could be given.
  const Fd out = open_for_token(request.token_file);
  if (!out) co_return complain(cannot_write(request.token_file));

  Minting minting;
  minting.user_id = request.user;
  minting.user_json =
      *known ? **known : render_new_user(request.user, request.username.empty() ? request.user : request.username);
  minting.kind = *kind;
  minting.lifetime = *kind == Kind::kWeb ? options.policy.web_lifetime : options.policy.cli_lifetime;
  minting.user_agent = "sessiond mint";
  const Result<Minted> minted = co_await sessions.mint(minting);
  if (!minted) {
    if (!request.token_file.empty()) unlink(request.token_file.c_str());
    co_return complain(minted.error());
  }
  const std::string line = (request.json ? render_minted(*minted) : format_token(minted->token)) + "\n";
  if (write(out.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) co_return 0;
  const Result<Done> ended = co_await sessions.revoke(ref, minted->token.id);
  if (!ended) complain(ended.error());
  co_return complain(cannot_write(request.token_file));
}

Detached run(Redis& redis, const Options& options, const OperatorRequest& request, ev::loop_ref loop, int& status) {
  Sessions sessions(redis, options.caps);
  switch (request.verb) {
    case Verb::kList: status = co_await list_user(sessions, request); break;
    case Verb::kRevoke: status = co_await revoke(sessions, request); break;
    case Verb::kMint: status = co_await mint(sessions, options, request); break;
    case Verb::kDoctor: status = co_await examine(redis, request.keys, request.json); break;
  }
  loop.break_loop(ev::ALL);
}

}  // namespace

int run_operator(const Options& options, const OperatorRequest& request) {
  const bool of_one_user = request.verb != Verb::kDoctor && !request.everybody;
  if (of_one_user && !is_user_id(request.user)) {
    return complain({Failure::kBadRequest, "a user's id is 1 to 255 bytes of UTF-8"});
  }
  ev::dynamic_loop loop;
  Redis redis(loop, options.redis);
  if (!redis.open())
    return complain({Failure::kUnavailable, "no Redis at " + options.redis.text() + ": " + redis.trouble()});
  int status = -1;
  run(redis, options, request, loop, status);
  while (status < 0) loop.run(ev::ONCE);  // NOLINT(bugprone-infinite-loop): the coroutine sets it
  return status;
}

}  // namespace sessiond
