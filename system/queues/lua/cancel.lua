-- cancel: take one task out, wherever it is.
--
-- Purpose  nothing of it remains; a worker that runs it finds its lease gone at the next renewal and stops
-- KEYS     as in prelude.lua
-- ARGV     id
-- Returns  1, or 0 where the task is not known (any more)

local function cancel(keys, args)
  local k, id = named(keys), args[1]
  local body = redis.call('HGET', k.tasks, id)
  if not body then return 0 end
  local token = redis.call('HGET', k.owners, id)
  local delivery = redis.call('HGET', k.deliveries, id) or 0
  local elsewhere = redis.call('ZREM', k.leases, id) + redis.call('ZREM', k.scheduled, id)
  if elsewhere == 0 then redis.call('LREM', k.ready[priority_of(body)], 1, id) end
  redis.call('HDEL', k.owners, id)
  redis.call('HDEL', k.deliveries, id)
  redis.call('HDEL', k.tasks, id)
  tell(k, { event('cancelled', id, token, delivery) })
  return 1
end

redis.register_function({ function_name = 'VERSION_cancel', callback = cancel, flags = { 'allow-oom' } })
