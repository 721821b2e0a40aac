-- Lets a client wait for a person. Its key is in a slot of its own, so it is the only key here.
--   KEYS[1]  key of the client's grant
--   ARGV[1]  how long it waits at most, in milliseconds
--   ARGV[2]  and all that follow: what is known of the client, each as a field's name and its value
-- Status: 1, or 0 when another client waits with this user code already.
if redis.call('EXISTS', KEYS[1]) == 1 then return {0, released} end
local now = now_ms()
local ends = text(now + tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'status', 'pending', 'created_at', text(now), 'expires_at', ends, unpack(ARGV, 2))
redis.call('PEXPIREAT', KEYS[1], ends)
return {1, released}
