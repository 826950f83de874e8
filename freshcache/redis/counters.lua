-- Return the values of counters, nothing if there is no hash. KEYS: the hash. ARGV: names.
-- A counter has at most 19 digits. A longer value is foreign, may be of any size, and is not read.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {} end
local counts = {}
for place, event in ipairs(ARGV) do
    local short = redis.call('HSTRLEN', KEYS[1], event) <= 19
    counts[place] = short and redis.call('HGET', KEYS[1], event) or ''
end
return counts
