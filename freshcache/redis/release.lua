-- Give back a lease, unless it has ended and is held by another process. ARGV: its token.
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
