-- Store a page if its generation is still current; give back the lease in either case.
-- KEYS: generation, page, lease. ARGV: generation, page, TTL in milliseconds, token of the lease.
if redis.pcall('GET', KEYS[3]) == ARGV[4] then redis.call('DEL', KEYS[3]) end
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
