-- Ends every session of a user, or some of them.
--   ARGV[1]  id of the caller's session, which must exist, and who spares those in which an operator acts as the person;
--            '' for an operator
--   ARGV[2]  id of a session that is spared, '' for none
--   ARGV[3]  'web' or 'cli' to spare those of the other kind, '' to spare none
-- Status: how many ended; -1 when the caller's session is gone.
if ARGV[1] ~= '' and not exists(ARGV[1]) then return {-1, released} end
local impersonated = ARGV[1] ~= '' and impersonated_ids() or {}
local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local spared = id == ARGV[2] or impersonated[id] or (ARGV[3] ~= '' and kind_of(id) == other_kind(ARGV[3]))
  if not spared then ended = ended + finish(id) end
end
settle()
return {ended, released}
