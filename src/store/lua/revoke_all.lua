-- Ends every session of a user, or some of them.
--   ARGV[1]  id of the caller's session, which must be valid; it spares those in which an operator acts as the person;
--            '' for an operator
--   ARGV[2]  id of a session that is spared, '' for none
--   ARGV[3]  'web' or 'cli' to spare those of the other kind, '' to spare none
--   ARGV[4]  'bar' to end also those that the index does not know, and those in which an operator acts, as it can spare
--            only one; 'disable' to let none be minted either, until the user is enabled; '' for neither
-- When all sessions of a user end, which only an operator asks for, the user's known devices are forgotten, too.
-- Result: {how many ended, released, their ids and kinds in turn}; the status is -1 when the caller's session is gone.
-- For 'disable', `released` is empty: the codes stay, so that whoever redeems one is told that the user is disabled.
if ARGV[1] ~= '' and not lives(ARGV[1]) then return {-1, released} end
local impersonated = ARGV[1] ~= '' and ARGV[4] == '' and impersonated_ids() or {}
if ARGV[4] == 'disable' or (ARGV[4] == 'bar' and read_bar().disabled) then
  raise_bar('disabled')
  if ARGV[4] == 'disable' then tell('user-disabled') else tell('all-ended') end
elseif ARGV[4] == 'bar' then
  local spared = ARGV[2] ~= '' and lives(ARGV[2]) and ARGV[2] or ''
  raise_bar(spared)
  if spared ~= '' then index(spared) end
  tell('all-ended', spared)  -- also those that nothing below tells of
end
asking = ARGV[1]
local ended = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local spared = id == ARGV[2] or impersonated[id] or (ARGV[3] ~= '' and kind_of(id) == other_kind(ARGV[3]))
  if not spared then
    local lived, kind = lives(id), (kind_of(id))
    finish(id)
    if lived then
      ended[#ended + 1] = id
      ended[#ended + 1] = kind
      tell('ended', id, kind)
    end
  end
end
settle()
if ARGV[2] == '' and ARGV[3] == '' then redis.call('DEL', known_devices()) end
return {#ended / 2, ARGV[4] == 'disable' and {} or released, ended}
