-- Mints a session.
--   ARGV[1]  user id
--   ARGV[2]  User, JSON; '' to go on with the one that is stored, as with one that was changed earlier
--   ARGV[3]  kind, 'web' or 'cli'; 'web ' and an operator's id for one in which that operator acts as the person
--   ARGV[4]  lifetime in milliseconds and, if it has an idle time, behind a space that
--   ARGV[5]  hash of the secret
--   ARGV[6]  end of the session's UUIDv7, behind the time
--   ARGV[7]  the most sessions of this kind that a user may have
--   ARGV[8]  id of a session that this one replaces, '' for none
--   ARGV[9]  id of a session whose grant pays for this one, '' for none
--   ARGV[10] that grant's name
--   ARGV[11] what the device is known by and, behind a space, how much longer than the session, in milliseconds; '' where
--            devices are not looked at
--   ARGV[12] and all that follow: further fields of the session's hash, each as its name and its value
-- Result: {1, released, id, created_at, expires_at, User, beyond, replaced, its kind, 1 if the device was not known};
-- {0, {}} when the grant is not there; {-1, {}} when the user is disabled. The grant is used up in the same step. Sessions
-- of this kind beyond the most allowed end, oldest first: `beyond` are their ids. Those in which an operator acts neither
-- count nor end, nor end others. `replaced` is ARGV[8] if that session was there, else ''.

-- The most devices of a user that are known. One more takes the place of the one that would be known the shortest.
local most_devices = 64

-- Whether the device is not known. From now on it is, until `ends` at least. What is no set of devices knows none, and
-- hinders no minting.
local function is_new_device(device, ends, now)
  local key = known_devices()
  if type(redis.pcall('ZREMRANGEBYSCORE', key, '-inf', text(now))) ~= 'number' then return true end
  local added = redis.call('ZADD', key, 'GT', text(ends), device)
  if redis.call('ZCARD', key) > most_devices then
    local first, second = unpack(redis.call('ZRANGE', key, 0, 1))
    redis.call('ZREM', key, first == device and second or first)
  end
  redis.call('PEXPIREAT', key, text(tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])))
  return added == 1
end

if read_bar().disabled then return {-1, released} end
local now, micros = now_ms()
local grants, paid = {}, false
if ARGV[9] ~= '' and lives(ARGV[9]) then
  for _, grant in ipairs(grants_of(ARGV[9], now)) do
    if grant[1] == ARGV[10] then paid = true else grants[#grants + 1] = grant end
  end
end
if ARGV[9] ~= '' and not paid then return {0, released} end

local user = ARGV[2]
if user == '' or is_newer_stored(ARGV[1], user) then
  user = redis.call('HGET', KEYS[2], 'json')
  if not user then return {0, released} end
end

-- An index that is no sorted set ends the script here, before it has written anything. The first
-- write is then one that a full Redis refuses: after a first one it refuses none.
redis.call('ZCARD', KEYS[1])
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'json', user)
if paid then
  keep_grants(ARGV[9], grants)
  released[1] = ARGV[10]
end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
local replaced, replaced_kind = '', (kind_of(ARGV[8]))
if ARGV[8] ~= '' and finish(ARGV[8]) == 1 then
  replaced = ARGV[8]
  tell('ended', replaced, replaced_kind, ARGV[1], 'replaced')
end

local most, beyond = tonumber(ARGV[7]), {}
if ARGV[3]:find(' ') then most = math.huge end
if redis.call('ZCARD', KEYS[1]) >= most then
  local living, kinds = {}, {}  -- of this kind, and what is stored as neither: it gives way to any
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local kind, is_impersonated = kind_of(id)
    if not exists(id) then
      redis.call('ZREM', KEYS[1], id)
    elseif kind ~= other_kind(ARGV[3]) and not is_impersonated then
      living[#living + 1] = id
      kinds[id] = kind
    end
  end
  table.sort(living)  -- UUIDv7: oldest first
  for i = 1, #living - most + 1 do
    finish(living[i])
    beyond[i] = living[i]
    tell('ended', living[i], kinds[living[i]], ARGV[1], 'cap')
  end
end

-- RFC 9562, section 6.2, method 3: the fraction of the millisecond follows it, so that ids sort
-- in the order of minting also within one.
-- A session that is minted after others were ended counts at once, also within the same millisecond.
local created_at = math.max(now, read_bar().not_before + 1)
local hex = string.format('%012x', created_at)
local fraction = string.format('7%03x', math.floor(micros * 4096 / 1000))
local id = hex:sub(1, 8) .. '-' .. hex:sub(9, 12) .. '-' .. fraction .. '-' .. ARGV[6]
local lifetime, idle = ARGV[4]:match('^(%d+) ?(%d*)$')
local expires_at = created_at + tonumber(lifetime)
local ends = end_of(expires_at, created_at, tonumber(idle) or 0)
local key = KEYS[3] .. id
local fields = {unpack(ARGV, 12)}
for i = 1, #fields, 2 do
  if fields[i] == 'auth' then fields[i + 1] = table.concat({of_no_later(now, fields[i + 1])}) end
end
local device, longer = ARGV[11]:match('^(%S+) (%d+)$')
local is_new = device and is_new_device(device, expires_at + tonumber(longer), now)
redis.call('HSET', key, 'user_id', ARGV[1], 'kind', ARGV[3], 'expires_at', text(expires_at), 'secret_hash', ARGV[5],
  unpack(fields))
if idle ~= '' then redis.call('HSET', key, 'seen', text(created_at) .. ' ' .. idle) end
redis.call('PEXPIREAT', key, text(ends))
redis.call('ZADD', KEYS[1], text(ends), id)
settle()
tell('minted', id, (kind_in(ARGV[3])), ARGV[1], nil, is_new)
return {1, released, id, text(created_at), text(expires_at), user, beyond, replaced, replaced_kind, is_new and 1 or 0}
