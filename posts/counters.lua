-- Count uses against limits in one step, with the "sliding window counter": of the fixed window
-- before this one, the share counts that the sliding window still covers.
--
-- Each counter has two hashes, KEYS[2i-1] for even and KEYS[2i] for odd window numbers. A hash maps
-- identity -> count, and '#' -> the number of its window. A hash of an older window is deleted when
-- its parity is used again. So no key needs a TTL, which would let `volatile-*` policies evict it,
-- and each scope has two keys for any number of identities.
--
-- ARGV: the largest number of identities in a hash, the factor for shared ones, and then for each
-- counter: identity, shared identity, limit, period in seconds, cost, whether it refuses (1 or 0).
-- If the hash is full, a new identity counts as the shared one, whose limit is larger by the
-- factor. A negative cost gives uses back. If a counter that refuses is full, nothing is counted.
--
-- Returns: the number of values of other programs that were deleted, and then for each counter the
-- milliseconds until there is room (0: now), the count before (0 for a shared identity), and how many
-- more uses there is room for after this one.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local max_identities, shared_factor = tonumber(ARGV[1]), tonumber(ARGV[2])
local foreign, refused, counters = 0, false, {}

local function window_number(key)
    local kind = redis.call('TYPE', key).ok
    if kind == 'none' then return -1 end
    local number = kind == 'hash' and redis.call('HGET', key, '#')
    if number and #number <= 12 and string.find(number, '^%d+$') then return tonumber(number) end
    redis.call('DEL', key)
    foreign = foreign + 1
    return -1
end

local function count_in(key, field)
    local value = redis.call('HGET', key, field)
    if value and #value <= 9 and string.find(value, '^%d+$') then return tonumber(value) end
    return 0
end

-- Milliseconds until `before` and `current` uses leave room for `cost` more.
local function wait_for(before, current, cost, limit, elapsed, period)
    local share = 1 - elapsed / period
    if before * share + current + cost <= limit then return 0 end
    local left = period - elapsed
    if current + cost <= limit then
        left = period * (1 - (limit - current - cost) / before) - elapsed
    elseif current > 0 then
        left = left + period * math.max(0, 1 - (limit - cost) / current)
    end
    return math.max(1, math.ceil(left * 1000))
end

for i = 1, #KEYS / 2 do
    local base = 2 + (i - 1) * 6
    local c = {field = ARGV[base + 1], cost = tonumber(ARGV[base + 5]), seen = 0}
    local limit, period = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
    local even, odd = window_number(KEYS[2 * i - 1]), window_number(KEYS[2 * i])
    c.number = math.floor(now / period)
    local elapsed = now - c.number * period
    -- After a failover the clock may be a little behind: stay in the window that has begun.
    if math.max(even, odd) == c.number + 1 then c.number, elapsed = c.number + 1, 0 end
    local is_even = c.number % 2 == 0
    c.key, c.key_before = KEYS[is_even and 2 * i - 1 or 2 * i], KEYS[is_even and 2 * i or 2 * i - 1]
    c.fresh = (is_even and even or odd) == c.number
    local has_before = (is_even and odd or even) == c.number - 1
    local shared = c.fresh and redis.call('HEXISTS', c.key, c.field) == 0
        and redis.call('HLEN', c.key) >= max_identities
    if shared then c.field, limit = ARGV[base + 2], limit * shared_factor end
    c.current = c.fresh and count_in(c.key, c.field) or 0
    c.before = has_before and count_in(c.key_before, c.field) or 0
    if not shared then c.seen = c.current + c.before end
    c.wait = c.cost < 0 and 0 or wait_for(c.before, c.current, c.cost, limit, elapsed, period)
    local used = c.before * (1 - elapsed / period) + c.current + (c.wait > 0 and 0 or c.cost)
    c.left = math.max(0, math.floor(limit - used))
    if c.wait > 0 and ARGV[base + 6] == '1' then refused = true end
    counters[i] = c
end

local answer, begun = {foreign}, {}
for _, c in ipairs(counters) do
    local current = math.max(0, c.current + c.cost)
    if not refused and current ~= c.current then
        if not c.fresh and not begun[c.key] then
            redis.call('DEL', c.key)
            redis.call('HSET', c.key, '#', string.format('%.0f', c.number))
            begun[c.key] = true
        end
        redis.call('HSET', c.key, c.field, current)
    end
    local still_owed = c.current + c.cost
    if not refused and still_owed < 0 and c.before > 0 then
        redis.call('HSET', c.key_before, c.field, math.max(0, c.before + still_owed))
    end
    answer[#answer + 1] = c.wait
    answer[#answer + 1] = c.seen
    answer[#answer + 1] = c.left
end
return answer
