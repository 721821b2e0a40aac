-- Notes that a session is used. Many workers may ask at once: the first is heeded, and the others find that it is not
-- due any more.
--   ARGV[1]  id of the session
-- Result: {1, released, now}; {0, released, now} when it is not due, the session is gone, or what is stored is damaged.
local key, now = KEYS[3] .. ARGV[1], now_ms()
local created_at, seen = unpack(redis.call('HMGET', key, 'created_at', 'seen'))
local last = tonumber(seen or created_at)
if not last or now - last <= seen_for then return {0, released, text(now)} end
redis.call('HSET', key, 'seen', text(now))
return {1, released, text(now)}
