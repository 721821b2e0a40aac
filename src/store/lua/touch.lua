-- Notes that a session is used, which also extends an idle time. Many workers may ask at once: the first is heeded, and
-- the others find that it is not due any more.
--   ARGV[1]  id of the session
--   ARGV[2]  address that it is used from, ARGV[3] the place of that, for people; '' where nobody says: then what was
--            said before is forgotten
-- Result: {1, released, now}; {0, released, now} when it is not due, the session is gone, or what is stored is damaged.
local key, now = KEYS[3] .. ARGV[1], now_ms()
local expires_at, seen = unpack(redis.call('HMGET', key, 'expires_at', 'seen'))
local last, idle = (seen or text(minted_at(ARGV[1]))):match('^(%d+) ?(%d*)$')
expires_at = tonumber(expires_at)
if not last or not expires_at then return {0, released, text(now)} end
local silence = tonumber(idle) or 0
if now - last <= seen_for(silence) then return {0, released, text(now)} end

local told, untold = {'seen', idle == '' and text(now) or text(now) .. ' ' .. idle}, {}
for i, name in ipairs({'ip', 'place'}) do
  local value = ARGV[i + 1]
  if value == '' then
    untold[#untold + 1] = name
  else
    told[#told + 1], told[#told + 2] = name, value
  end
end
redis.call('HSET', key, unpack(told))
if #untold > 0 then redis.call('HDEL', key, unpack(untold)) end
if silence > 0 then
  local ends = text(end_of(expires_at, now, silence))
  redis.call('PEXPIREAT', key, ends)
  redis.pcall('ZADD', KEYS[1], ends, ARGV[1])
  settle()
end
return {1, released, text(now)}
