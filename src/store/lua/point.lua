-- Lets a grant's code be found. Its key is in a slot of its own, so it is the only key here.
--   KEYS[1]  key of the grant
--   ARGV[1]  user id of the session that asked
--   ARGV[2]  id of that session
--   ARGV[3]  lifetime of the grant in milliseconds
redis.call('HSET', KEYS[1], 'user_id', ARGV[1], 'session_id', ARGV[2])
redis.call('PEXPIREAT', KEYS[1], text(now_ms() + tonumber(ARGV[3])))
return {1, released}
