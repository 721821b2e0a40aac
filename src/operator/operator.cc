#include "operator/operator.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGPIPE

#include <cerrno>
#include <iostream>
#include <optional>

#include "app/render.h"
#include "base/fd.h"
#include "base/text.h"
#include "log/log.h"
#include "operator/doctor.h"
#include "operator/events.h"
#include "operator/meant.h"
#include "operator/trail.h"
#include "operator/users.h"
#include "options/complaint.h"
#include "store/sessions.h"

namespace sessiond {
namespace {

using Verb = OperatorRequest::Verb;

Error cannot_write(const std::string& path, int error) {
  const std::string place = path.empty() ? "the token to standard output" : "the token to a new file " + path;
  return {Failure::kInternal, "cannot write " + place + ": " + errno_text(error)};
}

// The token is a secret: it goes to a new file that only its owner can read, or to standard output.
Fd open_for_token(const std::string& path) {
  if (path.empty()) return Fd(dup(STDOUT_FILENO));
  return Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

Task<Said> mint(Sessions& sessions, const Options& options, const OperatorRequest& request) {
  const UserRef ref = ref_of(request.user);
  const Result<std::optional<std::string>> known = co_await sessions.stored_user(request.user);
  if (!known) co_return known.error();
  // Opened first: otherwise a session could be minted whose token cannot be handed over.
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
  minting.cause = by_account(request.user);
  const Result<Minted> minted = co_await sessions.mint(minting);
  if (!minted) {
    if (!request.token_file.empty()) unlink(request.token_file.c_str());
    co_return minted.error();
  }
  note_minted(*minted);
  for (const auto& [ended, why, text] : endings_of(*minted, options.caps)) {
    std::cerr << "sessiond: " << text << '\n';
    note_ended(request.user, ended, why);
  }
  const std::string line = (request.json ? render_minted(*minted) : format_token(minted->token)) + "\n";
  const ssize_t count = write(out.get(), line.data(), line.size());
  if (count == static_cast<ssize_t>(line.size())) co_return std::string();
  Error failure = cannot_write(request.token_file, count < 0 ? errno : ENOSPC);
  if (!request.token_file.empty()) unlink(request.token_file.c_str());
  const Result<Ended> ended = co_await sessions.revoke(ref, minted->token.id, minting.cause);
  if (ended) note_ended(request.user, *ended);
  else failure.text += "; its session could not be ended: " + ended.error().text;
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

// Whether the request makes sense, before anything is done.
Result<Done> check_revoke(const OperatorRequest& request, const Filter& filter) {
  if (request.user.empty() && !request.everybody && !filter.empty()) {
    return bad_request("a filter by itself means nobody: revoke wants USER or --everybody with it");
  }
  const bool of_a_filter = !filter.empty() && !request.everybody;
  const bool one_of_them = (!request.session.empty() + request.all + request.everybody + of_a_filter) == 1;
  if (!one_of_them || request.everybody != request.user.empty()) {
    return bad_request("revoke wants one of: USER ID, USER --all, USER with a filter such as --kind, --everybody");
  }
  if (request.session.empty()) return Done{};
  if (request.dry_run) return bad_request("--dry-run counts sessions, but an id names only one");
  if (!parse_uuid(request.session))
    return bad_request("the id of a session is a UUID: `sessiond list USER` shows them");
  return Done{};
}

Result<Done> check(const Options& options, const OperatorRequest& request, const Filter& filter) {
  if (request.verb == Verb::kEvents && options.policy.events_kept == 0) {
    return bad_request("no events are kept: that wants the option events-kept");
  }
  const bool bars = request.verb == Verb::kDisable || request.verb == Verb::kEnable;
  if (bars && !options.bar_users) return bad_request("to disable and to enable a user wants the option bar-users");
  if (request.verb == Verb::kRevoke) {
    if (Result<Done> checked = check_revoke(request, filter); !checked) return checked;
  }
  if (request.verb == Verb::kList && request.everybody != request.user.empty()) {
    return bad_request(request.everybody ? "list wants one of: USER, --everybody" : "USER is required, or --everybody");
  }
  if (request.verb == Verb::kMint && !parse_kind(request.kind)) return bad_request("--kind is web or cli");
  const bool of_users = request.verb != Verb::kEvents && request.verb != Verb::kDoctor;
  const bool of_one_user = of_users && !request.everybody;
  if (of_one_user && !is_user_id(request.user)) return bad_request("the id of a user is 1 to 255 bytes of UTF-8");
  return Done{};
}

Result<Walking> read_walking(const OperatorRequest& request) {
  Walking walking;
  for (const auto& [name, value] : request.terms) {
    const Result<Done> added = walking.filter.add(name, value);
    if (!added) return bad_request(flag_of_term(name) + " wants " + added.error().text);
  }
  if (request.rate.empty()) return walking;
  const auto rate = parse_number<unsigned>(request.rate);
  if (!rate) return bad_request("--rate wants a whole number of keys a second, or 0");
  walking.rate = *rate;
  return walking;
}

// SIGINT and SIGTERM let a walk through the keys end after its current step, so that it can say how far it came.
class Interruption {
 public:
  explicit Interruption(ev::loop_ref loop) : interrupt_(loop), terminate_(loop) {
    interrupt_.set<Interruption, &Interruption::stop>(this);
    terminate_.set<Interruption, &Interruption::stop>(this);
    interrupt_.start(SIGINT);
    terminate_.start(SIGTERM);
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  void stop() { stopped_ = true; }

  ev::sig interrupt_;
  ev::sig terminate_;
  bool stopped_ = false;
};

// What an operator asked for, with what it takes to do it.
struct Work {
  const Options& options;
  const OperatorRequest& request;
  const log::Kept& kept;
};

using Job = Task<int> (*)(const Work& work, Redis& redis, Sessions& sessions, const Walking& walking);

Task<int> perform(const Work& work, Redis& redis, Sessions& sessions, const Walking& walking) {
  const auto& [options, request, kept] = work;
  switch (request.verb) {
    case Verb::kList: co_return report(co_await list(sessions, request, walking), kept, request.json);
    case Verb::kRevoke: co_return report(co_await revoke(sessions, request, walking), kept, request.json);
    case Verb::kDisable: co_return report(co_await disable(sessions, request), kept, request.json);
    case Verb::kEnable: co_return report(co_await enable(sessions, request), kept, request.json);
    case Verb::kMint: co_return report(co_await mint(sessions, options, request), kept, request.json);
    case Verb::kEvents: {
      const events::Feed feed = options.open_feed(redis);
      co_return report(co_await print_events(feed, request, walking.stopped), kept, request.json);
    }
    case Verb::kDeliver:  // which is no operator's: main.cc
    case Verb::kDoctor: break;
  }
  co_return co_await examine(redis, options, request);
}

// Whether to ask before it is done: it cannot be undone, and may sign out the operator, too.
bool is_to_ask(const OperatorRequest& request) {
  const bool of_several = request.everybody || !request.terms.empty();
  return request.verb == Verb::kRevoke && of_several && !request.dry_run && !request.yes;
}

// Asks whether that is really meant. `count`: how many sessions would end.
bool is_meant(const Options& options, const OperatorRequest& request, const Filter& filter, long long count) {
  const std::string whose = request.everybody
                                ? "all users below " + options.key_prefix + ": in the Redis at " + options.redis.text()
                                : "the user " + quoted_user(request);
  if (filter.empty()) std::cerr << count << " sessions are there. This ends all sessions of " << whose;
  else std::cerr << "This ends " << count << " sessions of " << whose << ", those of " << filter.text();
  std::cerr << ". Type yes to go on: ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

// Counts, and asks. The status of a refusal, or 0.
Task<int> ask(const Work& work, Redis& /*redis*/, Sessions& sessions, const Walking& walking) {
  const auto& [options, request, kept] = work;
  const Result<long long> count = co_await count_meant(sessions, request, walking);
  if (!count) co_return report(count.error(), kept, request.json);
  if (is_meant(options, request, walking.filter, *count)) co_return 0;
  co_return complain(bad_request("nothing is revoked"), request.json);
}

Detached run(Job job, const Work& work, Redis& redis, Sessions& sessions, const Walking& walking, int& status) {
  status = co_await job(work, redis, sessions, walking);
}

// Does the job with a connection of its own: while the operator is asked, none is kept open. The job's status.
int with_redis(const Work& work, Walking walking, Job job) {
  const auto& [options, request, kept] = work;
  ev::dynamic_loop loop;
  std::optional<Interruption> interruption;
  if (request.everybody || request.follow) {
    interruption.emplace(loop);
    walking.stopped = [&interruption] { return interruption->stopped(); };
  }
  metrics::RedisCounters counters;  // that nobody reads
  Redis redis(loop, options.redis, counters);
  while (!redis.settled()) loop.run(ev::ONCE);
  if (!redis.open()) {
    return complain({Failure::kUnavailable, "no Redis at " + options.redis.text() + ": " + redis.trouble()},
                    request.json);
  }
  Sessions sessions = options.open_sessions(redis);
  int status = -1;
  run(job, work, redis, sessions, walking, status);
  while (status < 0) loop.run(ev::ONCE);  // NOLINT(bugprone-infinite-loop): the coroutine sets it
  return status;
}

}  // namespace

int run_operator(const Options& options, const OperatorRequest& request) {
  signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a reader that has gone is an error of write
  const Result<Walking> walking = read_walking(request);
  if (!walking) return complain(walking.error(), request.json);
  if (const Result<Done> checked = check(options, request, walking->filter); !checked)
    return complain(checked.error(), request.json);
  const log::Kept kept(log::Level::kWarning, options.log_format);
  const Work work{options, request, kept};
  if (is_to_ask(request)) {
    if (isatty(STDIN_FILENO) == 0) {
      return complain(bad_request("nothing is revoked: without a terminal it wants --yes"), request.json);
    }
    if (const int refused = with_redis(work, *walking, ask); refused != 0) return refused;
  }
  return with_redis(work, *walking, perform);
}

}  // namespace sessiond
