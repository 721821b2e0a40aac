// Where options come from, and which of two wins: command line, environment, file.
#include "options/command_line.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for setenv

#include <fstream>

#include "session/filter.h"

namespace sessiond {
namespace {

class ReadCommandLine : public ::testing::Test {
 protected:
  ReadCommandLine() {
    std::string name = ::testing::TempDir() + "sessiond-options.XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~ReadCommandLine() override {
    for (const std::string& name : variables_) unsetenv(name.c_str());
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir(folder_.c_str());
  }

  std::string file(const std::string& name, const std::string& content) {
    files_.push_back(folder_ + "/" + name);
    std::ofstream(files_.back()) << content;
    return files_.back();
  }
  void environment(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    variables_.push_back(name);
  }
  // The options that these words, the environment and the file make. Whatever was said is in `said`.
  std::optional<Options> read(std::vector<std::string> words) {
    words.insert(words.begin(), "sessiond");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto command = read_command_line(static_cast<int>(argv.size()), argv.data(), exit_status);
    said = ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr();
    if (!command) return std::nullopt;

    const Result<std::vector<Setting>> settings = gather_settings(*command);
    const Result<Options> options = settings ? make_options(*settings) : Result<Options>(settings.error());
    if (options) return *options;
    said += options.error().text;
    return std::nullopt;
  }

  int exit_status = -1;
  std::string said;

 private:
  std::string folder_;
  std::vector<std::string> variables_;
  std::vector<std::string> files_;
};

TEST_F(ReadCommandLine, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFile) {
  const std::string config = file("a.conf", "threads = 1\nmax-sessions = 1\nredis-user = file\n");
  environment("SESSIOND_THREADS", "2");
  environment("SESSIOND_MAX_SESSIONS", "2");
  const auto options = read({"--config", config, "--threads", "3"});
  ASSERT_TRUE(options) << said;
  EXPECT_EQ(options->threads, 3U);
  EXPECT_EQ(options->caps.sessions, 2U);
  EXPECT_EQ(options->redis.user, "file");
}

TEST_F(ReadCommandLine, EveryOptionIsKnownToTheEnvironment) {
  environment("SESSIOND_REDIS_PASSWORD_FILE", "/p");
  environment("SESSIOND_DEV_LOGIN", "true");
  const auto options = read({"--config", "/dev/null"});
  ASSERT_TRUE(options) << said;
  EXPECT_EQ(options->redis.password_file, "/p");
  EXPECT_TRUE(options->policy.dev_login);
}

TEST_F(ReadCommandLine, ABadValueIsNamedWithItsPlace) {
  EXPECT_FALSE(read({"--config", "/dev/null", "--threads", "many"}));
  EXPECT_NE(said.find("command line: `threads` is `many`"), std::string::npos) << said;

  environment("SESSIOND_THREADS", "some");
  EXPECT_FALSE(read({"--config", "/dev/null"}));
  EXPECT_NE(said.find("SESSIOND_THREADS: `threads` is `some`"), std::string::npos) << said;
}

TEST_F(ReadCommandLine, ABadFileIsNamedWithItsLine) {
  const std::string config = file("b.conf", "threads = 1\nno-such = 1\n");
  EXPECT_FALSE(read({"--config", config}));
  EXPECT_NE(said.find(config + ":2:"), std::string::npos) << said;
}

TEST_F(ReadCommandLine, AFileThatIsAskedForMustBeThere) {
  EXPECT_FALSE(read({"--config", "/no/such/file"}));
  EXPECT_EQ(said, "/no/such/file: cannot be read: No such file or directory");
  EXPECT_FALSE(read({"--config", "/etc"}));
  EXPECT_EQ(said, "/etc: cannot be read: Is a directory");
}

TEST_F(ReadCommandLine, AnUnknownOptionIsRefused) {
  EXPECT_FALSE(read({"--no-such"}));
  EXPECT_EQ(exit_status, 1);
  EXPECT_NE(said.find("--no-such"), std::string::npos) << said;
}

TEST_F(ReadCommandLine, SaysOnceAndInASentenceWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"lst", "x"}, "there is no command `lst`; the commands are list, revoke, disable, enable, mint, events, deliver and doctor"},
      {{"lst", "--json"}, "there is no command `lst`; the commands are list, revoke, disable, enable, mint, events, deliver and doctor"},
      {{"--redis-password=hunter2"}, "there is no option `--redis-password`; `sessiond --help` says what there is"},
      {{"redis://u:hunter2@host"}, "there is no command `redis`; the commands are list, revoke, disable, enable, mint, events, deliver and doctor"},
      {{"--no-such"}, "there is no option `--no-such`; `sessiond --help` says what there is"},
      {{"list", "alice", "--no-such"}, "there is no option `--no-such`; `sessiond list --help` says what there is"},
      {{"mint"}, "mint: USER is required; `sessiond mint --help` says what there is"},
      {{"list", "alice", "--kind", "web", "--kind", "cli"}, "list: --kind wants one value; `sessiond list --help` says what there is"},
      {{"revoke", "alice", "--user-agent"}, "revoke: --user-agent wants one value; `sessiond revoke --help` says what there is"},
      {{"list", "alice", "--threads"}, "list: --threads wants one value; `sessiond list --help` says what there is"},
      {{"--redis"}, "--redis wants one value; `sessiond --help` says what there is"},
      {{"--redis", "/a", "--redis", "/b"}, "--redis wants one value; `sessiond --help` says what there is"},
      {{"--dev-login=maybe"}, "--dev-login = maybe: true or false was expected; `sessiond --help` says what there is"},
      {{"list", "alice", "bob"}, "list: `bob` is a word too many; `sessiond list --help` says what there is"},
  };
  for (const auto& [words, sentence] : mistakes) {
    EXPECT_FALSE(read(words));
    EXPECT_EQ(exit_status, 1);
    if (words.back() != "--json") {
      EXPECT_EQ(said, "sessiond: " + sentence + "\n");
    } else {
      EXPECT_EQ(said, R"({"code":"bad_request","error":")" + sentence + "\"}\n");
    }
  }
}

TEST_F(ReadCommandLine, AUserMayBeCalledLikeACommand) {
  for (const char* name : {"list", "revoke", "mint", "doctor"}) {
    std::vector<std::string> words = {"sessiond", "list", name};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    const auto command = read_command_line(static_cast<int>(argv.size()), argv.data(), exit_status);
    ASSERT_TRUE(command && command->request) << name;
    EXPECT_EQ(command->request->verb, OperatorRequest::Verb::kList);
    EXPECT_EQ(command->request->user, name);
  }
}

TEST_F(ReadCommandLine, EveryFilterIsAFlagOfListAndRevoke) {
  for (const char* verb : {"list", "revoke"}) {
    for (const FilterRow& row : kFilterRows) {
      std::vector<std::string> words = {"sessiond", verb, "--everybody", flag_of_term(row.name), "x y"};
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      const auto command = read_command_line(static_cast<int>(argv.size()), argv.data(), exit_status);
      ASSERT_TRUE(command && command->request) << row.name;
      EXPECT_TRUE(command->request->everybody);
      EXPECT_EQ(command->request->terms, (std::vector{std::pair(std::string(row.name), std::string("x y"))}));
    }
  }
  EXPECT_EQ(flag_of_term("created_before"), "--created-before");
}

TEST_F(ReadCommandLine, HelpListsEveryOptionWithItsDefault) {
  EXPECT_FALSE(read({"--help"}));
  EXPECT_EQ(exit_status, 0);
  for (const OptionRow& row : option_table()) {
    EXPECT_NE(said.find("--" + std::string(row.name)), std::string::npos) << row.name;
    if (!row.argument.empty()) {
      EXPECT_NE(said.find(row.initial), std::string::npos) << row.name;
    }
  }
}

TEST_F(ReadCommandLine, SaysItsVersion) {
  EXPECT_FALSE(read({"--version"}));
  EXPECT_EQ(exit_status, 0);
  EXPECT_TRUE(said.starts_with("sessiond ")) << said;
}

TEST_F(ReadCommandLine, ThePasswordIsFoundWhereSystemdPutsCredentials) {
  const std::string password = file("redis-password", "secret\n");
  environment("CREDENTIALS_DIRECTORY", password.substr(0, password.rfind('/')));
  EXPECT_EQ(read({"--config", "/dev/null"})->redis.password_file, password);
  EXPECT_EQ(read({"--config", "/dev/null", "--redis-password-file", "/p"})->redis.password_file, "/p");
}

TEST_F(ReadCommandLine, WithoutCredentialsThereIsNoPassword) {
  environment("CREDENTIALS_DIRECTORY", "/no/such/folder");
  EXPECT_EQ(read({"--config", "/dev/null"})->redis.password_file, "");
}

}  // namespace
}  // namespace sessiond
