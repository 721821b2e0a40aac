-- Ends every session of a user, or some of them.
--   ARGV[1]  id of the caller's session, which must exist; '' for an operator
--   ARGV[2]  id of a session that is spared, '' for none
--   ARGV[3]  'web' or 'cli' to spare those of the other kind, '' to spare none. What is stored as
--            neither kind is not spared: a damaged session may be one that was meant.
-- Status: how many ended; -1 when the caller's session is gone.
if ARGV[1] ~= '' and not exists(ARGV[1]) then return {-1, released} end
local spared_kind = ({web = 'cli', cli = 'web'})[ARGV[3]]

local function is_spared(id)
  if id == ARGV[2] then return true end
  return spared_kind ~= nil and redis.pcall('HGET', KEYS[3] .. id, 'kind') == spared_kind
end

local ended = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if not is_spared(id) then ended = ended + finish(id) end
end
settle()
return {ended, released}
