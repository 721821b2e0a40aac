#pragma once

#include <string>
#include <string_view>

#include "app/render.h"
#include "session/session.h"

namespace sessiond {

/// Sessions as an operator reads them: lines of a table, or the array of JSON of the HTTP interface.
class Listing {
 public:
  /// `with_users`: each session is shown with its user.
  Listing(bool json, bool with_users) : json_(json), with_users_(with_users), array_(Uuid{}) {}

  void add(const Session& session, std::string_view user_id);
  [[nodiscard]] bool empty() const { return empty_; }

  /// What has been added since it was last asked.
  [[nodiscard]] std::string take();
  /// The rest of the text. Nothing can be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  bool json_;
  bool with_users_;
  bool empty_ = true;
  SessionArray array_;
  std::string table_;
};

}  // namespace sessiond
