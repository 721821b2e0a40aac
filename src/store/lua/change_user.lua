-- Changes the User of somebody who has a session.
--   ARGV[1]  user id
--   ARGV[2]  User, JSON
-- Status: 1, 0 when the user has no session, -1 when the User that is stored was changed later.
local is_signed_in = false
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  is_signed_in = lives(id)
  if is_signed_in then break end
end
if not is_signed_in then return {0, released} end
if is_newer_stored(ARGV[1], ARGV[2]) then return {-1, released} end
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'json', ARGV[2])
settle()
tell('user-changed')
return {1, released}
