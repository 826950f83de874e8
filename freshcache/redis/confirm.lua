local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function number(key)
    local value = redis.pcall('GETRANGE', key, 0, 16)
    local ours = type(value) == 'string' and #value <= 16 and string.find(value, '^[1-9]%d*$')
    return ours and tonumber(value) < now + 31536000000000 and tonumber(value) or 0
end
local seen = tonumber(ARGV[1])
local generation = number(KEYS[1])
local counts = number(KEYS[2])
if generation == 0 or generation < seen or ARGV[2] == 'content' then
    generation = math.max(now, generation + 1, seen + 1)
    redis.call('SET', KEYS[1], string.format('%.0f', generation))
end
if counts == 0 or ARGV[2] == 'counts' then
    counts = math.max(now, counts + 1)
    redis.call('SET', KEYS[2], string.format('%.0f', counts))
end
local answer = {}
for place, number in ipairs({generation, counts, now}) do
    answer[place] = string.format('%.0f', number)
end
return answer
