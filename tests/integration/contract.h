#pragma once

#include <string>

#include "integration/response.h"

namespace sessiond::test {

/// Where an answer came in: straight from the worker, or through nginx, which answers some requests itself.
enum class From { kWorker, kNginx };

/// Adds a failure for each thing in which an answer to `request` (its method and path, for people) is not as
/// the contract promises of every one: the headers that it has and those that it has not, and the shape of
/// an error. Called wherever an answer comes in, so it holds for every test.
void expect_contract(const Response& response, From from, const std::string& request = "");

}  // namespace sessiond::test
