#include "store/telling.h"

#include "base/utf8.h"

namespace sessiond {

Telling::Telling(const Redis& redis, const Keyspace& keyspace, std::string_view key, std::string_view kept,
                 const Cause& cause)
    : stream_(redis.is_cluster() ? keyspace.events(tag_of(slot_of(key))) : keyspace.events()),
      channel_(redis.is_cluster() ? keyspace.events() : ""),
      kept_(kept),
      actor_(presentable(cause.actor, kMaxUserId)),
      cause_(cause) {}

void Telling::append_to(std::vector<std::string_view>& keys, std::vector<std::string_view>& arguments) const {
  keys.push_back(stream_);
  arguments.insert(arguments.end(), {cause_.user_id, actor_, cause_.reason, channel_, kept_});
}

}  // namespace sessiond
