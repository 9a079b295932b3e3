-- release: give claims back unrun.
--
-- Purpose  shutdown or an open breaker is no fault of the task: the delivery is taken back and the task goes first among
--          its equals, or waits for its pause
-- KEYS     as in prelude.lua
-- ARGV     for each claim: id, token, pause in ms
-- Returns  how many claims were still held

local function release(keys, args)
  local k, now = named(keys), clock()
  local ids, pauses = ids_among(args, 1, 3), {}
  for i = 1, #ids do pauses[i] = number(args[3 * i], 0, FAR) end
  local holders = redis.call('HMGET', k.owners, unpack(ids))
  local bodies = redis.call('HMGET', k.tasks, unpack(ids))
  local given, events = {}, {}
  for i, id in ipairs(ids) do
    local token, pause = args[3 * i - 1], pauses[i]
    if holders[i] == token and bodies[i] and not given[id] then
      given[#given + 1] = id
      given[id] = true -- the same claim may stand in one call twice
      local delivery = redis.call('HINCRBY', k.deliveries, id, -1)
      events[#events + 1] = event('released', id, token, delivery + 1)
      if pause > 0 then
        redis.call('ZADD', k.scheduled, now + pause, id)
        events[#events + 1] = event('scheduled', id, nil, delivery, '{"run_at":' .. whole(now + pause) .. '}')
      else
        redis.call('RPUSH', k.ready[priority_of(bodies[i])], id)
        events[#events + 1] = event('queued', id, nil, delivery)
      end
    end
  end
  if #given > 0 then
    redis.call('ZREM', k.leases, unpack(given))
    redis.call('HDEL', k.owners, unpack(given))
    wake(k)
  end
  tell(k, events)
  return #given
end

redis.register_function({ function_name = 'VERSION_release', callback = release, flags = { 'allow-oom' } })
