#include "operator/operator.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGPIPE
#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <iostream>

#include "app/render.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "operator/doctor.h"
#include "options/complaint.h"
#include "store/sessions.h"

namespace sessiond {
namespace {

using Verb = OperatorRequest::Verb;
using Said = Result<std::string>;  // what goes to standard output

Error refuse(std::string text) { return {Failure::kBadRequest, std::move(text)}; }

std::string nobody(const OperatorRequest& request) {
  return "nobody with the id `" + presentable(request.user, kMaxUserId) + "` is signed in";
}

// For people: one line a session.
std::string table_line(std::string_view id, std::string_view kind, std::string_view created, std::string_view expires,
                       std::string_view user_agent) {
  return fmt::format("{:<36}  {:<4}  {:<24}  {:<24}  {}\n", id, kind, created, expires, user_agent);
}

std::string table_line(const Session& s) {
  const std::string user_agent = s.user_agent.value_or("-");
  const std::string impersonator = presentable(s.impersonator, kMaxUserId);
  const std::string what =
      impersonator.empty() ? user_agent : fmt::format("[{} acts in it] {}", impersonator, user_agent);
  return table_line(format_uuid(s.id), name_of(s.kind), rfc3339(s.created_at), rfc3339(s.expires_at), what);
}

Task<Said> list_user(Sessions& sessions, const OperatorRequest& request) {
  const UserRef ref = ref_of(request.user);
  SessionArray array(Uuid{});
  std::string table;
  const TakeSession take = [&](const Session& session) {
    if (request.json) array.add(session);
    else table += table_line(session);
  };
  const Result<Done> done = co_await sessions.list(ref, take);
  if (!done) co_return done.error();
  if (request.json) co_return std::move(array).finish() + "\n";
  if (table.empty()) co_return nobody(request) + "\n";
  co_return table_line("ID", "KIND", "CREATED", "EXPIRES", "USER AGENT") + table;
}

Said report_revoked(const Result<long long>& revoked, bool json) {
  if (!revoked) return revoked.error();
  return (json ? render_revoked(*revoked) : fmt::format("revoked {} session{}", *revoked, *revoked == 1 ? "" : "s")) +
         "\n";
}

Task<Said> revoke(Sessions& sessions, const OperatorRequest& request) {
  if (request.everybody) co_return report_revoked(co_await sessions.revoke_everybody(), request.json);
  const UserRef ref = ref_of(request.user);
  if (request.all) {
    const Result<long long> revoked = co_await sessions.revoke_all(ref);
    if (revoked && *revoked == 0 && !request.json) co_return nobody(request) + ": revoked 0 sessions\n";
    co_return report_revoked(revoked, request.json);
  }
  const Uuid id = parse_uuid(request.session).value();
  const Result<Done> done = co_await sessions.revoke(ref, id);
  if (!done) co_return done.error();
  co_return (request.json ? render_revoked(1) : "revoked " + format_uuid(id)) + "\n";
}

Error cannot_write(const std::string& path, int error) {
  const std::string place = path.empty() ? "the token to standard output" : "the token to a new file " + path;
  return {Failure::kInternal, "cannot write " + place + ": " + errno_text(error)};
}

// The token is a secret: for a new file that only its owner can read, or for standard output.
Fd open_for_token(const std::string& path) {
  if (path.empty()) return Fd(dup(STDOUT_FILENO));
  return Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

Task<Said> mint(Sessions& sessions, const Options& options, const OperatorRequest& request) {
  const UserRef ref = ref_of(request.user);
  const Result<std::optional<std::string>> known = co_await sessions.stored_user(request.user);
  if (!known) co_return known.error();
  // Before there is a token, and so a session, that nobody could be given.
  const Fd out = open_for_token(request.token_file);
  if (!out) co_return cannot_write(request.token_file, errno);

  Minting minting;
  minting.user_id = request.user;
  minting.user_json =
      *known ? **known : render_new_user(request.user, request.username.empty() ? request.user : request.username);
  minting.kind = parse_kind(request.kind).value();
  minting.lifetime = options.policy.lifetime_of(minting.kind);
  minting.idle = options.policy.idle_of(minting.kind);
  minting.user_agent = "sessiond mint";
  const Result<Minted> minted = co_await sessions.mint(minting);
  if (!minted) {
    if (!request.token_file.empty()) unlink(request.token_file.c_str());
    co_return minted.error();
  }
  for (const std::string& text : render_endings(*minted, options.caps)) std::cerr << "sessiond: " << text << '\n';
  const std::string line = (request.json ? render_minted(*minted) : format_token(minted->token)) + "\n";
  const ssize_t count = write(out.get(), line.data(), line.size());
  if (count == static_cast<ssize_t>(line.size())) co_return std::string();
  Error failure = cannot_write(request.token_file, count < 0 ? errno : ENOSPC);
  if (!request.token_file.empty()) unlink(request.token_file.c_str());
  const Result<Done> ended = co_await sessions.revoke(ref, minted->token.id);
  if (!ended) failure.text += "; its session could not be ended: " + ended.error().text;
  co_return failure;
}

// The store's words are for clients; operators are told what Redis said, too, which is in the log.
Error with_reason(Error error, const log::Kept& kept) {
  if (error.failure == Failure::kUnavailable && !kept.lines().empty()) error.text += ": " + kept.lines().back();
  return error;
}

int report(const Said& said, const log::Kept& kept, bool json) {
  if (!said) return complain(with_reason(said.error(), kept), json);
  for (const std::string& line : kept.lines()) std::cerr << "sessiond: " << line << '\n';
  std::cout << *said;
  return 0;
}

Detached run(Redis& redis, const Options& options, const OperatorRequest& request, const log::Kept& kept,
             ev::loop_ref loop, int& status) {
  const Keyspace keyspace(options.key_prefix);
  Sessions sessions(redis, options.caps, keyspace, options.activity);
  switch (request.verb) {
    case Verb::kList: status = report(co_await list_user(sessions, request), kept, request.json); break;
    case Verb::kRevoke: status = report(co_await revoke(sessions, request), kept, request.json); break;
    case Verb::kMint: status = report(co_await mint(sessions, options, request), kept, request.json); break;
    case Verb::kDoctor: status = co_await examine(redis, options, request); break;
  }
  loop.break_loop(ev::ALL);
}

// Whether the request makes sense, before anything is done.
Result<Done> check(const OperatorRequest& request) {
  if (request.verb == Verb::kRevoke) {
    const bool one_of_them = (!request.session.empty() + request.all + request.everybody) == 1;
    if (!one_of_them || request.everybody != request.user.empty()) {
      return refuse("revoke wants one of: USER ID, USER --all, --everybody");
    }
    if (!request.session.empty() && !parse_uuid(request.session)) {
      return refuse("the id of a session is a UUID: `sessiond list USER` shows them");
    }
  }
  if (request.verb == Verb::kMint && !parse_kind(request.kind)) return refuse("--kind is web or cli");
  const bool of_one_user = request.verb != Verb::kDoctor && !request.everybody;
  if (of_one_user && !is_user_id(request.user)) return refuse("the id of a user is 1 to 255 bytes of UTF-8");
  return Done{};
}

// What cannot be undone, and signs out the operator too, is asked about.
Result<Done> confirm(const Options& options, const OperatorRequest& request) {
  if (!request.everybody || request.yes) return Done{};
  if (isatty(STDIN_FILENO) == 0) return refuse("nothing is revoked: without a terminal, --everybody wants --yes");
  std::cerr << "This ends all sessions of all users below " << options.key_prefix << ": in the Redis at "
            << options.redis.text() << ". Type yes to go on: ";
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") return refuse("nothing is revoked");
  return Done{};
}

}  // namespace

int run_operator(const Options& options, const OperatorRequest& request) {
  signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a reader that has gone is an error of write
  if (const Result<Done> checked = check(request); !checked) return complain(checked.error(), request.json);
  if (const Result<Done> sure = confirm(options, request); !sure) return complain(sure.error(), request.json);
  const log::Kept kept(log::Level::kWarning);
  ev::dynamic_loop loop;
  Redis redis(loop, options.redis);
  while (!redis.settled()) loop.run(ev::ONCE);
  if (!redis.open()) {
    return complain({Failure::kUnavailable, "no Redis at " + options.redis.text() + ": " + redis.trouble()},
                    request.json);
  }
  int status = -1;
  run(redis, options, request, kept, loop, status);
  while (status < 0) loop.run(ev::ONCE);  // NOLINT(bugprone-infinite-loop): the coroutine sets it
  return status;
}

}  // namespace sessiond
