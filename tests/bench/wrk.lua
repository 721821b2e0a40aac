-- Requests for wrk, each drawn at random.
--   wrk … -- PATH SECRETS-FILE HEADER    GET PATH with a line of the file behind `HEADER: `
--   wrk … -- pairs                       a session minted for a random user, then revoked
local requests, pairs_mode, minted = {}, false, {}

function init(arguments)
  math.randomseed(os.time())
  if arguments[1] == 'pairs' then
    pairs_mode = true
    return
  end
  for secret in io.lines(arguments[2]) do
    requests[#requests + 1] = wrk.format('GET', arguments[1], { [arguments[3]] = (arguments[3] == 'Authorization' and 'Bearer ' or '') .. secret })
  end
end

local at = '2026-01-01T00:00:00.000Z'
local user = '{"user":{"id":"pair %d","username":"pair","created_at":"' .. at .. '","updated_at":"' .. at .. '"},"kind":"web"}'

function request()
  if not pairs_mode then return requests[math.random(#requests)] end
  local session = table.remove(minted)
  if session then
    return wrk.format('DELETE', '/api/v1/auth/sessions/' .. session.id, { Authorization = 'Bearer ' .. session.token })
  end
  return wrk.format('POST', '/bench/mint', { ['Content-Type'] = 'application/json' }, user:format(math.random(2000)))
end

-- Defined only where answers are of use: with it wrk parses every one for us.
if true then
  local function keep(status, _, body)
    if status == 201 then
      minted[#minted + 1] = { id = body:match('"id":"([^"]*)'), token = body:match('"token":"([^"]*)') }
    end
  end
  local outer = init
  init = function(arguments)
    outer(arguments)
    if pairs_mode then response = keep end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"bad":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
