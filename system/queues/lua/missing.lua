-- missing: which of these tasks does the queue not hold?
--
-- Purpose  lets the reconciler compare SQL's open tasks with Redis without moving their bodies
-- KEYS     as in prelude.lua
-- ARGV     ids
-- Returns  the ids that are neither waiting nor leased

local function missing(keys, args)
  local k, absent = named(keys), {}
  local ids = ids_among(args, 1, 1)
  for i, body in ipairs(redis.call('HMGET', k.tasks, unpack(ids))) do
    if not body then absent[#absent + 1] = ids[i] end
  end
  return absent
end

redis.register_function({ function_name = 'VERSION_missing', callback = missing, flags = { 'no-writes' } })
