-- put: make tasks wait.
--
-- Purpose  a task that is not known yet goes to its priority's list, or to the schedule when its time is to come; a
--          known id is left alone, so putting twice is harmless
-- KEYS     as in prelude.lua
-- ARGV     announce ("1": the history carries the whole task), then for each task: id, due time in ms, deliveries so far,
--          body (JSON)
-- Returns  how many tasks were new

local FIELDS = 4

local function put(keys, args)
  local k, now = named(keys), clock()
  local announce, ids = args[1] == '1', ids_among(args, 2, FIELDS)
  local known = redis.call('HMGET', k.tasks, unpack(ids))
  local seen, bodies, delivered, later, waiting, events = {}, {}, {}, {}, {}, {}

  for i, id in ipairs(ids) do
    local at = 2 + (i - 1) * FIELDS
    local due, deliveries, body = number(args[at + 1], 0, FAR), number(args[at + 2], 0, MANY), args[at + 3]
    local priority = priority_of(body)
    if not known[i] and not seen[id] then
      seen[id] = true
      bodies[#bodies + 1] = plain(id)
      bodies[#bodies + 1] = body
      if deliveries > 0 then
        delivered[#delivered + 1] = id
        delivered[#delivered + 1] = deliveries
      end
      local told = announce and '"task":' .. body or nil
      if due > now then
        later[#later + 1] = due
        later[#later + 1] = id
        local detail = '{"run_at":' .. whole(due) .. (told and ',' .. told or '') .. '}'
        events[#events + 1] = event('scheduled', id, nil, deliveries, detail)
      else
        waiting[priority] = waiting[priority] or {}
        table.insert(waiting[priority], id)
        events[#events + 1] = event('queued', id, nil, deliveries, told and '{' .. told .. '}')
      end
    end
  end

  if #bodies == 0 then return 0 end
  redis.call('HSET', k.tasks, unpack(bodies))
  if #delivered > 0 then redis.call('HSET', k.deliveries, unpack(delivered)) end
  if #later > 0 then redis.call('ZADD', k.scheduled, unpack(later)) end
  for priority, list in pairs(waiting) do redis.call('LPUSH', k.ready[priority], unpack(list)) end
  wake(k) -- for a scheduled task too: a sleeper must learn when to look again
  tell(k, events)
  return #bodies / 2
end

redis.register_function('VERSION_put', put)
