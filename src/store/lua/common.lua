-- Put before each script when it is embedded. Scripts on a user's sessions have these keys:
--   KEYS[1]  index of the user's sessions (sorted set: id scored by its end)
--   KEYS[2]  user hash (id, json)
--   KEYS[3]  prefix that a session id completes to the key of the session's hash
--   KEYS[4]  bar, which says since when the user's sessions count (hash: bar)
--   KEYS[5]  the stream of events, where one is kept
-- They share a hash tag; that of KEYS[5] may be another one of the same slot. So a script stays within one slot of a
-- Redis Cluster.
--
-- Every script answers {status, released, …}. `status` is its own; `released` names the grants
-- of sessions that ended. Their keys are in other slots, so the caller deletes them.

local released = {}

-- Where events are kept: how long (ms); the channel on which each new event is published, '' for none; and why this is
-- done, by whom and to whom ('' for what is not known). They are the last arguments, and are removed here, so that a
-- script's own arguments are the same with and without them.
local cause
if KEYS[5] then
  cause = {}
  for _, name in ipairs({'kept', 'channel', 'reason', 'actor', 'user'}) do cause[name] = table.remove(ARGV) end
end

-- Redis's clock, the only one that decides an expiry: milliseconds, and microseconds beyond them.
local function now_ms()
  local time = redis.call('TIME')
  local micros = tonumber(time[2])
  return tonumber(time[1]) * 1000 + math.floor(micros / 1000), micros % 1000
end

-- A millisecond time as Redis wants it; Lua's own way of writing numbers may use an exponent.
local function text(ms)
  return string.format('%.0f', ms)
end

-- After a noted use: how long (ms) further uses are not noted, for a session with this idle time (0: none); and when
-- such a session ends if it is not used again (session/activity.h).
local function seen_for(idle)
  if idle == 0 then return 300000 end
  return math.max(60000, math.min(math.floor(idle / 16), 300000))
end

local function end_of(expires_at, seen_at, idle)
  if idle == 0 then return expires_at end
  return math.min(expires_at, seen_at + idle + seen_for(idle))
end

-- A proof as the field `auth` has it (session/authentication.h), split into its time and the rest. A time in the future
-- is set to `now`: nothing can have been proven then.
local function of_no_later(now, auth)
  local at, how = auth:match('^(%d*)(.*)$')
  if at ~= '' and tonumber(at) > now then at = text(now) end
  return at, how
end

-- `proofs`: of each session that the script has ended, by id, the hash of the secret and the kind. `asking`: the id of
-- the session of the same user that asks for that, '' for none. `by`: what is known of that session, once it was looked
-- at.
local proofs, asking, by = {}, '', nil

-- Stores why, when and by which other session of the user a session has ended, for its own browser (store/sessions.h,
-- how_ended). It is kept as long as the event.
local function leave_word(id, reason)
  local secret_hash, kind = unpack(proofs[id])
  if not secret_hash or not kind then return end
  local key = KEYS[3]:gsub('session:$', 'ended:') .. id
  if not by then
    by = {}
    local names = {'kind', 'user_agent', 'name', 'device'}
    for i, value in ipairs(asking == '' and {} or redis.pcall('HMGET', KEYS[3] .. asking, unpack(names))) do
      if value then by[#by + 1], by[#by + 2] = 'by_' .. names[i], value end
    end
  end
  local kept = redis.pcall('HSET', key, 'secret_hash', secret_hash, 'kind', kind, 'at', text(now_ms()), 'reason', reason,
    unpack(by))
  if type(kept) == 'number' then redis.pcall('PEXPIRE', key, cause.kept) end
end

-- Adds what has just been done to the stream of events: `id` and `kind` of the session, if it was done to one, `user`
-- where the cause does not say whose it is, `reason` where it is not the cause's, and `is_new_device` where a session
-- begins on a device that was not known. When something else stands in place of the stream, the change is made all the
-- same.
local function tell(event, id, kind, user, reason, is_new_device)
  if not cause then return end
  local words = {}
  local function add(name, value)
    if value and value ~= '' then words[#words + 1], words[#words + 2] = name, value end
  end
  add('event', event)
  add('reason', reason or cause.reason)
  add('user', cause.user ~= '' and cause.user or user)
  add('session', id)
  add('kind', kind)
  add('actor', cause.actor)
  add('new_device', is_new_device and 'true')
  redis.pcall('XADD', KEYS[5], 'MINID', '~', text(now_ms() - tonumber(cause.kept)), '*', unpack(words))
  redis.pcall('PEXPIRE', KEYS[5], cause.kept)
  if cause.channel ~= '' then redis.pcall('PUBLISH', cause.channel, KEYS[5]) end
  if event == 'ended' then leave_word(id, reason or cause.reason) end
end

-- The key of the devices that are known of the user (session/keys.h).
local function known_devices()
  return (KEYS[3]:gsub('session:$', 'known-devices'))
end

local function exists(id)
  return redis.call('EXISTS', KEYS[3] .. id) == 1
end

-- The bar as it was when the script first asked (session/bar.h): the sessions that were minted at `not_before` or
-- earlier have ended, except the one that is spared. All sessions of a disabled user have ended. A damaged bar ends the
-- script before it has changed anything.
local bar
local function read_bar()
  if bar then return bar end
  local field = redis.call('HGET', KEYS[4], 'bar')
  bar = {not_before = -1}
  if field then
    local not_before, who = field:match('^(%d+) ?(%S*)$')
    if not not_before then error('a bar is damaged') end
    bar = {not_before = tonumber(not_before), spared = who, disabled = who == 'disabled'}
  end
  return bar
end

-- Raises the bar: `who` is the id of a session that is spared, 'disabled' or ''. It never falls, whatever clocks do,
-- and always covers sessions that were minted after the earlier one. The first write is a DEL, which also a full Redis
-- accepts; then it accepts all further writes of the script.
local function raise_bar(who)
  local not_before = math.max(now_ms(), read_bar().not_before + 1)
  redis.call('DEL', KEYS[4])
  redis.call('HSET', KEYS[4], 'bar', text(not_before) .. (who == '' and '' or ' ' .. who))
  -- As long as any session that was minted before may be valid: session/session.h, kLongestLifetime.
  if who ~= 'disabled' then redis.call('PEXPIREAT', KEYS[4], text(not_before + 316224000000)) end
end

-- Puts a session into the index again, which may have lost it: the index and the user are kept only as long as the last
-- session in the index.
local function index(id)
  local expires_at, seen = unpack(redis.pcall('HMGET', KEYS[3] .. id, 'expires_at', 'seen'))
  local at, idle = (seen or ''):match('^(%d+) (%d+)$')
  if not tonumber(expires_at) then return end
  redis.call('ZADD', KEYS[1], text(end_of(tonumber(expires_at), tonumber(at) or 0, tonumber(idle) or 0)), id)
end

-- When the session of this id was minted (session/uuid.h).
local function minted_at(id)
  return tonumber(id:sub(1, 8) .. id:sub(10, 13), 16) or 0
end

-- Whether the session is there, and the bar has not ended it.
local function lives(id)
  if not exists(id) then return false end
  if read_bar().disabled then return false end
  return minted_at(id) > bar.not_before or id == bar.spared
end

-- The kind, 'web' or 'cli', in the field of a session, and whether an operator acts in it as its person
-- (session/session.h). Anything else is returned as it is.
local function kind_in(stored)
  if type(stored) ~= 'string' then return '', false end
  if stored:find('^web .') then return 'web', true end
  return stored, false
end

-- The same, for the session of this id.
local function kind_of(id)
  return kind_in(redis.pcall('HGET', KEYS[3] .. id, 'kind'))
end

-- The ids of the user's sessions in which an operator acts, as a set. Such a session ends within the hour
-- (session/session.h), so no other is looked at.
local function impersonated_ids()
  local ids = {}
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', text(now_ms() + 3600000), 'BYSCORE')) do
    local _, is_impersonated = kind_of(id)
    if is_impersonated then ids[id] = true end
  end
  return ids
end

-- The other kind. A damaged kind is never equal to it: a damaged session may be one that was meant.
local function other_kind(kind)
  return ({web = 'cli', cli = 'web'})[kind]
end

-- A session's live grants, oldest first: {name, expires_at} each. Kept in its hash as text,
-- `name expires_at name expires_at …`, so that they end with it.
local function grants_of(id, now)
  local grants = {}
  local field = redis.pcall('HGET', KEYS[3] .. id, 'grants')
  if type(field) == 'string' then
    for name, expires_at in field:gmatch('(%S+) (%d+)') do
      if tonumber(expires_at) > now then grants[#grants + 1] = {name, expires_at} end
    end
  end
  return grants
end

local function keep_grants(id, grants)
  local words = {}
  for _, grant in ipairs(grants) do words[#words + 1] = grant[1] .. ' ' .. grant[2] end
  if #words > 0 then
    redis.call('HSET', KEYS[3] .. id, 'grants', table.concat(words, ' '))
  else
    redis.call('HDEL', KEYS[3] .. id, 'grants')
  end
end

-- Ends one session, whatever is stored in its key or the index: damage keeps no session alive. 1 if it was there, else
-- 0.
local function finish(id)
  for _, grant in ipairs(grants_of(id, 0)) do released[#released + 1] = grant[1] end
  if cause then proofs[id] = redis.pcall('HMGET', KEYS[3] .. id, 'secret_hash', 'kind') end
  local ended = redis.call('DEL', KEYS[3] .. id)
  redis.pcall('ZREM', KEYS[1], id)
  return ended
end

-- The instant of an RFC 3339 time: seconds, and the digits of their fraction. Nothing for any other text.
local function instant(time)
  if type(time) ~= 'string' then return end
  local words = {time:match('^(%d%d%d%d)-(%d%d)-(%d%d)[Tt](%d%d):(%d%d):(%d%d)(.*)$')}
  if #words == 0 then return end
  local fraction, zone = words[7]:match('^%.(%d+)(.+)$')
  if not fraction then fraction, zone = '', words[7] end
  local sign, hours, minutes = zone:match('^([+-])(%d%d):(%d%d)$')
  if not sign and zone:upper() ~= 'Z' then return end
  for i = 1, 6 do words[i] = tonumber(words[i]) end
  local year, month, day, hour, minute, second = unpack(words, 1, 6)
  if month < 3 then year, month = year - 1, month + 12 end  -- years begin in March, so that a leap day is the last day
  local days = 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400) +
    math.floor((153 * month - 457) / 5) + day
  local offset = sign and tonumber(sign .. (hours * 60 + minutes)) or 0
  return ((days * 24 + hour) * 60 + minute - offset) * 60 + second, (fraction:reverse():gsub('^0+', ''):reverse())
end

-- Whether the stored User was changed later than this one (JSON), by their `updated_at`. False when it has no time, or
-- another id.
local function is_newer_stored(id, user)
  local stored = redis.call('HGET', KEYS[2], 'json')
  local read, was = pcall(cjson.decode, stored)
  if not read or type(was) ~= 'table' or was.id ~= id then return false end
  local seconds, fraction = instant(was.updated_at)
  local new_seconds, new_fraction = instant(cjson.decode(user).updated_at)
  if not seconds or not new_seconds then return false end
  return seconds > new_seconds or (seconds == new_seconds and fraction > new_fraction)
end

-- Makes the index and the user expire with the user's last session. Does nothing when the index is damaged.
local function settle()
  local last = redis.pcall('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  if last.err then return end
  if #last == 0 then
    redis.call('DEL', KEYS[2])
  else
    redis.call('PEXPIREAT', KEYS[1], text(tonumber(last[2])))
    redis.call('PEXPIREAT', KEYS[2], text(tonumber(last[2])))
  end
end
