-- report: tell how far tasks are.
--
-- Purpose  writes into the history what workers say of the tasks they hold; a word on a task that is in other hands by
--          now, or over, is dropped
-- KEYS     as in prelude.lua
-- ARGV     for each claim: id, token, delivery, detail (members of a JSON object, without its braces)
-- Returns  how many words were noted

local FIELDS = 4

local function report(keys, args)
  local k, ids = named(keys), ids_among(args, 1, FIELDS)
  local holders, events = redis.call('HMGET', k.owners, unpack(ids)), {}
  for i, id in ipairs(ids) do
    local at = (i - 1) * FIELDS
    local token, delivery = args[at + 2], number(args[at + 3], 0, MANY)
    if holders[i] == token then
      events[#events + 1] = event('progress', id, token, delivery, '{' .. args[at + 4] .. '}')
    end
  end
  tell(k, events)
  return #events
end

redis.register_function('VERSION_report', report)
