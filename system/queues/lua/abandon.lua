-- abandon: end every lease of a dead worker.
--
-- Purpose  whoever saw the worker die need not wait for its leases to run out; the next claim takes the tasks over
-- KEYS     as in prelude.lua
-- ARGV     worker
-- Returns  how many leases were ended

local function abandon(keys, args)
  local k = named(keys)
  local suffix = ':' .. args[1]
  local held = redis.call('HGETALL', k.owners)
  local ended = {}
  for at = 1, #held, 2 do
    if string.sub(held[at + 1], -#suffix) == suffix then
      ended[#ended + 1] = 0
      ended[#ended + 1] = held[at]
    end
  end
  if #ended == 0 then return 0 end
  redis.call('ZADD', k.leases, 'XX', unpack(ended))
  wake(k)
  return #ended / 2
end

redis.register_function({ function_name = 'VERSION_abandon', callback = abandon, flags = { 'allow-oom' } })
