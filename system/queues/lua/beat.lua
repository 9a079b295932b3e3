-- beat: a worker's heartbeat.
--
-- Purpose  notes what the worker says of itself under the server's time, so that everyone agrees on who is late
-- KEYS     {tl:workers}:info, {tl:workers}:seen
-- ARGV     worker, what it says of itself (JSON)
-- Returns  the server's time in ms

local function beat(keys, args)
  if #keys ~= 2 or #args ~= 2 then error('two keys, a worker and its words are needed') end
  local now = clock()
  redis.call('HSET', keys[1], plain(args[1]), args[2])
  redis.call('ZADD', keys[2], now, args[1])
  return now
end

redis.register_function({ function_name = 'VERSION_beat', callback = beat, flags = { 'allow-oom' } })
