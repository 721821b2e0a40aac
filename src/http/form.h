#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sessiond::http {

/// The value of the field `name` of a form, `application/x-www-form-urlencoded`, as OAuth reads one (RFC 6749, section
/// 3.2 and appendix B): a field without a value counts as absent, and other fields are ignored. Fails with kBadRequest
/// when the field is absent, comes twice, or the form is not percent-encoded. The error repeats nothing of the form,
/// and has only characters that RFC 6749, section 5.2, allows.
[[nodiscard]] Result<std::string> read_field(std::string_view form, std::string_view name);

}  // namespace sessiond::http
