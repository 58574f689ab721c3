//! What a person reads when a file is wrong.

mod support;

use insta::assert_snapshot;
use support::faults;

#[test]
fn syntax() {
    assert_snapshot!(faults("task('a')\n  :command(function()\n    return true\n"), @r#"
    deploy.sloth:4:1: error[syntax]: 'end' expected (to close 'function' at line 2) near <eof>
      hint: the file ends too early: is an `end`, `)` or `}` missing?
    "#);
    assert_snapshot!(faults("local x = = 1"), @r#"
    deploy.sloth:1:9: error[syntax]: unexpected symbol near '='
     1 | local x = = 1
       |         ^
    "#);
    assert_snapshot!(faults("fs.chmod('x', 0o644)"), @r#"
    deploy.sloth:1:1: error[syntax]: malformed number near '0o'
     1 | fs.chmod('x', 0o644)
       | ^^^^^^^^^^^^^^^^^^^^
      hint: Lua has no octal numbers: write the mode as text, "0644"
    "#);
}

#[test]
fn unknown_name() {
    assert_snapshot!(faults("task('a'):descripton('x'):command('true')"), @r#"
    deploy.sloth:1:11: error[unknown-name]: a task has no `descripton`
     1 | task('a'):descripton('x'):command('true')
       |           ^^^^^^^^^^
      hint: did you mean `description`?
    "#);
    assert_snapshot!(faults("workflow.define('w', {\n  tsaks = {},\n  tasks = { { name = 'a', comand = 'true' } },\n})"), @r#"
    deploy.sloth:2:3: error[unknown-name]: a workflow has no `tsaks`
     2 |   tsaks = {},
       |   ^^^^^
      hint: did you mean `tasks`?
    deploy.sloth:3:27: error[unknown-name]: a task has no `comand`
     3 |   tasks = { { name = 'a', comand = 'true' } },
       |                           ^^^^^^
      hint: did you mean `command`?
    "#);
    assert_snapshot!(faults("tsk('a')"), @r#"
    deploy.sloth:1:1: error[runtime]: attempt to call a nil value (global 'tsk')
     1 | tsk('a')
       | ^^^
      hint: did you mean `task`?
    "#);
    assert_snapshot!(faults("workflow.defin('a')"), @r#"
    deploy.sloth:1:10: error[unknown-name]: workflow has no function `defin`: it has `define` and `create`
     1 | workflow.defin('a')
       |          ^^^^^
    "#);
}

#[test]
fn not_there_yet() {
    assert_snapshot!(faults("task('a'):command('true'):module('pkg')"), @r#"
    deploy.sloth:1:27: error[not-yet]: `module` is not there yet
     1 | task('a'):command('true'):module('pkg')
       |                           ^^^^^^
      hint: call the module in a function command
    "#);
    assert_snapshot!(faults("workflow('w'):tasks({ task('a'):command('true') }):config({ detect_drift = true })"), @r#"
    deploy.sloth:1:61: error[not-yet]: `detect_drift` is not there yet
     1 | workflow('w'):tasks({ task('a'):command('true') }):config({ detect_drift = true })
       |                                                             ^^^^^^^^^^^^
    "#);
    assert_snapshot!(faults("docker.run('a')"), @r#"
    deploy.sloth:1:1: error[not-yet]: module `docker` is not there yet
     1 | docker.run('a')
       | ^^^^^^
    "#);
    assert_snapshot!(faults("local s = require('terraform')"), @r#"
    deploy.sloth:1:20: error[not-yet]: module `terraform` is not there yet
     1 | local s = require('terraform')
       |                    ^^^^^^^^^
    "#);
    assert_snapshot!(faults("task('a'):command('true'):delegate_to('10.0.0.1:50051')"), @r#"
    deploy.sloth:1:40: error[not-yet]: delegate to the address "10.0.0.1:50051" is not there yet
     1 | task('a'):command('true'):delegate_to('10.0.0.1:50051')
       |                                        ^^^^^^^^^^^^^^
      hint: give the node's name
    "#);
}

#[test]
fn wrong_type() {
    assert_snapshot!(faults("task('a')\n  :timeout({})\n  :command(42)\n  :retries('many')\n  :depends_on(function() end)"), @r#"
    deploy.sloth:2:4: error[wrong-type]: `timeout` expects a duration such as "30s" or a number of seconds, found a table
     2 |   :timeout({})
       |    ^^^^^^^
    deploy.sloth:3:4: error[wrong-type]: `command` expects a function, a shell line or a task, found the number 42
     3 |   :command(42)
       |    ^^^^^^^
    deploy.sloth:4:4: error[wrong-type]: `retries` expects a number of attempts, found the text "many"
     4 |   :retries('many')
       |    ^^^^^^^
    deploy.sloth:5:4: error[wrong-type]: `depends_on` expects names of tasks, tasks, or a list of both, found a function
     5 |   :depends_on(function() end)
       |    ^^^^^^^^^^
    "#);
    assert_snapshot!(faults("task(nil)"), @r#"
    deploy.sloth:1:1: error[wrong-type]: a task needs a name, found nothing
     1 | task(nil)
       | ^^^^
    "#);
    assert_snapshot!(faults("task('a'):command('true'):env({ A = {} })"), @r#"
    deploy.sloth:1:33: error[wrong-type]: `env`: the variable A is no text, number or boolean
     1 | task('a'):command('true'):env({ A = {} })
       |                                 ^
    "#);
    assert_snapshot!(faults("task('a'):command('true'):delegate_to(values.node)"), @r#"
    deploy.sloth:1:27: error[bad-value]: `delegate_to` got nothing, so where to run is unknown
     1 | task('a'):command('true'):delegate_to(values.node)
       |                           ^^^^^^^^^^^
      hint: a value that may be absent needs a default: `values.node or "any"`
    "#);
    assert_snapshot!(faults("workflow.define('w', { tasks = 'a' })"), @r#"
    deploy.sloth:1:24: error[wrong-type]: `tasks` expects a table of tasks, found the text "a"
     1 | workflow.define('w', { tasks = 'a' })
       |                        ^^^^^
    "#);
}

#[test]
fn bad_value() {
    assert_snapshot!(faults("task('a'):command('true'):timeout('5 parsecs'):retries(2, 'quadratic')"), @r#"
    deploy.sloth:1:27: error[bad-value]: `timeout`: invalid duration "5 parsecs": units are ns, us, ms, s, m, h, d and w
     1 | task('a'):command('true'):timeout('5 parsecs'):retries(2, 'quadratic')
       |                           ^^^^^^^
    deploy.sloth:1:60: error[bad-value]: `retries`: the back-off "quadratic" is unknown
     1 | task('a'):command('true'):timeout('5 parsecs'):retries(2, 'quadratic')
       |                                                            ^^^^^^^^^
      hint: it is "fixed", "linear" or "exponential"
    "#);
    assert_snapshot!(faults("task('a'):command('true'):delegate_to({ tags = { 'role==web' } })"), @r#"
    deploy.sloth:1:51: error[bad-value]: invalid selector "role==web": expected a value at column 6
     1 | task('a'):command('true'):delegate_to({ tags = { 'role==web' } })
       |                                                   ^^^^^^^^^
    "#);
    assert_snapshot!(faults("task('a'):command('  ')"), @r#"
    deploy.sloth:1:11: error[bad-value]: `command` is no command: "  "
     1 | task('a'):command('  ')
       |           ^^^^^^^
    "#);
}

#[test]
fn dependencies() {
    assert_snapshot!(faults("task('build'):command('true')\ntask('test')\n  :command('true')\n  :depends_on({ 'biuld' })"), @r#"
    deploy.sloth:4:18: error[unknown-dependency]: task `test` depends on `biuld`, which the workflow does not have
     4 |   :depends_on({ 'biuld' })
       |                  ^^^^^
      hint: did you mean `build`?
    "#);
    assert_snapshot!(faults("task('a'):command('true'):depends_on('c')\ntask('b'):command('true'):depends_on('a')\ntask('c'):command('true'):depends_on('b')"), @r#"
    deploy.sloth:1:39: error[cycle]: tasks wait for each other: a → c → b → a
     1 | task('a'):command('true'):depends_on('c')
       |                                       ^
    "#);
    assert_snapshot!(faults("task('a'):command('true'):depends_on('a')"), @r#"
    deploy.sloth:1:7: error[cycle]: tasks wait for each other: a → a
     1 | task('a'):command('true'):depends_on('a')
       |       ^
    "#);
    assert_snapshot!(faults("task('a'):command('true') task('b'):command('true'):consumes('c')"), @r#"
    deploy.sloth:1:63: error[unknown-dependency]: task `b` consumes `c`, which the workflow does not have
     1 | task('a'):command('true') task('b'):command('true'):consumes('c')
       |                                                               ^
    "#);
    assert_snapshot!(faults("task('a'):command('true'):consumes('b') task('b'):command('true')"), @r#"
    deploy.sloth:1:37: error[unknown-dependency]: task `a` consumes from `b` but need not run after it
     1 | task('a'):command('true'):consumes('b') task('b'):command('true')
       |                                     ^
      hint: add `depends_on = "b"`
    "#);
}

#[test]
fn duplicates_and_absences() {
    assert_snapshot!(faults("task('a'):command('true')\ntask('a'):command('true')"), @r#"
    deploy.sloth:2:7: error[duplicate]: the task `a` is defined a second time; the first is in line 1
     2 | task('a'):command('true')
       |       ^
    "#);
    assert_snapshot!(faults("workflow('w'):tasks({ task('a'):command('true') })\nworkflow('w'):tasks({ task('b'):command('true') })"), @r#"
    deploy.sloth:2:11: error[duplicate]: the workflow `w` is defined a second time; the first is in line 1
     2 | workflow('w'):tasks({ task('b'):command('true') })
       |           ^
    "#);
    assert_snapshot!(faults("task('a'):description('nothing')"), @r#"
    deploy.sloth:1:7: error[no-command]: task `a` has no command
     1 | task('a'):description('nothing')
       |       ^
      hint: add `:command("…")` or `:command(function(this, params) … end)`
    "#);
    assert_snapshot!(faults("-- nothing"), @r#"
    deploy.sloth:1:1: error[no-workflow]: the file defines no workflow and no task
     1 | -- nothing
       | ^^^^^^^^^^
      hint: begin with `task("name"):command("…")`
    "#);
    assert_snapshot!(faults("workflow('w')"), @r#"
    deploy.sloth:1:11: error[no-workflow]: workflow `w` has no tasks
     1 | workflow('w')
       |           ^
      hint: list them in `tasks`
    "#);
}

#[test]
fn runtime_errors_have_a_trace_of_the_file_alone() {
    assert_snapshot!(faults("local function inner(x)\n  return x.field.deeper\nend\nlocal function outer()\n  return inner({}) .. ''\nend\nouter()"), @r#"
    deploy.sloth:2:12: error[runtime]: attempt to index a nil value (field 'field')
     2 |   return x.field.deeper
       |            ^^^^^
      at deploy.sloth:2 in upvalue 'inner'
      at deploy.sloth:5 in local 'outer'
      at deploy.sloth:7 in main chunk
    "#);
    assert_snapshot!(faults("error({ message = 'as a table' })"), @r#"
    deploy.sloth:1:1: error[runtime]: as a table
     1 | error({ message = 'as a table' })
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(faults("local ok, err = pcall(error, 'x', 0)\nerror(err .. '!')"), @r#"
    deploy.sloth:2:1: error[runtime]: x!
     2 | error(err .. '!')
       | ^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn the_world_is_out_of_sight_while_loading() {
    assert_snapshot!(faults("local now = os.time()"), @r#"
    deploy.sloth:1:16: error[world]: `os.time` cannot be used while the file is loaded; move it into a task
     1 | local now = os.time()
       |                ^^^^
    "#);
    assert_snapshot!(faults("local n = math.random(10)"), @r#"
    deploy.sloth:1:16: error[world]: `math.random` cannot be used while the file is loaded; move it into a task
     1 | local n = math.random(10)
       |                ^^^^^^
    "#);
    assert_snapshot!(faults("exec.run('id')"), @r#"
    deploy.sloth:1:6: error[world]: `exec.run` cannot be used while the file is loaded; move it into a task
     1 | exec.run('id')
       |      ^^^
    "#);
    assert_snapshot!(faults("local home = os.getenv('HOME')"), @r#"
    deploy.sloth:1:17: error[world]: `os.getenv` cannot be used while the file is loaded; move it into a task
     1 | local home = os.getenv('HOME')
       |                 ^^^^^^
    "#);
}

#[test]
fn several_faults_come_at_once_and_in_order() {
    assert_snapshot!(faults("task('a'):comand('x')\ntask('b'):command('true'):timeout('x')\nundefined()"), @r#"
    deploy.sloth:1:11: error[unknown-name]: a task has no `comand`
     1 | task('a'):comand('x')
       |           ^^^^^^
      hint: did you mean `command`?
    deploy.sloth:2:27: error[bad-value]: `timeout`: invalid duration "x": it does not begin with a number
     2 | task('b'):command('true'):timeout('x')
       |                           ^^^^^^^
    deploy.sloth:3:1: error[runtime]: attempt to call a nil value (global 'undefined')
     3 | undefined()
       | ^^^^^^^^^
    "#);
}
