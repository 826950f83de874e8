-- The optional argument after `--` is a file of requests, one a line, used in turn: a path, or a
-- path, a method, name and value of a header, and a JSON body, with a tab between each.
local requests = {}
local index = 0

function init(args)
  if args[1] then
    for line in io.lines(args[1]) do
      local path, method, name, value, body =
        line:match("^([^\t]+)\t?([^\t]*)\t?([^\t]*)\t?([^\t]*)\t?(.*)$")
      local headers = name ~= "" and { [name] = value } or {}
      if body == "" then body = nil else headers["Content-Type"] = "application/json" end
      requests[#requests + 1] = wrk.format(method ~= "" and method or nil, path, headers, body)
    end
    request = function()
      index = index % #requests + 1
      return requests[index]
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
