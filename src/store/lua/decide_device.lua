-- Notes what a person has decided about a client that waits. A decision is final.
--   KEYS[1]  key of the client's grant
--   ARGV[1]  'approved' or 'denied'
--   ARGV[2]  user id of the person, ARGV[3] id of the session that decides
-- Status: 1, or 0 when none waits there, or not any more.
if redis.call('HGET', KEYS[1], 'status') ~= 'pending' then return {0, released} end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'user_id', ARGV[2], 'session_id', ARGV[3])
return {1, released}
