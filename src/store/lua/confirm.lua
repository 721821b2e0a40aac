-- Writes something and takes it back. A WAIT waits only for what its own connection has written. After this write it
-- waits for all that the server has written before.
--   KEYS[1]  a key under which nothing is ever stored
redis.call('HSET', KEYS[1], 'f', 'v')
redis.call('DEL', KEYS[1])
return {1, released}
