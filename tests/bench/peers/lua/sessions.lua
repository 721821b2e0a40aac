-- A peer to measure against: check, list and a guarded application inside nginx, with lua-resty-redis and
-- libsodium, on sessiond's keys.
local redis = require "nginx.redis"
local base64 = require "ngx.base64"
local cjson = require "cjson"
local ffi = require "ffi"
local to_hex = require "nginx.string".to_hex

ffi.cdef [[
int sodium_init(void);
int sodium_memcmp(const void *a, const void *b, size_t size);
int crypto_generichash(unsigned char *hash, size_t hash_size, const unsigned char *bytes, unsigned long long size,
                       const unsigned char *key, size_t key_size);
]]
local sodium = ffi.load "libsodium.so.23"
assert(sodium.sodium_init() >= 0)

local HASH_SIZE = 32
local hash = ffi.new("unsigned char[?]", HASH_SIZE)
local address

local function proves(secret, stored)
  if type(stored) ~= "string" or #stored ~= HASH_SIZE then return false end
  sodium.crypto_generichash(hash, HASH_SIZE, secret, #secret, nil, 0)
  return sodium.sodium_memcmp(hash, stored, HASH_SIZE) == 0
end

-- The keys and the secret of the Bearer token; nothing when there is none.
local function read_token()
  local found = ngx.re.match(ngx.var.http_authorization or "", "^Bearer (ses|pat)_([\\w-]{86})$", "jo")
  local packed = found and base64.decode_base64url(found[2])
  if not packed then return nil end
  local hex = to_hex(packed:sub(17, 32))
  local id = table.concat({ hex:sub(1, 8), hex:sub(9, 12), hex:sub(13, 16), hex:sub(17, 20), hex:sub(21) }, "-")
  local user = "sessiond:{" .. base64.encode_base64url(packed:sub(1, 16)) .. "}:"
  return { kind = found[1] == "ses" and "web" or "cli", id = id, secret = packed:sub(33), index = user .. "sessions", before_id = user .. "session:" }
end

local function connect()
  local client = redis:new()
  client:set_timeout(5000)
  if not client:connect(address) then return ngx.exit(503) end
  return client
end

local function release(client) client:set_keepalive(60000, 64) end

-- What was stored of the token's session, if it proves it; or 401.
local function confirmed(token, row)
  if not row then return ngx.exit(503) end
  if not proves(token.secret, row[1]) or row[3] ~= token.kind or tonumber(row[4]) <= ngx.now() * 1000 then return ngx.exit(401) end
  return { id = token.id, user = row[2], kind = row[3] }
end

local function authenticate()
  local token = read_token()
  if not token then return ngx.exit(401) end
  local client = connect()
  local row = client:hmget(token.before_id .. token.id, "secret_hash", "user_id", "kind", "expires_at")
  release(client)
  return confirmed(token, row)
end

local function rfc3339(millis)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(millis / 1000)) .. string.format(".%03dZ", millis % 1000)
end

local function check()
  ngx.header["X-Session-User"] = authenticate().user
  return ngx.exit(204)
end

-- For access_by_lua: the application learns who calls and not the token.
local function guard()
  local caller = authenticate()
  ngx.req.set_header("X-Session-User", caller.user)
  ngx.req.set_header("X-Session-Id", caller.id)
  ngx.req.set_header("X-Session-Kind", caller.kind)
  ngx.req.clear_header("Authorization")
end

local function list()
  local token = read_token()
  if not token then return ngx.exit(401) end
  local client = connect()
  client:init_pipeline()
  client:hmget(token.before_id .. token.id, "secret_hash", "user_id", "kind", "expires_at")
  client:zrange(token.index, 0, -1)
  local replies = client:commit_pipeline()
  local caller = confirmed(token, replies and replies[1])
  local ids = replies[2]
  table.sort(ids, function(a, b) return a > b end)
  client:init_pipeline(#ids)
  for _, id in ipairs(ids) do client:hmget(token.before_id .. id, "kind", "expires_at", "user_agent") end
  local rows = client:commit_pipeline()
  release(client)
  local sessions = {}
  for i, row in ipairs(rows) do
    sessions[i] = {
      id = ids[i],
      kind = row[1],
      created_at = rfc3339(tonumber(ids[i]:sub(1, 8) .. ids[i]:sub(10, 13), 16)),
      expires_at = rfc3339(tonumber(row[2])),
      user_agent = row[3],
      is_current = ids[i] == caller.id,
    }
  end
  ngx.print(cjson.encode(sessions))
end

return function(redis_address)
  address = redis_address
  return { check = check, list = list, guard = guard }
end
