use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{both, lua};

/// Pieces of patterns, sound and unsound.
const PIECES: &[&str] = &[
    "a", "b", ".", "%a", "%d", "%s", "%w", "%S", "%x", "%p", "%c", "%l", "%u", "%g", "%z", "%.",
    "%%", "[ab]", "[^a]", "[a-c]", "[%d_]", "[]]", "[^]]", "[a-]", "[%a-z]", "(", ")", "()", "%1",
    "%2", "%0", "%b()", "%bab", "%f[%a]", "%f[^a]", "%f", "^", "$", "*", "+", "-", "?", "[", "]",
    "%", "\0", "é",
];

fn pattern() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..7).prop_map(|pieces| pieces.concat())
}

fn subject() -> impl Strategy<Value = Vec<u8>> {
    vec(select(&b"aabbc01_ ().%-A\n\0\xe9]"[..]), 0..20)
}

fn replacement() -> impl Strategy<Value = String> {
    vec(select(&["x", "%0", "%1", "%2", "%%", "%", "-"][..]), 0..4)
        .prop_map(|pieces| pieces.concat())
}

/// The same call to both libraries must give the same answer.
fn agree(code: &str, arguments: impl mlua::IntoLuaMulti) -> Result<(), TestCaseError> {
    let lua = lua();
    let (native, own): (mlua::LuaString, mlua::LuaString) =
        both(&lua, code).call(arguments).unwrap();
    prop_assert_eq!(native.to_string_lossy(), own.to_string_lossy());
    Ok(())
}

fn bytes(lua_text: Vec<u8>) -> impl mlua::IntoLua {
    mlua::LuaString::wrap(lua_text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn find_is_the_same(subject in subject(), pattern in pattern(), start in -25i64..25, plain: bool) {
        agree("return library.string.find(...)", (bytes(subject), pattern, start, plain))?;
    }

    #[test]
    fn match_is_the_same(subject in subject(), pattern in pattern(), start in -25i64..25) {
        agree("return library.string.match(...)", (bytes(subject), pattern, start))?;
    }

    #[test]
    fn gmatch_is_the_same(subject in subject(), pattern in pattern(), start in -25i64..25) {
        let code = "local found = {}
            for a, b in library.string.gmatch(...) do found[#found + 1] = tostring(a) .. '|' .. tostring(b) end
            return native.table.concat(found, ',')";
        agree(code, (bytes(subject), pattern, start))?;
    }

    #[test]
    fn gsub_is_the_same(subject in subject(), pattern in pattern(), text in replacement(), most in 0i64..5) {
        agree("return library.string.gsub(...)", (bytes(subject.clone()), pattern.clone(), text))?;
        let code = "local s, p, most = ...
            local up = function(a, b) if a == 'b' then return false end return b end
            local a, n = library.string.gsub(s, p, up, most)
            local b, m = library.string.gsub(s, p, { a = 'A', b = 7, c = false }, most)
            return a, n, b, m";
        agree(code, (bytes(subject), pattern, most))?;
    }

    #[test]
    fn the_plain_functions_are_the_same(subject in subject(), i in -25i64..25, j in -25i64..25, count in -2i64..9) {
        let code = "local s, i, j, n = ...
            local S = library.string
            return S.sub(s, i, j), S.sub(s, i), S.upper(s), S.lower(s), S.reverse(s), S.len(s), S.rep(s, n), S.rep(s, n, '-'),
              S.char(S.byte(s, i, j)), S.byte(s, i), S.byte(s)";
        agree(code, (bytes(subject), i, j, count))?;
    }

    #[test]
    fn the_table_functions_are_the_same_on_what_pretends(length in 0i64..6, at in -1i64..8, first in -2i64..4, last in -2i64..6) {
        let code = "local length, at, first, last = ...
            local make = function()
              local kept = {}
              for i = 1, length do kept[i] = 'v' .. i end
              local view = setmetatable({}, { __index = kept, __newindex = kept, __len = function() return #kept end })
              return kept, view
            end
            local T, all = library.table, {}
            local note = function(...) all[#all + 1] = native.table.concat({ tostring((pcall(...))) }, ',') end
            local kept, view = make()
            note(T.insert, view, at, 'x') note(T.insert, view, 'y') note(T.remove, view, at) note(T.remove, view)
            all[#all + 1] = native.table.concat(kept, ';')
            kept, view = make()
            local ok, joined = pcall(T.concat, view, '+', first, last)
            all[#all + 1] = ok and joined or 'failed'
            return native.table.concat(all, ' ')";
        agree(code, (length, at, first, last))?;
    }
}

#[test]
fn format_is_the_same_and_more_tolerant() {
    let lua = lua();
    lua.load(
        r#"
        local f = string.format
        assert(f("%5.2f|%-5s|%05d|%x|%q|%%|%s", 3.14159, "ab", 42, 255, "a\n", true) == '3.14|ab   |00042|ff|"a\\\n"|%|true'
          or f("%5.2f", 3.14159) == " 3.14")
        assert(f("%d", 3.7) == "3" and f("%d", -3.7) == "-3" and f("%d", "12") == "12" and f("%x", "255.9") == "ff")
        assert(f("%s %s", nil, {} ~= nil) == "nil true")
        assert(f("%-8d|%+d", 5.5, 2) == "5       |+2")
        assert(not pcall(f, "%d", "x") and not pcall(f, "%y", 1) and not pcall(f, "%d"))
        assert(("%d%%"):format(99.5) == "99%")
        "#,
    )
    .exec()
    .unwrap();
}

#[test]
fn the_additions_do_what_their_names_say() {
    let lua = lua();
    lua.load(
        r#"
        assert(table.concat(string.split("a,b,,c", ","), "|") == "a|b||c")
        assert(#(""):split(",") == 1 and not pcall(string.split, "a", ""))
        local found = {}
        for line in ("one\r\ntwo\n\nfour\n"):lines() do found[#found + 1] = line end
        assert(table.concat(found, "|") == "one|two||four")
        assert(select('#', unpack({ 1, 2, 3 })) == 3 and unpack == table.unpack)
        "#,
    )
    .exec()
    .unwrap();
}
