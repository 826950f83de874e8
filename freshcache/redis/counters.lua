if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {} end
local counts = {}
for place, event in ipairs(ARGV) do
    local short = redis.call('HSTRLEN', KEYS[1], event) <= 19
    counts[place] = short and redis.call('HGET', KEYS[1], event) or ''
end
return counts
