-- Ends every session of a user, or every one but the caller's.
--   ARGV[1]  id of the caller's session, which must exist and is kept; '' for an operator
-- Status: how many ended; -1 when the caller's session is gone.
if ARGV[1] ~= '' and not exists(ARGV[1]) then return {-1, released} end
local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if id ~= ARGV[1] then ended = ended + finish(id) end
end
settle()
return {ended, released}
