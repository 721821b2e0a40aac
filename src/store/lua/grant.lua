-- Gives a session a grant.
--   ARGV[1]  id of the session
--   ARGV[2]  name of the grant
--   ARGV[3]  lifetime of the grant in milliseconds; it ends with the session at the latest
--   ARGV[4]  the most grants that a session may have; one more ends the oldest
-- Status: 1, or -1 when the session is gone.
local session_ends = tonumber(redis.call('HGET', KEYS[3] .. ARGV[1], 'expires_at'))
if not session_ends then return {-1, released} end
local now = now_ms()
local expires_at = math.min(now + tonumber(ARGV[3]), session_ends)
local grants = grants_of(ARGV[1], now)
while #grants >= tonumber(ARGV[4]) do released[#released + 1] = table.remove(grants, 1)[1] end
grants[#grants + 1] = {ARGV[2], text(expires_at)}
keep_grants(ARGV[1], grants)
return {1, released}
