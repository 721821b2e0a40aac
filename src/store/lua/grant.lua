-- Gives a session a grant.
--   ARGV[1]  id of the session
--   ARGV[2]  name of the grant
--   ARGV[3]  lifetime of the grant in milliseconds; it is in the session's hash, and so ends with that at the latest
--   ARGV[4]  the most grants that a session may have; one more ends the oldest
-- Status: 1, or -1 when the session is gone.
if not lives(ARGV[1]) then return {-1, released} end
local now = now_ms()
local grants = grants_of(ARGV[1], now)
while #grants >= tonumber(ARGV[4]) do released[#released + 1] = table.remove(grants, 1)[1] end
grants[#grants + 1] = {ARGV[2], text(now + tonumber(ARGV[3]))}
keep_grants(ARGV[1], grants)
return {1, released}
