-- breaker: news about dependencies goes in, verdicts come out.
--
-- Purpose  the state machine of policies/breaker.py, for all workers together: counts attempts over a sliding window,
--          opens where too many failed, lets one probe through at a time, closes when one goes well
-- KEYS     {tl:breakers}:states
-- ARGV     for each piece of news: name of the breaker, share of failures that opens it (millionths), minimum of attempts,
--          window, pause and longest pause in ms, attempts that ended, how many of them failed, news (none ask keep
--          succeeded failed dropped), the probe it is about ("" for none)
-- Returns  for each: where the breaker stands, ms until it pays to ask again, 1 where the probe may go

local FIELDS = 10
local SLOTS = 10
local PROBE_MS = 10000
local MOST_DOUBLINGS = 20
local MILLION = 1000000
local NEWS = { none = true, ask = true, keep = true, succeeded = true, failed = true, dropped = true }

local function closed()
  return { mode = 'closed', forced = false, opened_at = 0, retry_at = 0, failed_probes = 0, probe = '', window = 0, slots = {} }
end

local function read(args, at)
  if not NEWS[args[at + 8]] then error('no news of a probe: ' .. args[at + 8]) end
  return {
    name = plain(args[at]), rate = number(args[at + 1], 1, MILLION), minimum = number(args[at + 2], 1, MANY),
    window = number(args[at + 3], SLOTS, FAR), pause = number(args[at + 4], 1, FAR), longest = number(args[at + 5], 1, FAR),
    attempts = number(args[at + 6], 0, MANY), failures = number(args[at + 7], 0, MANY), news = args[at + 8],
    probe = args[at + 9] == '' and '' or plain(args[at + 9]),
  }
end

local function open(state, said, now, failed_probes)
  state.mode, state.probe, state.failed_probes = 'open', '', failed_probes
  state.retry_at = now + math.min(said.longest, said.pause * 2 ^ math.min(failed_probes, MOST_DOUBLINGS))
end

local function count(state, said, now)
  state.window = said.window
  local number, slots, ended, failed = math.floor(now * SLOTS / said.window), {}, said.attempts, said.failures
  local attempts, failures = said.attempts, said.failures
  for _, slot in ipairs(state.slots) do
    if slot[1] == number then
      attempts, failures = attempts + slot[2], failures + slot[3]
    elseif slot[1] > number - SLOTS and slot[1] < number then
      slots[#slots + 1] = slot
    end
    if slot[1] > number - SLOTS and slot[1] <= number then ended, failed = ended + slot[2], failed + slot[3] end
  end
  slots[#slots + 1] = { number, attempts, failures }
  state.slots = slots
  if ended >= said.minimum and failed * MILLION >= said.rate * ended then
    state.opened_at = now
    open(state, said, now, 0)
  end
end

local function hear(state, said, now)
  if said.news == 'ask' and state.mode ~= 'closed' and now >= state.retry_at then
    state.mode, state.probe, state.retry_at = 'half_open', said.probe, now + PROBE_MS
  elseif state.mode ~= 'half_open' or state.probe ~= said.probe then
    return state
  elseif said.news == 'keep' then
    state.retry_at = now + PROBE_MS
  elseif said.news == 'succeeded' then
    return closed()
  elseif said.news == 'failed' then
    open(state, said, now, state.failed_probes + 1)
  elseif said.news == 'dropped' then
    state.probe, state.retry_at = '', now
  end
  return state
end

local function breaker(keys, args)
  if #keys ~= 1 or #args == 0 or #args % FIELDS ~= 0 or #args > MOST * FIELDS then
    error('one key, and ' .. FIELDS .. ' arguments for each piece of news are needed')
  end
  local now, all, reply = clock(), {}, {}
  for at = 1, #args, FIELDS do all[#all + 1] = read(args, at) end
  for _, said in ipairs(all) do
    local text = redis.call('HGET', keys[1], said.name)
    local state = text and cjson.decode(text) or closed()
    if not state.forced then
      if said.attempts > 0 and state.mode == 'closed' then count(state, said, now) end
      state = hear(state, said, now)
      redis.call('HSET', keys[1], said.name, cjson.encode(state))
    end
    reply[#reply + 1] = state.mode
    reply[#reply + 1] = state.mode == 'open' and math.max(0, state.retry_at - now) or 0
    reply[#reply + 1] = (said.probe ~= '' and state.mode == 'half_open' and state.probe == said.probe) and 1 or 0
  end
  return reply
end

redis.register_function({ function_name = 'VERSION_breaker', callback = breaker, flags = { 'allow-oom' } })
