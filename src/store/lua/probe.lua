-- Whether Redis would run the other scripts now. Changes nothing: the keys are those of a user who cannot exist.
--   ARGV[1]  key of a grant that nobody has. It may be in another slot, and is not touched
--   ARGV[2]  'cluster' in a Redis Cluster
--   ARGV[3]  the command that confirms changes, 'WAIT' or 'WAITAOF'; '' for none
-- Answer: the error with which Redis refuses, or {1, {}}.
local key, session, grant = KEYS[1], KEYS[3] .. 'nobody', ARGV[1]
local used = {
  {'TIME'}, {'EXISTS', key}, {'HGET', key, 'f'}, {'HMGET', key, 'f'}, {'HSET', key, 'f', 'v'}, {'HDEL', key, 'f'},
  {'DEL', key}, {'PEXPIREAT', key, '1'}, {'ZADD', key, '1', 'm'}, {'ZREM', key, 'm'}, {'ZCARD', key},
  {'ZRANGE', key, '0', '-1'}, {'ZREMRANGEBYSCORE', key, '-inf', '1'}, {'EVAL', 'return 1', '1', key},
  {'DEL', KEYS[2]}, {'HSET', KEYS[2], 'f', 'v'}, {'DEL', session}, {'HSET', session, 'f', 'v'},
  {'HSET', grant, 'f', 'v'}, {'HMGET', grant, 'f'}, {'PEXPIREAT', grant, '1'}, {'DEL', grant}, {'EVAL', 'return 1', '1', grant},
}
if cause then
  local told = {
    {'XADD', KEYS[5], '*', 'f', 'v'}, {'PEXPIRE', KEYS[5], '1'}, {'XRANGE', KEYS[5], '-', '+'}, {'XREVRANGE', KEYS[5], '+', '-'},
  }
  if cause.channel ~= '' then told[#told + 1] = {'PUBLISH', cause.channel, 'm'} end
  for _, command in ipairs(told) do used[#used + 1] = command end
end
if ARGV[2] == 'cluster' then used[#used + 1] = {'ASKING'} end
for _, command in ipairs(used) do
  if not redis.acl_check_cmd(unpack(command)) then
    local where = command[1] == 'EVAL' and command[4] or command[2] or key
    return redis.error_reply('NOPERM the account may not run ' .. command[1] .. ' on ' .. where)
  end
end
if ARGV[3] ~= '' then
  local words = {WAIT = {'1', '1'}, WAITAOF = {'1', '0', '1'}}
  local known, allowed = pcall(redis.acl_check_cmd, ARGV[3], unpack(words[ARGV[3]]))
  if not known then return redis.error_reply('ERR it has no ' .. ARGV[3] .. ', which Redis 7.2 and Valkey have') end
  if not allowed then return redis.error_reply('NOPERM the account may not run ' .. ARGV[3]) end
end

-- A command that writes and needs memory, so that Redis checks all reasons to refuse one: its role, its replicas, its
-- disk, its memory. XX changes only a member that exists, and none does.
local written = redis.pcall('ZADD', key, 'XX', '1', 'm')
if type(written) == 'table' and written.err then return redis.error_reply(written.err) end
local told = cause and redis.pcall('XREVRANGE', KEYS[5], '+', '-', 'COUNT', '1') or {}
if told.err then return redis.error_reply('the stream of events at ' .. KEYS[5] .. ': ' .. told.err) end
return {1, released}
