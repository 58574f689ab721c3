test("each level is a line", function()
  log.debug("a") log.info("b") log.success("c") log.warn("d") log.warning("e") log.error("f") log.print("g")
  same(logged(), {
    "Log(Debug) a", "Log(Info) b", "Log(Info) c", "Log(Warn) d", "Log(Warn) e", "Log(Error) f", "Stdout g",
  })
end)

test("anything can be logged", function()
  log.info("count:", 3, true, nil, 1.5)
  log.info({ b = { 1, 2 }, a = "x" })
  log.info("started", { id = 7 })
  log.info()
  log.info("two\nlines")
  log.info(exec.run("printf out", { log = false }))
  log.info(setmetatable({}, { __tostring = function() return "own words" end }))
  same(logged(), {
    "Log(Info) count: 3 true nil 1.5", 'Log(Info) {"a":"x","b":[1,2]}', 'Log(Info) started {"id":7}', "Log(Info) ",
    "Log(Info) two", "Log(Info) lines", "Log(Info) out", "Log(Info) own words",
  })
  log.info(log)
  same(#logged(), 1)
  log.info(exec.run("echo no >&2; exit 1", { log = false }))
  log.info("a", "b")
  same(logged(), { "Log(Info) ", "Log(Info) a b" })
end)

test("a table is shown over several lines", function()
  log.table({ a = 1 }, "Title")
  same(logged(), { "Log(Info) Title:", "Log(Info) {", 'Log(Info)   "a": 1', "Log(Info) }" })
end)

test("a fatal line ends the task", function()
  raises("no disk left", log.fatal, "no disk", "left")
  same(logged(), { "Log(Error) no disk left" })
end)
