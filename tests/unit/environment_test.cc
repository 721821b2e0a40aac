// Which variables of the environment are options, which are somebody else's, and which are a mistake.
#include "options/environment.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

Result<std::vector<Setting>> read(const std::vector<const char*>& variables) {
  std::vector<const char*> terminated = variables;
  terminated.push_back(nullptr);
  return read_environment(terminated.data());
}

// All that a kubelet makes for a Service with the ports `http` and `dns-udp`, over IPv4 or IPv6.
std::vector<const char*> made_for_services() {
  return {
      "SESSIOND_SERVICE_HOST=10.96.0.7",
      "SESSIOND_SERVICE_PORT=80",
      "SESSIOND_SERVICE_PORT_HTTP=80",
      "SESSIOND_SERVICE_PORT_DNS_UDP=53",
      "SESSIOND_PORT=tcp://10.96.0.7:80",
      "SESSIOND_PORT_80_TCP=tcp://10.96.0.7:80",
      "SESSIOND_PORT_80_TCP_PROTO=tcp",
      "SESSIOND_PORT_80_TCP_PORT=80",
      "SESSIOND_PORT_80_TCP_ADDR=10.96.0.7",
      "SESSIOND_PORT_53_UDP=udp://10.96.0.7:53",
      "SESSIOND_PORT_53_UDP_PROTO=udp",
      "SESSIOND_PORT_53_UDP_PORT=53",
      "SESSIOND_PORT_53_UDP_ADDR=10.96.0.7",
      "SESSIOND_REDIS_SERVICE_HOST=fd00::7",
      "SESSIOND_REDIS_SERVICE_PORT=6379",
      "SESSIOND_REDIS_SERVICE_PORT_REDIS=6379",
      "SESSIOND_REDIS_PORT=tcp://[fd00::7]:6379",
      "SESSIOND_REDIS_PORT_6379_TCP=tcp://[fd00::7]:6379",
      "SESSIOND_REDIS_PORT_6379_TCP_PROTO=tcp",
      "SESSIOND_REDIS_PORT_6379_TCP_PORT=6379",
      "SESSIOND_REDIS_PORT_6379_TCP_ADDR=fd00::7",
      "SESSIOND_BLUE_2_PORT=sctp://10.96.0.8:3868",
      "SESSIOND_BLUE_2_PORT_3868_SCTP=sctp://10.96.0.8:3868",
      "SESSIOND_BLUE_2_PORT_3868_SCTP_PROTO=sctp",
      "SESSIOND_BLUE_2_PORT_3868_SCTP_PORT=3868",
      "SESSIOND_BLUE_2_PORT_3868_SCTP_ADDR=10.96.0.8",
  };
}

TEST(Environment, WhatKubernetesPutsThereForAServiceOfThatNameIsNoOption) {
  std::vector<const char*> variables = made_for_services();
  variables.push_back("SESSIOND_THREADS=3");
  const Result<std::vector<Setting>> settings = read(variables);
  ASSERT_TRUE(settings) << settings.error().text;
  ASSERT_EQ(settings->size(), 1U);
  EXPECT_EQ(settings->front().name, "threads");
  EXPECT_EQ(settings->front().value, "3");
  EXPECT_EQ(settings->front().origin, "SESSIOND_THREADS");
}

TEST(Environment, AMisspeltOptionIsStillRefusedByItsName) {
  for (const char* variable : {
           "SESSIOND_REDSI=/run/redis.sock", "SESSIOND_PORT=8080", "SESSIOND_PORT=", "SESSIOND_PORT=http://10.0.0.7:80",
           "SESSIOND_REDIS_PORT=6379", "SESSIOND_HOST=10.0.0.7", "SESSIOND_SERVICE=10.0.0.7", "SESSIOND_SERVICE_PORT_=80",
           "SESSIOND_SERVICE_HOSTS=10.0.0.7", "SESSIOND_PORT_80=tcp://10.0.0.7:80", "SESSIOND_PORT_TCP=tcp://10.0.0.7:80",
           "SESSIOND_PORT_80_HTTP=80", "SESSIOND_PORT_80_TCP_HOST=10.0.0.7", "SESSIOND_PORT_80_TCP_=80",
           "SESSIOND_service_host=10.0.0.7", "SESSIOND_=1", "SESSIOND__SERVICE_NAME=x"}) {
    const Result<std::vector<Setting>> settings = read({"PATH=/bin", variable});
    ASSERT_FALSE(settings) << variable;
    const std::string name = std::string(variable).substr(0, std::string(variable).find('='));
    EXPECT_NE(settings.error().text.find("`" + name + "`"), std::string::npos) << settings.error().text;
  }
}

TEST(Environment, NoOptionHasANameThatKubernetesCouldTakeForAService) {
  for (const OptionRow& row : option_table()) {
    EXPECT_FALSE(is_of_kubernetes(environment_name(row.name), "tcp://10.0.0.7:80")) << row.name;
  }
  EXPECT_FALSE(is_of_kubernetes(kFileVariable, "tcp://10.0.0.7:80"));
}

TEST(Environment, OthersNamesAreOthersBusiness) {
  const Result<std::vector<Setting>> settings =
      read({"SESSION=gnome", "SESSIOND=1", "SESSIONDX_PORT=1", "sessiond_threads=1", "SESSIOND_CONFIG=/etc/other.conf", "odd"});
  ASSERT_TRUE(settings) << settings.error().text;
  EXPECT_TRUE(settings->empty());
}

}  // namespace
}  // namespace sessiond
