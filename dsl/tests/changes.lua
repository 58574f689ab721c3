-- How each function that changes something is called so that it has something to do. `check` is true or nil; a case
-- that is not `possible` for this user is left out.

local function shell(line)
  return function() exec.run(line) end
end

return {
  ["exec.run"] = { call = function(check) return exec.run("echo x >>ran", { check = check }) end },
  ["cmd.run"] = { call = function(check) return cmd.run("echo x >>ran", { check = check }) end },
  ["exec.sh"] = { call = function(check) return exec.sh("echo x >>ran", { check = check }) end },

  ["fs.write"] = { call = function(check) return fs.write("w", "x", { mode = "0600", check = check }) end },
  ["fs.append"] = { call = function(check) return fs.append("a", "x", { check = check }) end },
  ["fs.touch"] = { call = function(check) return fs.touch("t", { check = check }) end },
  ["fs.mkdir"] = { call = function(check) return fs.mkdir("a/b", "0700", { check = check }) end },
  ["fs.rm"] = { ready = shell("touch r"), call = function(check) return fs.rm("r", { check = check }) end },
  ["fs.rmr"] = {
    ready = shell("mkdir -p t/u && touch t/u/v"),
    call = function(check) return fs.rmr("t", { check = check }) end,
  },
  ["fs.copy"] = { ready = shell("echo x >s"), call = function(check) return fs.copy("s", "d", { check = check }) end },
  ["fs.move"] = { ready = shell("echo x >m"), call = function(check) return fs.move("m", "n", { check = check }) end },
  ["fs.symlink"] = {
    ready = shell("ln -s old l"),
    call = function(check) return fs.symlink("new", "l", { check = check }) end,
  },
  ["fs.chmod"] = {
    ready = shell("touch c && chmod 600 c"),
    call = function(check) return fs.chmod("c", "0640", { check = check }) end,
  },
  ["fs.chown"] = {
    possible = function() return exec.run("id -u").stdout == "0\n" end,
    ready = shell("touch o"),
    call = function(check) return fs.chown("o", "1", "1", { check = check }) end,
  },

  ["file_ops.lineinfile"] = {
    ready = shell("printf 'a\\nport=1\\n' >l"),
    call = function(check)
      return file_ops.lineinfile({ path = "l", line = "port=2", regexp = "^port=", check = check })
    end,
  },
  ["file_ops.blockinfile"] = {
    ready = shell("echo x >b"),
    call = function(check) return file_ops.blockinfile({ path = "b", block = "one\ntwo", check = check }) end,
  },
  ["file_ops.replace"] = {
    ready = shell("echo debug = on >r"),
    call = function(check) return file_ops.replace("r", "debug = \\w+", "debug = off", { check = check }) end,
  },
  ["file_ops.copy"] = {
    ready = shell("echo x >s"),
    call = function(check) return file_ops.copy("s", "d", { mode = "0600", backup = true, check = check }) end,
  },
  ["file_ops.fetch"] = {
    ready = shell("echo x >s"),
    call = function(check) return file_ops.fetch("s", "in/d", { check = check }) end,
  },
  ["file_ops.template"] = {
    ready = shell("echo 'port {{ .port }}' >t"),
    call = function(check) return file_ops.template({ src = "t", dest = "d", vars = { port = 80 }, check = check }) end,
  },
  ["file_ops.unarchive"] = {
    ready = shell("mkdir a && echo x >a/f && ln -s f a/l && tar czf a.tgz a && rm -r a"),
    call = function(check) return file_ops.unarchive("a.tgz", "out", { check = check }) end,
  },
  ["file_ops.mkdir"] = { call = function(check) return file_ops.mkdir("m/n", "0700", { check = check }) end },
  ["file_ops.set_attributes"] = {
    ready = shell("touch f && chmod 600 f"),
    call = function(check) return file_ops.set_attributes("f", { mode = "0640", check = check }) end,
  },
  ["file_ops.write"] = { call = function(check) return file_ops.write("w", "x", { check = check }) end },
  ["file_ops.create"] = { call = function(check) return file_ops.create("c", { check = check }) end },
  ["file_ops.remove"] = {
    ready = shell("touch r"),
    call = function(check) return file_ops.remove("r", { check = check }) end,
  },
  ["file_ops.chmod"] = {
    ready = shell("touch c && chmod 600 c"),
    call = function(check) return file_ops.chmod("c", "0640", { check = check }) end,
  },
  ["file_ops.chown"] = {
    possible = function() return exec.run("id -u").stdout == "0\n" end,
    ready = shell("touch o"),
    call = function(check) return file_ops.chown("o", "1", "1", { check = check }) end,
  },

  ["state.set"] = { call = function(check) return state.set("k", { 1, 2, { a = true } }, { check = check }) end },
  ["state.delete"] = {
    ready = function() state.set("gone", 1) end,
    call = function(check) return state.delete("gone", { check = check }) end,
  },
  ["state.clear"] = {
    ready = function() state.set("a/1", 1) state.set("a/2", 1) end,
    call = function(check) return state.clear("a/", { check = check }) end,
  },
  ["state.append"] = { call = function(check) return state.append("t", "x", { check = check }) end },
  ["state.list_push"] = { call = function(check) return state.list_push("l", 1, { check = check }) end },
  ["state.list_pop"] = {
    ready = function() state.list_push("l", 1) end,
    call = function(check) return state.list_pop("l", { check = check }) end,
  },
  ["state.set_ttl"] = {
    ready = function() state.set("k", 1) end,
    call = function(check) return state.set_ttl("k", "1m", { check = check }) end,
  },
  ["state.cas"] = { call = function(check) return state.cas("c", nil, 1, { check = check }) end },
  ["state.increment"] = { call = function(check) return state.increment("n", { check = check }) end },
  ["state.decrement"] = { call = function(check) return state.decrement("n", { check = check }) end },
  ["state.lock"] = { call = function(check) return state.lock("l", { check = check }) end },
  ["state.try_lock"] = { call = function(check) return state.try_lock("l", { check = check }) end },
  ["state.unlock"] = {
    ready = function() state.lock("l") end,
    call = function(check) return state.unlock("l", { check = check }) end,
  },
  ["state.with_lock"] = {
    call = function(check)
      return state.with_lock({ name = "l", body = function() state.set("in", 1, { check = check }) end, check = check })
    end,
  },

  ["workdir.create"] = { call = function(check) return workdir.create("w/x", { check = check }) end },
  ["workdir.cleanup"] = {
    ready = shell("mkdir -p w/x && touch w/f w/x/g"),
    call = function(check) return workdir.cleanup("w", { check = check }) end,
  },

  ["event.dispatch"] = { call = function(check) return event.dispatch("x", {}, { check = check }) end },
  ["event.dispatch_custom"] = { call = function(check) return event.dispatch_custom("n", "m", { check = check }) end },
  ["event.dispatch_file"] = {
    call = function(check) return event.dispatch_file("created", "f", { check = check }) end,
  },
}
