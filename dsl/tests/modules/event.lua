test("an event is published with a timestamp", function()
  same(event.dispatch("deploy.completed", { version = "1.2", hosts = { "a", "b" } }).ok, true)
  same(event.dispatch_custom("mine", "hello").changed, true)
  same(event.dispatch({ type = "bare" }).message, "event bare published")
  same(events(), {
    { type = "deploy.completed", data = { version = "1.2", hosts = { "a", "b" }, timestamp = 1700000000 } },
    { type = "custom", data = { name = "mine", message = "hello", timestamp = 1700000000 } },
    { type = "bare", data = { timestamp = 1700000000 } },
  })
end)

test("what is refused is returned", function()
  local ok, err, result = event.dispatch("refused", {})
  same(ok, false)
  same(err, "no quorum: 1 of 3 voters reachable")
  same(result.code, "unavailable")
  raises("`event.dispatch` `type` is empty", event.dispatch, " ")
  raises("`event.register` is not there yet", function() return event.register end)
end)
