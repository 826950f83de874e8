-- The optional argument after `--` is a file of paths, one a line, used in turn.
local paths = {}
local index = 0

function init(args)
  if args[1] then
    for line in io.lines(args[1]) do paths[#paths + 1] = line end
    request = function()
      index = index % #paths + 1
      return wrk.format(nil, paths[index])
    end
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, ' ..
    '"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d, "bytes": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.connect, e.read, e.write, e.timeout, e.status, summary.bytes))
end
