#pragma once

// The tests read JSON with RapidJSON's document, in a namespace and with an assertion of its own:
// a member that is not there, or of another type, fails the test instead of ending it.
#include <stdexcept>

#define RAPIDJSON_NAMESPACE sessiond_test_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace sessiond_test_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#define RAPIDJSON_ASSERT(x) \
  if (!(x)) throw std::runtime_error("the JSON is not as expected: " #x)
#define RAPIDJSON_NOEXCEPT_ASSERT(x) static_cast<void>(x)
#define RAPIDJSON_HAS_STDSTRING 1
#include <rapidjson/document.h>

#include <string>

namespace sessiond::test {

using Json = sessiond_test_rapidjson::Value;

/// A JSON text, read. Throws when it is not JSON.
class Document {
 public:
  explicit Document(const std::string& text);
  ~Document();
  [[nodiscard]] const Json& root() const { return document_; }
  const Json& operator[](const char* name) const;

 private:
  sessiond_test_rapidjson::Document document_;
};

}  // namespace sessiond::test
