-- find: where one task is.
--
-- Purpose  answers "why does it not run?" without moving anything; the place in line is looked up only so far back as
--          one call may take
-- KEYS     as in prelude.lua
-- ARGV     id
-- Returns  "leased", "scheduled", "ready" or "" (not here), how many go before it (-1: too far back), end of the lease
--          or due time in ms, token of the lease

local FAR_BACK = 10000

local function find(keys, args)
  local k, id = named(keys), args[1]
  local body = redis.call('HGET', k.tasks, id)
  if not body then return { '', 0, 0, '' } end
  local lease = redis.call('ZSCORE', k.leases, id)
  if lease then return { 'leased', 0, tonumber(lease), redis.call('HGET', k.owners, id) or '' } end
  local due = redis.call('ZSCORE', k.scheduled, id)
  if due then return { 'scheduled', 0, tonumber(due), '' } end
  local priority = priority_of(body)
  local at = redis.call('LPOS', k.ready[priority], id, 'RANK', -1, 'MAXLEN', FAR_BACK)
  if not at then return { 'ready', -1, 0, '' } end
  local ahead = redis.call('LLEN', k.ready[priority]) - 1 - at
  for higher = priority + 1, HIGHEST do ahead = ahead + redis.call('LLEN', k.ready[higher]) end
  return { 'ready', ahead, 0, '' }
end

redis.register_function({ function_name = 'VERSION_find', callback = find, flags = { 'no-writes' } })
