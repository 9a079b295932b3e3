-- claim: hand out tasks under a lease.
--
-- Purpose  first promote what is due and reclaim what dead workers held (so any live worker heals the queue), then take
--          from the highest priority down; every 16th turn begins with the lowest that waits, so that none starves. Or
--          by weight: each priority that waits gets its part of the turns (policies/shares.py)
-- KEYS     as in prelude.lua
-- ARGV     worker, limit, length of the lease in ms, and for shares by weight ten more: the weight of each priority, 0 first
-- Returns  token, ms until it pays to ask again (-1: nothing is to come), then for each task: id, body, delivery

local TURNS = 16
local HEAL = 100 -- how many tasks one claim promotes and reclaims at the most
local SOON = 5000 -- ms; no worker sleeps as long without asking again
local CIRCLE, STEP, MOST_WEIGHT = 65536, 40503, 1000 -- as in policies/shares.py

local function take(k, limit)
  local ids = {}
  local function from(priority)
    local popped = redis.call('RPOP', k.ready[priority], limit - #ids)
    for _, id in ipairs(popped or {}) do ids[#ids + 1] = id end
  end
  if redis.call('INCR', k.turn) % TURNS == 0 then
    for priority = LOWEST, HIGHEST do
      from(priority)
      if #ids > 0 then break end
    end
  end
  for priority = HIGHEST, LOWEST, -1 do
    if #ids >= limit then break end
    from(priority)
  end
  return ids
end

local function weights_among(args)
  if #args == 3 then return nil end
  if #args ~= 4 + HIGHEST then error('a weight for each priority is needed, or none') end
  local weights = {}
  for priority = LOWEST, HIGHEST do weights[priority] = number(args[4 + priority], 1, MOST_WEIGHT) end
  return weights
end

local function pick(left, weights, total, turn)
  local point = math.floor(turn * STEP % CIRCLE * total / CIRCLE)
  for priority = HIGHEST, LOWEST, -1 do
    if left[priority] > 0 then
      if point < weights[priority] then return priority end
      point = point - weights[priority]
    end
  end
end

local function take_by_weight(k, limit, weights)
  local left, total, ids = {}, 0, {}
  for priority = LOWEST, HIGHEST do
    left[priority] = redis.call('LLEN', k.ready[priority])
    if left[priority] > 0 then total = total + weights[priority] end
  end
  local turn = tonumber(redis.call('GET', k.turn) or 0) % CIRCLE
  while total > 0 and #ids < limit do
    local priority = pick(left, weights, total, turn + #ids)
    ids[#ids + 1] = redis.call('RPOP', k.ready[priority])
    left[priority] = left[priority] - 1
    if left[priority] == 0 then total = total - weights[priority] end
  end
  if #ids > 0 then redis.call('SET', k.turn, whole((turn + #ids) % CIRCLE)) end
  return ids
end

-- The fence must rise even over a Redis that lost its data or was rewound: the clock is its floor.
local function next_token(k, now_us, worker)
  local fence = math.max(tonumber(redis.call('GET', k.fence) or 0) + 1, now_us)
  redis.call('SET', k.fence, whole(fence))
  return whole(fence) .. ':' .. worker
end

local function ask_again(k, now)
  local soonest = -1
  for _, key in ipairs({ k.scheduled, k.leases }) do
    local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if head[2] then
      local ms = math.max(0, tonumber(head[2]) - now)
      if soonest < 0 or ms < soonest then soonest = ms end
    end
  end
  return math.ceil(soonest)
end

-- Whoever took the marker for a delayed task is busy now, also if it asked for more: somebody else must know its time.
local function anything_soon(k, now)
  local head = redis.call('ZRANGE', k.scheduled, 0, 0, 'WITHSCORES')
  return head[2] and tonumber(head[2]) < now + SOON
end

local function claim(keys, args)
  local k = named(keys)
  local now, now_us = clock()
  local worker, limit, lease = plain(args[1]), number(args[2], 0, MOST), number(args[3], 0, FAR)
  local weights = weights_among(args)
  local events = {}
  promote(k, now, events, HEAL)
  reclaim(k, now, events, HEAL)

  local paused = redis.call('EXISTS', k.paused) == 1
  local ids = {}
  if not paused then ids = weights and take_by_weight(k, limit, weights) or take(k, limit) end
  if #ids == 0 then
    tell(k, events)
    return { '', paused and -1 or ask_again(k, now) }
  end

  local bodies = redis.call('HMGET', k.tasks, unpack(ids))
  local deliveries = redis.call('HMGET', k.deliveries, unpack(ids))
  local token = next_token(k, now_us, worker)
  local reply, leases, owners, counts = { token, 0 }, {}, {}, {}
  for i, id in ipairs(ids) do
    if bodies[i] then
      local delivery = tonumber(deliveries[i] or 0) + 1
      leases[#leases + 1] = now + lease
      leases[#leases + 1] = id
      owners[#owners + 1] = id
      owners[#owners + 1] = token
      counts[#counts + 1] = id
      counts[#counts + 1] = delivery
      reply[#reply + 1] = id
      reply[#reply + 1] = bodies[i]
      reply[#reply + 1] = delivery
      events[#events + 1] = event('claimed', id, token, delivery)
    end
  end
  if #leases > 0 then
    redis.call('ZADD', k.leases, unpack(leases))
    redis.call('HSET', k.owners, unpack(owners))
    redis.call('HSET', k.deliveries, unpack(counts))
  end
  tell(k, events)
  if (#ids == limit and anything_ready(k)) or anything_soon(k, now) then wake(k) end
  return reply
end

redis.register_function({ function_name = 'VERSION_claim', callback = claim, flags = { 'allow-oom' } })
