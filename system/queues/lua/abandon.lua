-- abandon: end every lease of a dead worker.
--
-- Purpose  whoever saw the worker die need not wait for its leases to run out; the next claim takes the tasks over
-- KEYS     as in prelude.lua
-- ARGV     worker
-- Returns  how many leases were ended

local function abandon(keys, args)
  local k = named(keys)
  local worker, ended = args[1], 0
  local held = redis.call('HGETALL', k.owners)
  for at = 1, #held, 2 do
    if string.match(held[at + 1], '^%d+:(.*)$') == worker then
      redis.call('ZADD', k.leases, 'XX', 0, held[at])
      ended = ended + 1
    end
  end
  if ended > 0 then wake(k) end
  return ended
end

redis.register_function({ function_name = 'VERSION_abandon', callback = abandon, flags = { 'allow-oom' } })
