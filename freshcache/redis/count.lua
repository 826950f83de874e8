-- Add to counters. KEYS: the hash of counters. ARGV: name, number, name, number, ...
-- A value of another type in place of the hash, or of one counter, is replaced.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
for place = 1, #ARGV, 2 do
    local counted = redis.pcall('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1])
    if type(counted) == 'table' then redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1]) end
end
