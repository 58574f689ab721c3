-- The few words the test files use.

local function shown(value)
  if type(value) ~= "table" then return tostring(value) .. ":" .. type(value) end
  return data.json_encode(value) or tostring(value)
end

function test(name, body)
  local ok, err = pcall(body)
  if not ok then error(name .. ": " .. tostring(err), 0) end
end

function same(got, wanted, what)
  if shown(got) ~= shown(wanted) then
    error((what or "got") .. " " .. shown(got) .. ", wanted " .. shown(wanted), 2)
  end
end

function raises(words, body, ...)
  local ok, err = pcall(body, ...)
  if ok then error("nothing was raised, wanted: " .. words, 2) end
  if not tostring(err):find(words, 1, true) then
    error("raised: " .. tostring(err) .. "\nwanted: " .. words, 2)
  end
end
