-- finish: settle claims: succeeded, retrying, or dead.
--
-- Purpose  in one step: check the token, take the task out (or schedule its retry) and write the outcome into the
--          history. There is no moment between "done" and "acknowledged". A token that no longer holds is refused.
-- KEYS     as in prelude.lua
-- ARGV     for each claim: id, token, delivery, kind, pause before the retry in ms, body (of a retry, else ""),
--          detail (members of a JSON object, without its braces)
-- Returns  for each claim 1 (settled) or 0 (refused)

local FIELDS = 7

local function finish(keys, args)
  local k, now = named(keys), clock()
  local ids = {}
  for at = 1, #args, FIELDS do ids[#ids + 1] = args[at] end
  local holders = redis.call('HMGET', k.owners, unpack(ids))
  local reply, events, settled, gone, failed, woken = {}, {}, {}, {}, 0, false

  for i, id in ipairs(ids) do
    local at = (i - 1) * FIELDS
    local token, delivery, kind, detail = args[at + 2], args[at + 3], args[at + 4], args[at + 7]
    if holders[i] ~= token then
      reply[i] = 0
      events[#events + 1] = event('refused', id, token, delivery)
    else
      reply[i] = 1
      settled[#settled + 1] = id
      if kind ~= 'succeeded' then failed = failed + 1 end
      if kind == 'retrying' then
        local pause, body = tonumber(args[at + 5]), args[at + 6]
        redis.call('HSET', k.tasks, id, body)
        redis.call('ZADD', k.scheduled, now + pause, id)
        detail = detail .. ',"run_at":' .. whole(now + pause)
        woken = true
      else
        gone[#gone + 1] = id
      end
      events[#events + 1] = event(kind, id, token, delivery, '{' .. detail .. '}')
    end
  end

  if #settled > 0 then
    redis.call('ZREM', k.leases, unpack(settled))
    redis.call('HDEL', k.owners, unpack(settled))
    count_rate(k, now, 'finished', #settled)
    count_rate(k, now, 'failed', failed)
  end
  if #gone > 0 then
    redis.call('HDEL', k.tasks, unpack(gone))
    redis.call('HDEL', k.deliveries, unpack(gone))
  end
  if woken then wake(k) end -- a sleeper must learn when the retry is due
  tell(k, events)
  return reply
end

redis.register_function({ function_name = 'VERSION_finish', callback = finish, flags = { 'allow-oom' } })
