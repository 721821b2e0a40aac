-- Gives a session of a user a name, or takes it away.
--   ARGV[1]  id of the session
--   ARGV[2]  id of the caller's session, which must exist
--   ARGV[3]  the name, '' for none
-- Status: 1, 0 when there is no such session, -1 when the caller's is gone.
if not lives(ARGV[2]) then return {-1, released} end
if not lives(ARGV[1]) then return {0, released} end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[3] .. ARGV[1], 'name')
else
  redis.call('HSET', KEYS[3] .. ARGV[1], 'name', ARGV[3])
end
tell('renamed', ARGV[1])
return {1, released}
