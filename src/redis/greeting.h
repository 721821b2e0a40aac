#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "redis/address.h"
#include "redis/reply.h"

namespace sessiond {

/// Judges what a server replies before, and while, it is trusted with sessions. Each function gives the reason, for
/// people, why the connection must not be used; nothing when it may.

/// The reply to AUTH, or what a server that refuses the connection says in its place. The reason
/// never repeats what was sent.
[[nodiscard]] std::optional<std::string> refusal_in_auth(const Reply& reply);

/// The words of an error in reply to AUTH, up to where Redis may repeat what was sent.
[[nodiscard]] std::string quote_auth_error(std::string_view text);

/// The reply to ROLE: a replica may still accept sessions that its primary has revoked.
[[nodiscard]] std::optional<std::string> refusal_in_role(const Reply& reply);

/// The reply to SELECT, which chooses a database.
[[nodiscard]] std::optional<std::string> refusal_in_select(const Reply& reply);

/// The reply to INFO, sections cluster and persistence. Refuses a server of a Redis Cluster where none is expected, and
/// one that is still loading its data.
[[nodiscard]] std::optional<std::string> refusal_in_info(const Reply& reply, bool cluster_expected);

/// INFO's section replication. Refuses a primary unless `least` replicas, and at least one, have answered it within
/// `most` seconds (Redis counts whole ones). A primary that is cut off from its replicas may have been replaced by one
/// of them. With `most` 0 it needs none.
[[nodiscard]] std::optional<std::string> refusal_in_replicas(const Reply& info, int most, int least);

/// Whether the server is one of a Redis Cluster, by the same reply.
[[nodiscard]] bool is_in_cluster(const Reply& info);

/// Whether the reply to WAIT, or to WAITAOF where they are to be on disk, confirms changes.
[[nodiscard]] bool confirms(const Reply& reply, const RedisAddress::Confirmation& wanted);

/// The same reply in words, for people.
[[nodiscard]] std::string describe_confirmation(const Reply& reply);

/// Whether the reply to any command means that the server does not serve as a primary now, so that
/// it is better to connect again: the address may lead elsewhere. Errors of a primary that cannot write
/// (MISCONF, NOREPLICAS, OOM) do not.
[[nodiscard]] bool leads_elsewhere(const Reply& reply);

/// Redis's own words, for logs and people: no more than 200 bytes of them, as UTF-8 without control characters.
[[nodiscard]] std::string quote_redis(std::string_view text);

}  // namespace sessiond
