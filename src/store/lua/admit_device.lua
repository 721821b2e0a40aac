-- Counts one more client that waits for a person, unless there are as many as may. Its key is in a slot of its own.
--   KEYS[1]  those that were let in (sorted set: name scored by its end)
--   ARGV[1]  name of the client's grant
--   ARGV[2]  how long it waits at most, in milliseconds
--   ARGV[3]  the most that may wait
-- Status: 1, or 0 when there are as many.
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return {0, released} end
local ends = text(now + tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], ends, ARGV[1])
redis.call('PEXPIREAT', KEYS[1], ends)
return {1, released}
