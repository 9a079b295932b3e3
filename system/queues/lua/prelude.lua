-- prelude: what the functions share. It stands first in the library; see functions.py.
--
-- Purpose  names for KEYS, checks of ARGV, the clock, the history, and the two ways back into waiting: promote and
--          reclaim. A function that fails is not rolled back: whatever could go wrong is refused before the first write.
--          What codec.py writes (bodies, details) is taken for the JSON it is; only what Lua reads of it is checked.
-- KEYS     of every function but `beat` and `breaker`, in the order of keys.py: tasks deliveries leases owners scheduled fence turn
--          wake events rates budgets paused ready:0 .. ready:9
-- ARGV     see each function
-- Returns  see each function

local LOWEST, HIGHEST = 0, 9
local SPARE_DELIVERIES = 3   -- as in tasks/task.py
local RATE_SECONDS = 5       -- width of one slot of the rates
local MOST = 1000            -- tasks a call: they are unpacked onto Lua's stack
local FAR = 1e15             -- ms beyond any date
local MANY = 1e9             -- deliveries beyond any task's

local function named(keys)
  if #keys ~= 13 + HIGHEST then error('these are not the keys of a queue') end
  local ready = {}
  for priority = LOWEST, HIGHEST do ready[priority] = keys[13 + priority] end
  return {
    tasks = keys[1], deliveries = keys[2], leases = keys[3], owners = keys[4], scheduled = keys[5], fence = keys[6],
    turn = keys[7], wake = keys[8], events = keys[9], rates = keys[10], budgets = keys[11],
    paused = keys[12], ready = ready,
  }
end

local function number(text, least, most)
  local value = tonumber(text)
  if not value or value % 1 ~= 0 or value < least or value > most then
    error('a whole number from ' .. least .. ' to ' .. most .. ' is needed')
  end
  return value
end

-- Ids and workers are written into JSON as they are.
local function plain(text)
  if not string.find(text, '^[^%c"\\\128-\255]+$') then error('ids and workers are printable ASCII without " and \\') end
  return text
end

-- The ids of the tasks that a call is about: the first of every `width` arguments from `start` on.
local function ids_among(args, start, width)
  local count = (#args - start + 1) / width
  if count % 1 ~= 0 or count < 1 or count > MOST then
    error('1 to ' .. MOST .. ' tasks of ' .. width .. ' arguments each are needed')
  end
  local ids = {}
  for at = start, #args, width do ids[#ids + 1] = args[at] end
  return ids
end

-- Only the server's clock counts: a worker's clock may be hours off.
local function clock()
  local time = redis.call('TIME')
  local microseconds = time[1] * 1000000 + time[2]
  return math.floor(microseconds / 1000), microseconds
end

local function whole(number) return string.format('%.0f', number) end

-- The body begins with what Lua must know of a task (codec.py writes it so): a match is cheaper than decoding it all.
local function head_of(body)
  local priority, max_attempts = string.match(body, '^{"priority":(%d),"max_attempts":(%d+),')
  if not priority then error('a body must begin with its priority and max_attempts') end
  return tonumber(priority), tonumber(max_attempts)
end
local function priority_of(body) return (head_of(body)) end
local function delivery_limit_of(body) return select(2, head_of(body)) + SPARE_DELIVERIES end

-- One event as JSON; ids and tokens are plain, `detail` is JSON already.
local function event(kind, id, token, delivery, detail)
  token = token and '"' .. token .. '"' or 'null'
  return '["' .. kind .. '","' .. id .. '",' .. token .. ',' .. delivery .. ',' .. (detail or 'null') .. ']'
end

local function tell(k, events)
  if #events > 0 then redis.call('XADD', k.events, '*', 'events', '[' .. table.concat(events, ',') .. ']') end
end

-- One marker wakes one idle worker; its claim arms the marker again while work remains.
local function wake(k) redis.call('ZADD', k.wake, 0, 'w') end

local function count_rate(k, now, what, amount)
  if amount == 0 then return end
  local slot = math.floor(now / 1000 / RATE_SECONDS)
  local total = redis.call('HINCRBY', k.rates, slot .. ':' .. what, amount)
  if total == amount then -- a new slot begins: forget the ones that left the last minute, all of them after a long rest
    redis.call('EXPIRE', k.rates, 18 * RATE_SECONDS)
    for old = slot - 30, slot - 13 do redis.call('HDEL', k.rates, old .. ':finished', old .. ':failed') end
  end
end

-- Tasks whose time has come wait again, behind those that wait already.
local function promote(k, now, events, limit)
  local due = redis.call('ZRANGE', k.scheduled, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)
  if #due == 0 then return end
  local bodies = redis.call('HMGET', k.tasks, unpack(due))
  local deliveries = redis.call('HMGET', k.deliveries, unpack(due))
  for i, id in ipairs(due) do
    if bodies[i] then
      redis.call('LPUSH', k.ready[priority_of(bodies[i])], id)
      events[#events + 1] = event('queued', id, nil, deliveries[i] or 0)
    end
  end
  redis.call('ZREM', k.scheduled, unpack(due))
end

-- Tasks whose lease ended go first among their equals; those that were delivered too often are dead.
local function reclaim(k, now, events, limit)
  local ended = redis.call('ZRANGE', k.leases, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)
  if #ended == 0 then return 0, 0 end
  local bodies = redis.call('HMGET', k.tasks, unpack(ended))
  local tokens = redis.call('HMGET', k.owners, unpack(ended))
  local deliveries = redis.call('HMGET', k.deliveries, unpack(ended))
  local requeued, dead = 0, {}
  for i, id in ipairs(ended) do
    local times = tonumber(deliveries[i] or 0)
    events[#events + 1] = event('expired', id, tokens[i], times)
    if bodies[i] and times >= delivery_limit_of(bodies[i]) then
      dead[#dead + 1] = id
      events[#events + 1] = event('dead', id, tokens[i], times,
        '{"error":"delivered ' .. times .. ' times and never finished: it is taken for a task that kills its workers",' ..
        '"reason":"poison"}')
    elseif bodies[i] then
      redis.call('RPUSH', k.ready[priority_of(bodies[i])], id)
      requeued = requeued + 1
      events[#events + 1] = event('queued', id, nil, times)
    end
  end
  redis.call('ZREM', k.leases, unpack(ended))
  redis.call('HDEL', k.owners, unpack(ended))
  if #dead > 0 then
    redis.call('HDEL', k.tasks, unpack(dead))
    redis.call('HDEL', k.deliveries, unpack(dead))
  end
  return requeued, #dead
end

local function anything_ready(k)
  local lists = {}
  for priority = LOWEST, HIGHEST do lists[#lists + 1] = k.ready[priority] end
  return redis.call('EXISTS', unpack(lists)) > 0
end
