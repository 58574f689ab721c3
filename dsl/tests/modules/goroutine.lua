local g = goroutine

test("routines share the variables around them", function()
  local total, group = 0, g.wait_group()
  for i = 1, 10 do
    group:add()
    g.spawn(function()
      g.sleep(i % 3)
      total = total + i
      group:done()
    end)
  end
  group:wait()
  same(total, 55)
end)

test("plain code is undivided, however long it runs", function()
  local count, group = 0, g.wait_group()
  group:add(4)
  for _ = 1, 4 do
    g.spawn(function()
      for _ = 1, 20000 do
        local seen = count
        count = seen + 1
      end
      group:done()
    end)
  end
  group:wait()
  same(count, 80000)
end)

test("who only looks lets the others run in the end", function()
  local flag, turns = g.atomic_int(), 0
  g.spawn(function() flag:store(1) end)
  while flag:load() == 0 do turns = turns + 1 end
  local done = false
  local ctx, cancel = g.context()
  g.spawn(function() done = true; cancel() end)
  while not ctx:is_cancelled() do turns = turns + 1 end
  same(done, true)
end)

test("spawn_many numbers its routines", function()
  local seen, group = {}, g.wait_group()
  group:add(3)
  g.spawn_many(3, function(id) seen[id] = true; group:done() end)
  group:wait()
  same(seen, { true, true, true })
  raises("`goroutine.spawn_many` `count` must be between 0 and 10000, got -1", g.spawn_many, -1, print)
end)

test("async and await", function()
  local handle = g.async(function() g.sleep(1) return 1, "two", nil, 4 end)
  local ok, a, b, c, d = g.await(handle)
  same({ ok, a, b, d }, { true, 1, "two", 4 })
  same(c, nil)
  same(select("#", g.await(handle)), 5)
  local failed, err = g.await(g.create(function() error("on purpose") end))
  same(failed, false)
  same(err:find("on purpose", 1, true) ~= nil, true)
  same({ g.await(g.async(function() error({ message = "as a table" }) end)) }, { false, "as a table" })
  raises("`goroutine.await` `handle` must be a handle of `goroutine`, got a string", g.await, "x")
end)

test("await_all keeps the order given", function()
  local function after(ms, value) return g.async(function() g.sleep(ms) return value, ms end) end
  local results = g.await_all({ after(20, "a"), after(1, "b"), g.async(function() error("c") end) })
  same(results[1], { success = true, value = "a", values = { "a", 20 } })
  same(results[2].value, "b")
  same(results[3].success, false)
  same(results[3].error:find("c", 1, true) ~= nil, true)
  local late = g.wait_all({ after(1, "a"), after(60000, "b") }, 0.05)
  same(late[1].value, "a")
  same(late[2], { success = false, error = "timeout exceeded" })
  same(g.await_all({}), {})
end)

test("parallel and map", function()
  local both = g.parallel({ function() return 1 end, function() return 2 end })
  same({ both[1].value, both[2].value }, { 1, 2 })
  same(g.map({ 3, 2, 1 }, function(v, i) g.sleep(v * 2) return v * 10 + i end), { 31, 22, 13 })
  same(g.map({}, print), {})
  raises("no good", g.map, { 1 }, function() error("no good") end)
  raises("element 1 of `goroutine.parallel` must be a function, got a integer", g.parallel, { 1 })
end)

test("what blocks lets the others run", function()
  local order, group = {}, g.wait_group()
  group:add(3)
  g.spawn(function() exec.run("sleep 0.3"); order[#order + 1] = "process"; group:done() end)
  g.spawn(function() g.sleep(5); order[#order + 1] = "sleep"; group:done() end)
  g.spawn(function() order[#order + 1] = "first"; group:done() end)
  group:wait()
  same(order, { "first", "sleep", "process" })
end)

test("a lock of the store lets the others run", function()
  state.lock("of goroutines")
  local got = g.async(function() return state.lock("of goroutines", "5s") end)
  local ran = g.async(function() state.unlock("of goroutines") return true end)
  same((g.await(ran)), true)
  same((g.await(got)), true)
  state.unlock("of goroutines")
end)

test("timeout", function()
  same({ g.timeout(1000, function() return 1, 2 end) }, { true, 1, 2 })
  local ok, err = g.timeout(1000, function() error("inside") end)
  same(ok, false)
  same(err:find("inside", 1, true) ~= nil, true)
  local after
  same({ g.timeout(10, function() g.sleep(100) after = true end) }, { false, "timeout exceeded" })
  g.sleep(150)
  same(after, nil, "the body went on")
  local marker = exec.run("mktemp -u"):gsub("%s", "")
  g.timeout(50, function() exec.run("sleep 0.4; touch " .. marker) end)
  g.timeout(50, function() coroutine.wrap(function() exec.run("sleep 0.4; touch " .. marker) end)() end)
  exec.run("sleep 0.8")
  same(fs.exists(marker), false, "the process went on")
end)

test("coroutines inside a routine wait for it", function()
  local ch = g.channel()
  local handle = g.async(function()
    local next_of = coroutine.wrap(function()
      while true do coroutine.yield((ch:receive())) end
    end)
    return next_of(), next_of()
  end)
  ch:send(1)
  ch:send(2)
  same({ g.await(handle) }, { true, 1, 2 })
end)

test("unbuffered channels", function()
  local ch, log = g.channel(), {}
  g.spawn(function()
    for i = 1, 3 do
      ch:send(i)
      log[#log + 1] = "sent " .. i
    end
    ch:close()
  end)
  local values = {}
  ch:range(function(v) values[#values + 1] = v end)
  same(values, { 1, 2, 3 })
  same({ ch:receive() }, { nil, false })
  same({ ch:send(4) }, { false, "send on closed channel" })
  same({ ch:close() }, { false, "close of closed channel" })
  same({ ch:is_closed(), ch:cap(), ch:len() }, { true, 0, 0 })
  same(log[3], "sent 3")
end)

test("buffered channels", function()
  local ch = g.channel(2)
  same({ ch:try_send("a"), ch:try_send(false), (ch:try_send("c")) }, { true, true, false })
  same({ ch:len(), ch:cap() }, { 2, 2 })
  same({ ch:try_receive() }, { "a", true })
  same({ ch:receive() }, { false, true })
  same({ ch:try_receive() }, { nil, false })
  ch:send("kept")
  ch:close()
  same({ ch:receive() }, { "kept", true })
  same({ ch:try_send(1) }, { false, "send on closed channel" })
  ch = g.channel({ capacity = 1 })
  same(g.channel_send(ch, "x"), true)
  same({ g.channel_len(ch), g.channel_cap(ch) }, { 1, 1 })
  same({ g.channel_receive(ch) }, { "x", true })
  same(g.channel_close(ch), true)
  raises("`goroutine.channel_len` `channel` must be a channel of `goroutine`, got a integer", g.channel_len, 1)
  raises("`goroutine.channel` `capacity` must be between 0 and 100000, got 100001", g.channel, 100001)
end)

test("channels of one direction", function()
  local out, inward = g.channel(1, "send"), g.channel(1, "receive")
  same(out:send(1), true)
  raises("it only sends", function() out:receive() end)
  raises("it only receives", function() inward:send(1) end)
  raises("it only receives", function() inward:try_send(1) end)
  raises("must be `bidirectional`, `send` or `receive`, got `x`", g.channel, 1, "x")
end)

test("closing wakes who waits", function()
  local ch, full = g.channel(), g.channel()
  local receiver = g.async(function() return ch:receive() end)
  local sender = g.async(function() return full:send(1) end)
  g.sleep(1)
  ch:close()
  full:close()
  same({ g.await(receiver) }, { true, nil, false })
  same({ g.await(sender) }, { true, false, "send on closed channel" })
end)

test("select does exactly one case", function()
  local a, b, got = g.channel(1), g.channel(1), {}
  a:send("from a")
  local index = g.select({
    { b, receive = true, handler = function(v) got[#got + 1] = v end },
    { channel = a, receive = true, handler = function(v) got[#got + 1] = v end },
  })
  same(index, 2)
  same(got, { "from a" })
  same(g.select({ { a, send = 7, handler = function() got[#got + 1] = "sent" end } }), 1)
  same({ a:receive() }, { 7, true })
  same(g.select({ { b, receive = true }, { default = true, handler = function() got[#got + 1] = "none" end } }), 2)
  same(got, { "from a", "sent", "none" })
end)

test("select waits, and takes nothing from the channels it does not choose", function()
  local a, b = g.channel(), g.channel()
  local chosen = g.async(function()
    local value
    g.select({
      { a, receive = true, handler = function(v) value = v end },
      { b, receive = true, handler = function(v) value = v end },
    })
    return value
  end)
  g.sleep(1)
  b:send("late")
  same({ g.await(chosen) }, { true, "late" })
  same((a:try_send("nobody waits")), false)
end)

test("select is fair, sees a close and refuses a send on what is closed", function()
  local a, b, counts = g.channel(100), g.channel(100), { a = 0, b = 0 }
  for i = 1, 100 do a:send(i) b:send(i) end
  for _ = 1, 100 do
    g.select({
      { a, receive = true, handler = function() counts.a = counts.a + 1 end },
      { b, receive = true, handler = function() counts.b = counts.b + 1 end },
    })
  end
  same(counts, { a = 50, b = 50 })
  local closed, open = g.channel(), nil
  closed:close()
  g.select({ { closed, receive = true, handler = function(_, ok) open = ok end } })
  same(open, false)
  raises("send on closed channel", g.select, { { closed, send = 1 } })
  raises("the channel of case 1 of the select must be a channel", g.select, { { 5 } })
end)

test("select_timeout", function()
  local ch = g.channel(1)
  same({ g.select_timeout(5, { { ch, receive = true } }) }, { true, nil })
  ch:send(1)
  same({ g.select_timeout(5, { { ch, receive = true } }) }, { false, 1 })
  same({ g.select_timeout(5, { { ch, receive = true }, { default = true } }) }, { false, 2 })
end)

test("mutex", function()
  local m, inside, most, group = g.mutex(), 0, 0, g.wait_group()
  group:add(5)
  for _ = 1, 5 do
    g.spawn(function()
      m:lock()
      inside = inside + 1
      most = math.max(most, inside)
      g.sleep(1)
      inside = inside - 1
      m:unlock()
      group:done()
    end)
  end
  group:wait()
  same(most, 1)
  same(m:try_lock(), true)
  same(m:try_lock(), false)
  m:unlock()
  raises("unlock of what is not locked: the mutex made at", function() m:unlock() end)
end)

test("rwmutex", function()
  local rw = g.rwmutex()
  rw:rlock()
  same(rw:try_rlock(), true)
  same(rw:try_lock(), false)
  local order = {}
  local writer = g.async(function() rw:lock() order[#order + 1] = "writer" rw:unlock() end)
  g.sleep(1)
  same(rw:try_rlock(), false, "a reader overtook the writer")
  local reader = g.async(function() rw:rlock() order[#order + 1] = "reader" rw:runlock() end)
  rw:runlock()
  rw:runlock()
  g.await_all({ writer, reader })
  same(order, { "writer", "reader" })
  raises("unlock of what no writer holds", function() rw:unlock() end)
  raises("runlock of what no reader holds", function() rw:runlock() end)
end)

test("a cancelled writer holds up no reader", function()
  local rw = g.rwmutex()
  rw:rlock()
  g.timeout(5, function() rw:lock() end)
  local reader = g.async(function() rw:rlock() return "in" end)
  same({ g.await(reader) }, { true, "in" })
  g.spawn(function() g.timeout(20, function() rw:lock() end) end)
  g.sleep(1)
  same({ g.timeout(5000, function() rw:rlock() return "in too" end) }, { true, "in too" })
end)

test("semaphore", function()
  local s = g.semaphore(2)
  s:acquire()
  same({ s:available(), s:capacity() }, { 1, 2 })
  same(s:try_acquire(), true)
  same(s:try_acquire(), false)
  local third = g.async(function() s:acquire() return "third" end)
  s:release()
  same({ g.await(third) }, { true, "third" })
  s:release()
  s:release()
  raises("release of more than was acquired", function() s:release() end)
  raises("must be between 1 and 4294967295, got 0", g.semaphore, 0)
end)

test("atomic_int", function()
  local n = g.atomic_int(5)
  same({ n:add(2), n:load(), n:swap(1), n:load() }, { 7, 7, 7, 1 })
  same({ n:compare_and_swap(1, 9), n:compare_and_swap(1, 10), n:load() }, { true, false, 9 })
  n:store(-1)
  same(n:load(), -1)
  same(g.atomic_int():load(), 0)
end)

test("once", function()
  local once, calls = g.once(), 0
  local function first() g.sleep(5) calls = calls + 1 end
  local seen = g.map({ 1, 2, 3 }, function() once:call(first) return calls end)
  same(seen, { 1, 1, 1 })
  local failing = g.once()
  raises("first", function() failing:call(function() error("first") end) end)
  failing:call(function() error("never called") end)
end)

test("cond", function()
  local cond, ready, woken = g.cond(), false, 0
  local waiters = {}
  for i = 1, 3 do
    waiters[i] = g.async(function()
      cond:lock()
      while not ready do cond:wait() end
      woken = woken + 1
      cond:unlock()
    end)
  end
  g.sleep(1)
  cond:signal()
  g.sleep(1)
  same(woken, 0)
  cond:get_mutex():lock()
  ready = true
  cond:broadcast()
  cond:get_mutex():unlock()
  g.await_all(waiters)
  same(woken, 3)
  raises("before you wait: cond:lock()", function() cond:wait() end)
end)

test("context", function()
  local ctx, cancel = g.context()
  local child = ctx:with_cancel()
  local timed = child:with_timeout(60000)
  same({ ctx:is_cancelled(), ctx:err() }, { false })
  same({ ctx:deadline() }, { nil, false })
  local at, has = timed:deadline()
  same({ math.type(at), has }, { "integer", true })
  cancel()
  same({ timed:is_cancelled(), timed:err() }, { true, "context canceled" })
  local short = g.context():with_timeout(5)
  g.sleep(10)
  same({ short:is_cancelled(), short:err() }, { true, "context deadline exceeded" })
  short:cancel()
  same(short:err(), "context deadline exceeded")
  local past, stop = g.context():with_deadline(1000)
  same({ past:err(), (past:deadline()) }, { "context deadline exceeded", 1000 })
  stop()
  local own = g.context()
  own:cancel()
  same(own:err(), "context canceled")
end)

test("pools", function()
  same(g.pool_create("p", { workers = 2 }), true)
  local running, most, done = 0, 0, {}
  for i = 1, 6 do
    local id = g.pool_submit("p", function(a, b)
      running = running + 1
      most = math.max(most, running)
      g.sleep(2)
      running = running - 1
      done[#done + 1] = a .. b
    end, i, "!")
    same(id, "p-" .. i)
  end
  same(g.pool_stats("p"), { name = "p", workers = 2, active = 2, completed = 0, failed = 0, queued = 4 })
  same(g.pool_wait("p"), true)
  same({ most, #done, done[1] }, { 2, 6, "1!" })
  same(g.pool_stats("p").completed, 6)
  g.pool_submit("p", function() error("bad job") end)
  g.pool_submit("p", function() end)
  local ok, err = g.pool_wait("p")
  same(ok, false)
  same(err:find("a job failed: .*bad job") ~= nil, true)
  same(g.pool_wait("p"), true)
  g.pool_submit("p", function() done[#done + 1] = "last" end)
  same(g.pool_close("p"), true)
  same(done[#done], "last")
  same({ g.pool_submit("p", print) }, { nil, "pool `p` is closed" })
  same({ g.pool_wait("q") }, { false, "there is no pool `q`" })
  same({ g.pool_stats("q") }, { nil, "there is no pool `q`" })
  g.pool_create("p")
  same(g.pool_stats("p").workers, 4)
end)

test("a pool drops no work, however much there is", function()
  g.pool_create("many", { workers = 3 })
  local done = 0
  for _ = 1, 12000 do g.pool_submit("many", function() done = done + 1 end) end
  same(g.pool_wait("many"), true)
  same(done, 12000)
end)

test("pipeline", function()
  local input = g.channel()
  local out = g.pipeline(input, {
    { workers = 3, fn = function(v) g.sleep(1) return v * 2 end },
    { function(v) if v % 4 == 0 then return v end end },
    function(v) return "v" .. v end,
  })
  g.spawn(function()
    for i = 1, 20 do input:send(i) end
    input:close()
  end)
  local seen, count = {}, 0
  out:range(function(v) seen[v] = true count = count + 1 end)
  same(count, 10)
  same({ seen.v4, seen.v40, seen.v2 }, { true, true, nil })
  raises("stage 1 of the pipeline needs a function", g.pipeline, input, { {} })
end)

test("fan_out and fan_in", function()
  local input = g.channel()
  local copies = g.fan_out(input, 3)
  same(#copies, 3)
  local all = g.fan_in(copies)
  g.spawn(function()
    for i = 1, 5 do input:send(i) end
    input:close()
  end)
  local sum, count = 0, 0
  all:range(function(v) sum = sum + v count = count + 1 end)
  same({ sum, count }, { 45, 15 })
  local empty = g.fan_in({})
  same({ empty:receive() }, { nil, false })
end)

test("wrong names are refused", function()
  raises("a channel has no method `recieve`, did you mean `receive`?", function() g.channel():recieve() end)
  raises("a wait group has no method `x`", function() g.wait_group():x() end)
  raises("module `goroutine` has no function `spawm`, did you mean `spawn`?", function() return g.spawm end)
  local group = g.wait_group()
  raises("is at 0 and cannot be changed by -1", function() group:done() end)
end)

test("who is called back by the library cannot wait", function()
  raises("cannot wait for a time here", function()
    table.sort({ 3, 2, 1 }, function(a, b) g.sleep(1) return a < b end)
  end)
  same({ g.await(g.async(function() return "still fine" end)) }, { true, "still fine" })
end)
