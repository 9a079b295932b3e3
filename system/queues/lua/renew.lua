-- renew: begin leases anew.
--
-- Purpose  a worker that still works keeps its claims; it is told which ones it has lost
-- KEYS     as in prelude.lua
-- ARGV     length of the lease in ms, then for each claim: id, token
-- Returns  for each claim 1 (renewed) or 0 (lost)

local function renew(keys, args)
  local k, now = named(keys), clock()
  local ends, ids = now + number(args[1], 0, FAR), ids_among(args, 2, 2)
  local holders = redis.call('HMGET', k.owners, unpack(ids))
  local reply, leases = {}, {}
  for i, id in ipairs(ids) do
    local held = holders[i] == args[1 + 2 * i]
    reply[i] = held and 1 or 0
    if held then
      leases[#leases + 1] = ends
      leases[#leases + 1] = id
    end
  end
  if #leases > 0 then redis.call('ZADD', k.leases, unpack(leases)) end
  return reply
end

redis.register_function({ function_name = 'VERSION_renew', callback = renew, flags = { 'allow-oom' } })
