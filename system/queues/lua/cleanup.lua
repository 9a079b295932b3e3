-- cleanup: promote what is due and take back what dead workers hold.
--
-- Purpose  the same as at the beginning of every claim, for a queue that nobody claims from, and in larger helpings
-- KEYS     as in prelude.lua
-- ARGV     how many tasks at the most
-- Returns  how many tasks wait again after their lease ended, how many died

local function cleanup(keys, args)
  local k, now = named(keys), clock()
  local limit, events = number(args[1], 0, MOST), {}
  promote(k, now, events, limit)
  local requeued, dead = reclaim(k, now, events, limit)
  tell(k, events)
  if anything_ready(k) then wake(k) end
  return { requeued, dead }
end

redis.register_function({ function_name = 'VERSION_cleanup', callback = cleanup, flags = { 'allow-oom' } })
