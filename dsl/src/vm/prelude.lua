-- Base functions in versions that keep an order while a file is loaded, that no script can use to outlive its limits,
-- and that hand errors on as text.
local explain, drive, longest, meta_of = ...

local error, rawequal, rawget, select, type = error, rawequal, rawget, select, type
local pairs_of, next_of, pcall_of, load_of, setmetatable_of = pairs, next, pcall, load, setmetatable
local create, status = coroutine.create, coroutine.status
local sort = table.sort

local strings = meta_of("")
strings.__metatable = false

-- Lua seeds the hash of each state: the order of keys differs from load to load.
local loading = true
local rank = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local x, y = rank[type(a)], rank[type(b)]
  if x ~= y then return x < y end
  if x == 3 then return b and not a end
  return a < b
end

local function keys(t, level)
  local list, count = {}, 0
  for key in next_of, t do
    if not rank[type(key)] then
      error("a " .. type(key) .. " as key has no fixed place while the file is loaded; use names as keys", level + 1)
    end
    count = count + 1
    list[count] = key
  end
  sort(list, before)
  return list
end

function pairs(t)
  local meta = meta_of(t)
  if not loading or meta and meta.__pairs then return pairs_of(t) end
  local list, index = keys(t, 2), 0
  return function()
    while true do
      index = index + 1
      local key = list[index]
      if key == nil then return nil end
      local value = rawget(t, key)
      if value ~= nil then return key, value end
    end
  end, t, nil
end

local places = setmetatable_of({}, { __mode = "k" })

function next(t, key)
  if not loading then return next_of(t, key) end
  if key == nil then
    local list, place = keys(t, 2), {}
    for index = 1, #list do place[list[index]] = index end
    places[t] = { list = list, place = place }
  end
  local order = places[t]
  local index = 0
  if key ~= nil then
    index = order and order.place[key] or error("invalid key to 'next'", 2)
  end
  while true do
    index = index + 1
    local found = order.list[index]
    if found == nil then return nil end
    local value = rawget(t, found)
    if value ~= nil then return found, value end
  end
end

-- A finalizer runs with hooks switched off, so nothing could end it.
function setmetatable(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    error("__gc is not available: finalizers cannot be limited", 2)
  end
  return setmetatable_of(t, meta)
end

local function tidy(ok, ...)
  if ok then return true, ... end
  return false, explain((...))
end

function pcall(f, ...)
  return tidy(pcall_of(f, ...))
end

-- The handler runs after the stack was unwound: inside an error raised by a hook it could not be limited.
function xpcall(f, handler, ...)
  local function finish(ok, ...)
    if ok then return true, ... end
    return false, handler(...)
  end
  return finish(pcall(f, ...))
end

function load(chunk, name, mode, ...)
  if type(chunk) == "string" and #chunk > longest then return nil, "chunk is too long" end
  if select("#", ...) > 0 then return load_of(chunk, name, "t", (...)) end
  return load_of(chunk, name, "t")
end

-- Coroutines whose bodies may wait for the world and are interrupted like everything else.
local done = {}

function coroutine.create(f)
  if type(f) ~= "function" then error("bad argument #1 to 'create' (function expected)", 2) end
  return create(function(...) return done, pcall_of(f, ...) end)
end

local function settle(...)
  if rawequal((...), done) then return tidy(select(2, ...)) end
  return true, ...
end

function coroutine.resume(co, ...)
  local now = status(co)
  if now == "suspended" then return settle(drive(co, ...)) end
  return false, now == "dead" and "cannot resume dead coroutine" or "cannot resume non-suspended coroutine"
end

local function unwrap(ok, ...)
  if ok then return ... end
  error((...), 0)
end

function coroutine.wrap(f)
  local co = coroutine.create(f)
  return function(...) return unwrap(coroutine.resume(co, ...)) end
end

return strings, function() loading = false end
