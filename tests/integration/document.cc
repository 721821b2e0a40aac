#include "integration/document.h"

namespace sessiond::test {

Document::Document(const std::string& text) {
  if (document_.Parse(text).HasParseError()) throw std::runtime_error("this is not JSON: " + text);
}

Document::~Document() = default;

const Json& Document::operator[](const char* name) const { return document_[name]; }

}  // namespace sessiond::test
