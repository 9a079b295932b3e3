-- stats: count what waits, runs and was finished.
--
-- Purpose  one consistent picture of one queue, for people, alerts and autoscaling
-- KEYS     as in prelude.lua
-- ARGV     none
-- Returns  leased, scheduled, paused (1 or 0), age in ms of the oldest waiting task, attempts finished in the last minute,
--          attempts failed in it, then the length of each priority's list, 0 first

local SLOTS = 60 / RATE_SECONDS

local function age(k, list, now)
  local id = redis.call('LINDEX', list, -1)
  local body = id and redis.call('HGET', k.tasks, id)
  if not body then return 0 end
  local created_at, rest = string.match(body, '"created_at":(%d+)()')
  return now - (string.match(body, '^,"run_at":(%d+)', rest) or created_at or now)
end

local function rate(k, now, what)
  local fields, slot = {}, math.floor(now / 1000 / RATE_SECONDS)
  for back = 0, SLOTS - 1 do fields[#fields + 1] = (slot - back) .. ':' .. what end
  local total = 0
  for _, count in ipairs(redis.call('HMGET', k.rates, unpack(fields))) do total = total + tonumber(count or 0) end
  return total
end

local function stats(keys, args)
  local k, now = named(keys), clock()
  local oldest, lengths = 0, {}
  for priority = LOWEST, HIGHEST do
    local length = redis.call('LLEN', k.ready[priority])
    lengths[#lengths + 1] = length
    if length > 0 then oldest = math.max(oldest, age(k, k.ready[priority], now)) end
  end
  return {
    redis.call('ZCARD', k.leases), redis.call('ZCARD', k.scheduled), redis.call('EXISTS', k.paused), oldest,
    rate(k, now, 'finished'), rate(k, now, 'failed'), unpack(lengths),
  }
end

redis.register_function({ function_name = 'VERSION_stats', callback = stats, flags = { 'no-writes' } })
