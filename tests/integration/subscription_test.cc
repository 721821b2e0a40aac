// A subscription goes on at the next server, whatever the one before answers, and says what it hears and nothing else.
#include "redis/subscription.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "integration/odd_server.h"
#include "integration/own_loop.h"
#include "integration/protocol.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

const std::string kSubscribed = array({bulk("subscribe"), bulk("news"), ":1\r\n"});
const std::string kPong = array({bulk("pong"), bulk("")});

std::string message(const std::string& text) { return array({bulk("message"), bulk("news"), bulk(text)}); }

// A subscription to these servers, in turn, in a loop of its own.
class Subscriber {
 public:
  explicit Subscriber(std::vector<int> ports, double timeout = 60, const std::string& password_file = {}) {
    RedisAddress address;
    address.timeout = timeout;
    address.password_file = password_file;
    std::vector<Endpoint> servers;
    for (const int port : ports) servers.push_back(endpoint_of(port));
    subscription_.emplace(own_.loop, address, "news",
                          Subscription::Events{[servers] { return servers; }, [this] { ++begun; },
                                               [this](std::string_view text) { heard.emplace_back(text); }});
    subscription_->start();
  }

  void run_until(const std::function<bool()>& enough) { own_.run_until(enough); }

  int begun = 0;
  std::vector<std::string> heard;

 private:
  OwnLoop own_;
  std::optional<Subscription> subscription_;
};

// Subscribes whoever asks, and answers a PING.
std::string answer_well(const std::string& asked) {
  return asked.find("PING") == std::string::npos ? kSubscribed : kPong;
}

TEST(ASubscription, GoesOnAtTheNextServerWhateverTheOneBeforeAnswers) {
  for (const std::string bad : {"-ERR no\r\n", "HTTP/1.1 400 Bad Request\r\n", ""}) {
    SCOPED_TRACE(bad);
    const OddServer odd([&bad](const std::string&) { return bad; });
    const OddServer good(answer_well);
    Subscriber subscriber({odd.port(), free_port(), good.port()});
    subscriber.run_until([&] { return subscriber.begun == 1; });
  }
}

TEST(ASubscription, GoesOnAtTheNextServerWhenOneDoesNotAnswerInTime) {
  std::atomic<bool> over = false;
  const OddServer silent([&](const std::string& asked) {
    if (asked.find("PING") == std::string::npos) return kSubscribed;
    over.wait(false);
    return std::string();
  });
  struct Ending {
    std::atomic<bool>& over;
    ~Ending() {
      over = true;
      over.notify_all();
    }
  } ending{over};
  const OddServer good(answer_well);
  Subscriber subscriber({silent.port(), good.port()}, 0.2);
  subscriber.run_until([&] { return subscriber.begun == 2; });
}

TEST(ASubscription, StaysWithOneThatAnswers) {
  std::atomic<int> pings = 0;
  std::atomic<int> subscribed = 0;
  const OddServer good([&](const std::string& asked) {
    ++(asked.find("PING") == std::string::npos ? subscribed : pings);
    return answer_well(asked);
  });
  Subscriber subscriber({good.port()}, 0.2);
  subscriber.run_until([&] { return pings >= 3; });
  EXPECT_EQ(subscribed, 1);
  EXPECT_EQ(subscriber.begun, 1);
}

TEST(ASubscription, BeginsOnceAndHearsMessagesAlone) {
  const OddServer odd([](const std::string&) {
    return message("early") + "+OK\r\n" + kSubscribed + message("first") + kSubscribed + kPong + message("second");
  });
  Subscriber subscriber({odd.port()});
  subscriber.run_until([&] { return subscriber.heard.size() == 3; });
  EXPECT_EQ(subscriber.heard, (std::vector<std::string>{"early", "first", "second"}));
  EXPECT_EQ(subscriber.begun, 1);
}

TEST(ASubscription, SendsNothingWhileItsPasswordCannotBeRead) {
  TempDir folder;
  std::string asked;
  std::mutex lock;
  const OddServer good([&](const std::string& words) {
    const std::lock_guard guard(lock);
    asked += words;
    return words.find("AUTH") == std::string::npos ? answer_well(words) : "+OK\r\n" + answer_well(words);
  });
  Subscriber subscriber({good.port()}, 60, folder / "password");
  subscriber.run_until([&] { return good.connections() == 2; });
  write_file(folder / "password", "letmein\n");
  subscriber.run_until([&] { return subscriber.begun == 1; });
  const std::lock_guard guard(lock);
  EXPECT_TRUE(asked.starts_with("*3\r\n$4\r\nAUTH\r\n")) << asked;
}

}  // namespace
}  // namespace sessiond::test
