-- Mints a session.
--   ARGV[1]  user id
--   ARGV[2]  User, JSON
--   ARGV[3]  kind, 'web' or 'cli'
--   ARGV[4]  lifetime in milliseconds
--   ARGV[5]  User-Agent, '' for none
--   ARGV[6]  hash of the secret
--   ARGV[7]  end of the session's UUIDv7, which follows the time
--   ARGV[8]  the most sessions that a user may have
--   ARGV[9]  id of a session that this one replaces, '' for none
--   ARGV[10] id of a session that must exist, '' for none
-- Result: {1, id, created_at, expires_at}; {0} when the required session is gone.
-- Sessions beyond the most allowed end, oldest first.
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
if ARGV[10] ~= '' and not exists(ARGV[10]) then return {0} end
if ARGV[9] ~= '' then finish(ARGV[9]) end

local most = tonumber(ARGV[8])
if redis.call('ZCARD', KEYS[1]) >= most then
  local living = {}
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if exists(id) then living[#living + 1] = id else redis.call('ZREM', KEYS[1], id) end
  end
  table.sort(living)  -- UUIDv7: oldest first
  for i = 1, #living - most + 1 do finish(living[i]) end
end

local hex = string.format('%012x', now)
local id = hex:sub(1, 8) .. '-' .. hex:sub(9, 12) .. '-' .. ARGV[7]
local expires_at = now + tonumber(ARGV[4])
local key = KEYS[3] .. id
redis.call('HSET', key, 'user_id', ARGV[1], 'kind', ARGV[3], 'created_at', text(now),
  'expires_at', text(expires_at), 'secret_hash', ARGV[6])
if ARGV[5] ~= '' then redis.call('HSET', key, 'user_agent', ARGV[5]) end
redis.call('PEXPIREAT', key, text(expires_at))
redis.call('ZADD', KEYS[1], text(expires_at), id)
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'json', ARGV[2])
settle()
return {1, id, text(now), text(expires_at)}
