use super::lua;

/// Runs a chunk that must fail, and returns why.
fn refused(code: &str) -> String {
    let lua = lua();
    let error = lua.load(code).exec().unwrap_err().to_string();
    error.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_pattern_that_would_run_for_hours_ends() {
    let error = refused("return (('a'):rep(30) .. 'b'):find(('a*'):rep(12) .. 'c')");
    assert!(
        error.contains("`string.find`: pattern too complex after 10001984 steps: `a*a*a*"),
        "{error}"
    );
}

#[test]
fn the_budget_is_for_the_whole_call() {
    let error = refused("local s = ('a'):rep(3000) return s:gsub('a*a*b', '')");
    assert!(error.contains("`string.gsub`: pattern too complex after"), "{error}");
    let error = refused("local s = ('a'):rep(4000) for _ in s:gmatch('.-b') do end");
    assert!(error.contains("`string.gmatch`: pattern too complex after"), "{error}");
}

#[test]
fn deep_nesting_ends_as_in_the_language() {
    let error = refused("return ('x'):rep(400):find(('x?'):rep(400))");
    assert!(error.contains("pattern too complex: more than 200 nested items"), "{error}");
}

#[test]
fn nothing_repeated_for_ever_is_nothing() {
    lua()
        .load("assert((''):rep(1e18) == '' and (''):rep(math.maxinteger, '') == '')")
        .exec()
        .unwrap();
    let error = refused("return ('x'):rep(1e18)");
    assert!(
        error.contains("`string.rep`: the text would be longer than 67108864 bytes"),
        "{error}"
    );
}

#[test]
fn a_replacement_cannot_grow_without_end() {
    let error = refused("local s = ('a'):rep(100000) return s:gsub('a', s)");
    assert!(error.contains("`string.gsub`: the text would be longer than"), "{error}");
}

#[test]
fn lengths_that_lie_are_refused() {
    let liar = "local t = setmetatable({}, { __len = function() return 1 << 60 end })";
    for call in ["table.insert(t, 1, 0)", "table.remove(t, 1)", "table.concat(t)", "table.sort(t)"]
    {
        let error = refused(&format!("{liar} {call}"));
        assert!(
            error.contains("more than 10000000 items") || error.contains("cannot be sorted"),
            "{call}: {error}"
        );
    }
    assert!(refused("table.move({}, 1, 1e18, 2)").contains("more than 10000000 items"));
    assert!(!refused("return table.unpack({}, 1, 1e8)").is_empty());
    assert!(!refused("return string.byte(('x'):rep(200000), 1, -1)").is_empty());
}

#[test]
fn the_libraries_cannot_be_changed() {
    assert!(refused("string.find = print").contains("`string` cannot be changed: keep `find`"));
    assert!(refused("table.insert = 1").contains("`table` cannot be changed"));
    lua()
        .load("assert(getmetatable('') == false and getmetatable(string) == false)")
        .exec()
        .unwrap();
    lua().load("assert('10' + 1 == 11 and string.dump == nil)").exec().unwrap();
}
