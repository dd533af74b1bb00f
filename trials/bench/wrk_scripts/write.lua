-- Places a new order each time.
local prefix = string.format("%d-%d-", os.time(), math.floor(os.clock() * 1e9))
local number = 0
local body = '{"item":"anvil","quantity":2,"price_cents":1999}'
request = function()
  number = number + 1
  local headers = {["Content-Type"] = "application/json", ["Idempotency-Key"] = prefix .. number}
  return wrk.format("POST", "/api/orders", headers, body)
end
