-- Ends one session of a user.
--   ARGV[1]  id of the session to end
--   ARGV[2]  id of the caller's session, which must exist; '' for an operator
--   ARGV[3] and all that follow: fields of the session's hash, each as its name and the value that it must still have, ''
--            where it is absent
-- Status: 1 when it ended, 0 when there is no such session, -1 when the caller's is gone, 2 when a field has changed.
-- {1, released, kind, user_id} tells of the one that ended, each '' where that is damaged.
if ARGV[2] ~= '' and not lives(ARGV[2]) then return {-1, released} end
for i = 3, #ARGV, 2 do
  if (redis.pcall('HGET', KEYS[3] .. ARGV[1], ARGV[i]) or '') ~= ARGV[i + 1] then return {2, released} end
end
local lived = lives(ARGV[1])
asking = ARGV[2]
local told = redis.pcall('HMGET', KEYS[3] .. ARGV[1], 'kind', 'user_id')
finish(ARGV[1])
settle()
if lived then tell('ended', ARGV[1], (kind_in(told[1])), told[2]) end
return {lived and 1 or 0, released, told[1] or '', told[2] or ''}
