-- Tells a client what has been decided, and when it may ask again: not before an interval has passed, which grows each
-- time that it asks too early (RFC 8628, section 3.5). This script uses no approval up: mint.lua does.
--   KEYS[1]  key of the client's grant
--   ARGV[1]  hash of the device code's secret
--   ARGV[2]  the client's client_id
-- Status: 0 when none waits with this device code, -1 when the code is another client's, 1 when nothing is decided,
-- 2 when it asks too early, 3 when it is denied, 4 when it is approved. {4, released, user_id, session_id}.
local early = 500  -- milliseconds before the interval ends that still count as its end, as clients' timers are not exact
local secret_hash, client_id, status, due, interval, user_id, session_id = unpack(redis.call('HMGET', KEYS[1],
  'secret_hash', 'client_id', 'status', 'due', 'interval', 'user_id', 'session_id'))
if not secret_hash or secret_hash ~= ARGV[1] then return {0, released} end
if client_id ~= ARGV[2] then return {-1, released} end

local now = now_ms()
local is_early = now < (tonumber(due) or 0)
interval = tonumber(interval) or 5000
if is_early then interval = math.min(interval + 5000, 60000) end
redis.call('HSET', KEYS[1], 'due', text(now + interval - early), 'interval', text(interval))
if is_early then return {2, released} end
if status == 'denied' then return {3, released} end
if status == 'approved' then return {4, released, user_id, session_id} end
return {1, released}
