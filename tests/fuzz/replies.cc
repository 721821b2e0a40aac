// A hostile store: what Redis might answer. The input is a byte that chooses an operation and whether
// the server's greeting is in order, and the bytes that come from Redis's end of the connection, whatever was
// asked.

#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>

#include "app/render.h"
#include "base/utf8.h"
#include "deliver/progress.h"
#include "events/feed.h"
#include "fuzz/fuzz.h"
#include "fuzz/listener.h"
#include "json/parse.h"
#include "log/log.h"
#include "session/keys.h"
#include "store/audit.h"
#include "store/inspect.h"
#include "store/sessions.h"

using namespace sessiond;

namespace {

constexpr unsigned kOperations = 17;

// From this first byte on, the operation is one of those who read events.
constexpr std::uint8_t kEvents = 160;
constexpr unsigned kEventOperations = 5;

// From this first byte on, the greeting is not in order.
constexpr std::uint8_t kOddGreeting = 192;

// The token whose session the store may or may not confirm: all its bytes are 'T'.
Token known_token() {
  Token token;
  token.ref.bytes.fill('T');
  token.id.bytes.fill('T');
  token.secret.bytes.fill('T');
  return token;
}

void check(const Session& session) {
  PROMISE(session.created_at >= 0 && session.expires_at >= 0);
  PROMISE(!session.user_agent || (session.user_agent->size() <= kMaxUserAgent && is_utf8(*session.user_agent)));
}


void check_user(std::string_view text) { PROMISE(json::parse_object(text)); }

void check_caller(const Result<Caller>& caller, std::string_view bytes) {
  if (!caller) return;
  PROMISE(is_user_id(caller->user_id) && caller->expires_at >= 0);
  const auto& proof = caller->authentication;
  if (proof) PROMISE(parse_authentication(format_authentication(*proof)) == *proof);
  // It can only have been confirmed by the hash of its secret.
  const SecretHash hash = hash_of(known_token().secret);
  PROMISE(bytes.find(text_of(hash)) != std::string_view::npos);
}

void check_minted(const Result<Minted>& minted) {
  if (!minted) return;
  PROMISE(minted->created_at >= 0 && minted->expires_at >= 0);
  PROMISE(is_utf8(render_minted(*minted)));
}

Detached operate(unsigned choice, Redis& redis, std::string_view bytes, bool& done) {
  const Bars bars = choice / kOperations % 2 == 0 ? Bars::kNone : Bars::kKept;
  Sessions sessions(redis, Caps{}, Keyspace(), {}, bars);
  const Token token = known_token();
  const DeviceCode device{"AAAAAAAAAAAAAAAAAAAAAA", token.secret};
  switch (choice % kOperations) {
    case 0: check_caller(co_await sessions.authenticate(token, Visit{}), bytes); break;
    case 1:
    case 2: {
      SessionArray array(token.id);
      const TakeSession take = [&](const Session& session) {
        check(session);
        array.add(session);
      };
      Result<Done> listed = Done{};
      if (choice % kOperations == 1) {
        listed = co_await sessions.list(token, Visit{}, take);
      } else {
        listed = co_await sessions.list(token.ref, take);
      }
      if (listed) PROMISE(is_utf8(std::move(array).finish()));
      break;
    }
    case 3:
      if (const auto found = co_await sessions.authenticate_with_user(token, Visit{})) check_user(found->user_json);
      break;
    case 4: static_cast<void>(co_await sessions.revoke(token, Visit{}, token.id, Cause{})); break;
    case 5: static_cast<void>(co_await sessions.revoke_others(token, Visit{}, Cause{})); break;
    case 6: {
      Minting minting;
      minting.user_id = "u";
      minting.user_json = R"({"id":"u"})";
      minting.lifetime = 1000;
      check_minted(co_await sessions.mint(minting));
      break;
    }
    case 7: static_cast<void>(co_await sessions.grant(token, Visit{}, "name", 1000)); break;
    case 8: {
      const auto minted = co_await sessions.redeem("name", Minting());
      check_minted(minted);
      if (minted) check_user(minted->user_json);
      break;
    }
    case 9:
      if (const auto ready = co_await sessions.ready(false); !ready) PROMISE(!ready.error().text.empty());
      break;
    case 10:
      if (const auto facts = co_await inspect(redis, Slot{}, Keyspace())) static_cast<void>(judge(*facts));
      break;
    case 11: static_cast<void>(co_await audit(redis, Keyspace())); break;
    case 12: {
      const Device client{.client_id = "c", .user_agent = "a", .address = {}, .place = {}};
      static_cast<void>(co_await sessions.begin_device(device, client, 1000));
      break;
    }
    case 13:
      if (const auto found = co_await sessions.find_device(token, Visit{}, device.name)) PROMISE(json::parse_object(render_device(*found)));
      break;
    case 14: static_cast<void>(co_await sessions.approve_device(token, Visit{}, device.name, 1000)); break;
    case 15: static_cast<void>(co_await sessions.deny_device(token, Visit{}, device.name)); break;
    default:
      if (const auto polled = co_await sessions.poll_device(device, "c", Minting())) {
        PROMISE(polled->minted.has_value() == (polled->state == Polled::State::kMinted));
        if (polled->minted) PROMISE(json::parse_object(render_access_token(*polled->minted)));
      }
      break;
  }
  done = true;
}

Detached read_events(unsigned choice, Redis& redis, bool& done) {
  const events::Feed feed(redis, Keyspace(), kDay);
  deliver::Progress progress(redis, Keyspace());
  switch (choice) {
    case 0:
    case 1: {
      const std::unique_ptr<events::Reader> reader = feed.open();
      Result<Done> begun = Done{};
      if (choice == 0) begun = co_await reader->begin_at_end();
      else reader->begin_behind({1'700'000'000'000, 0, std::nullopt});
      if (!begun) break;
      const Result<events::Batch> batch = co_await reader->read();
      if (!batch) break;
      for (const events::Entry& entry : batch->entries) PROMISE(is_utf8(events::json_of(entry)));
      PROMISE(events::parse_entry_id(events::format_entry_id(reader->resumption())));
      break;
    }
    case 2: static_cast<void>(co_await progress.take_turn()); break;
    case 3:
      if (const auto position = co_await progress.position(); position && *position)
        PROMISE(events::parse_entry_id(events::format_entry_id(**position)) == **position);
      break;
    default: static_cast<void>(co_await progress.give_up_turn()); break;
  }
  done = true;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool opened = (open_randomness(), log::open(log::Level::kError), signal(SIGPIPE, SIG_IGN), true);
  static_cast<void>(opened);
  static const fuzz::Listener store;
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of_input(data + 1, size - 1);

  // What a slow machine left time for: the last input's Redis connecting again.
  while (store.accept()) {
  }
  ev::dynamic_loop loop(ev::AUTO);
  RedisAddress address;
  address.server.unix_path = store.path();
  metrics::RedisCounters counters;
  Redis redis(loop, address, counters);
  Fd server = store.accept();
  bool done = false;
  if (data[0] >= kEvents && data[0] < kOddGreeting) read_events(data[0] % kEventOperations, redis, done);
  else operate(data[0], redis, bytes, done);
  const auto say = [&](std::string_view part) {
    loop.run(ev::NOWAIT);  // what was asked has been sent
    return send(server.get(), part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(part.size());
  };
  // The greeting comes first: as it should be, or else it is the input itself.
  if (data[0] < kOddGreeting) {
    say("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
    say("$17\r\ncluster_enabled:0\r\n");
    loop.run(ev::NOWAIT);
    PROMISE(redis.proven());
  }
  // Line by line, for a reply that comes before its command is sent is one that nobody asked for.
  for (std::string_view rest = bytes; !rest.empty() && redis.open() && !done;) {
    const std::size_t line = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (!say(rest.substr(0, line))) break;
    rest.remove_prefix(line);
    loop.run(ev::NOWAIT);
  }
  shutdown(server.get(), SHUT_RDWR);
  for (int turn = 0; turn < 64 && !done; ++turn) loop.run(ev::NOWAIT);
  // Whatever was said, it ends when the connection does, be it a new one.
  redis.close();
  PROMISE(done);
  return 0;
}
