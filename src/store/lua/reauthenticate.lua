-- Notes a new proof of who the person of a session is. The session ends when it would have ended.
--   ARGV[1]  id of the session
--   ARGV[2]  the proof, as the field `auth` (session/authentication.h); without a time, now is its time
-- Status: 1, 0 when there is no such session, -1 when a later proof is noted, -2 when it is a CLI's.
local key, now = KEYS[3] .. ARGV[1], now_ms()
if not lives(ARGV[1]) then return {0, released} end
local kind, noted = unpack(redis.call('HMGET', key, 'kind', 'auth'))
if kind ~= 'web' then return {-2, released} end
local at, how = of_no_later(now, ARGV[2])
if at == '' then at = text(now) end
local last = tonumber((noted or ''):match('^%d+') or '')
if last and last <= now and last > tonumber(at) then return {-1, released} end
redis.call('HSET', key, 'auth', at .. how)
tell('reauthenticated', ARGV[1])
return {1, released}
