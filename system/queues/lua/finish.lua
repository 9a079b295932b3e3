-- finish: settle claims: succeeded, retrying, or dead.
--
-- Purpose  in one step: check the token, take the task out (or schedule its retry) and write the outcome into the
--          history. There is no moment between "done" and "acknowledged". A token that no longer holds is refused.
-- KEYS     as in prelude.lua
-- ARGV     for each claim: id, token, delivery, kind, pause before the retry in ms (of a type with a retry budget
--          `pause:interval:burst:type`, the interval in µs), body (of a retry, else ""), detail (members of a JSON
--          object, without its braces)
-- Returns  for each claim 1 (settled) or 0 (refused)

local FIELDS = 7
local KINDS = { succeeded = true, retrying = true, dead = true }

-- When a retry is due. Of a type with a budget it is also when the budget allows; see policies/budget.py.
local function due_of(k, now, text, spoken)
  local pause, interval, burst, name = string.match(text, '^(%d+):(%d+):(%d+):(.+)$')
  if not name then return now + number(text, 0, FAR) end
  local step = number(interval, 1, FAR) / 1000
  local begin = math.max(spoken[name] or tonumber(redis.call('HGET', k.budgets, name) or 0), now)
  spoken[name] = begin + step
  return math.max(now + number(pause, 0, FAR), math.ceil(begin - (number(burst, 1, MANY) - 1) * step))
end

local function finish(keys, args)
  local k, now = named(keys), clock()
  local ids = ids_among(args, 1, FIELDS)
  local holders = redis.call('HMGET', k.owners, unpack(ids))
  local reply, events, settled, gone, bodies, later, failed = {}, {}, {}, {}, {}, {}, 0
  local spoken = {} -- until when the retries of a type are spoken for

  for i, id in ipairs(ids) do
    local at = (i - 1) * FIELDS
    local token, delivery, kind, detail = args[at + 2], number(args[at + 3], 0, MANY), args[at + 4], args[at + 7]
    if not KINDS[kind] then error('no way to settle a claim: ' .. kind) end
    if holders[i] ~= token or settled[id] then
      reply[i] = 0
      events[#events + 1] = event('refused', plain(id), plain(token), delivery)
    else
      reply[i] = 1
      settled[#settled + 1] = id
      settled[id] = true -- the same claim may stand in one call twice
      if kind ~= 'succeeded' then failed = failed + 1 end
      if kind == 'retrying' then
        local due, body = due_of(k, now, args[at + 5], spoken), args[at + 6]
        head_of(body) -- or an error, now
        bodies[#bodies + 1] = id
        bodies[#bodies + 1] = body
        later[#later + 1] = due
        later[#later + 1] = id
        detail = detail .. ',"run_at":' .. whole(due)
      else
        gone[#gone + 1] = id
      end
      events[#events + 1] = event(kind, id, token, delivery, '{' .. detail .. '}')
    end
  end

  if #settled > 0 then
    redis.call('ZREM', k.leases, unpack(settled))
    redis.call('HDEL', k.owners, unpack(settled))
    count_rate(k, now, 'finished', #settled)
    count_rate(k, now, 'failed', failed)
  end
  if #gone > 0 then
    redis.call('HDEL', k.tasks, unpack(gone))
    redis.call('HDEL', k.deliveries, unpack(gone))
  end
  if #later > 0 then
    redis.call('HSET', k.tasks, unpack(bodies))
    redis.call('ZADD', k.scheduled, unpack(later))
    for name, till in pairs(spoken) do redis.call('HSET', k.budgets, name, string.format('%.3f', till)) end
    wake(k) -- a sleeper must learn when the retry is due
  end
  tell(k, events)
  return reply
end

redis.register_function({ function_name = 'VERSION_finish', callback = finish, flags = { 'allow-oom' } })
