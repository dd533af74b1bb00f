-- Reads one of the first 1,000 orders each time.
local number = 0
request = function()
  number = number % 1000 + 1
  return wrk.format("GET", "/api/orders/" .. number)
end
