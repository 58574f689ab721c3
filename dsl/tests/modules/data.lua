local round = function(text) return data.json_encode(data.parse_json(text)) end

test("json keeps what it holds", function()
  for _, text in ipairs({
    "1", "-7", "1.5", "true", '"x"', "[]", "{}", "[1,[2,[3]]]", '{"a":null,"b":[null,1,null]}', '[{"a":{"b":[]}}]',
    "9223372036854775807", '"é\\n"',
  }) do
    same(round(text), text)
  end
  same(math.type(data.parse_json("10")), "integer")
  same(math.type(data.parse_json("10.0")), "integer")
  same(math.type(data.parse_json("1e300")), "float")
  same(data.parse_json("null"), nil)
  same(data.parse_json("[null]")[1] == data.null, true)
  same(data.json_encode(10 / 2), "5")
end)

test("json is written", function()
  same(data.to_json({ b = 1, a = { 1, 2 } }), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": 1\n}')
  same(data.to_json({ a = 1 }, false), '{"a":1}')
  same(data.to_json({ a = 1 }, { indent = false }), '{"a":1}')
  same(data.json_pretty({ 1 }), "[\n  1\n]")
  same(data.json_encode({ value = 1 }), '{"value":1}')
  same(data.json_encode({ 1, nil, 3 }), "[1,null,3]")
  same(data.json_encode({ [1] = "a", x = 2 }), '{"1":"a","x":2}')
  same(data.json_encode(data.null), "null")
  same(data.json_encode({ a = data.null }), '{"a":null}')
end)

test("what is no json is told", function()
  local value, err, result = data.parse_json('{"a": }')
  same(value, nil)
  same(result.code, "invalid")
  same(err, "no valid JSON: expected value at line 1 column 7")
  same(data.json_validate("[1]"), true)
  local ok, why = data.json_validate("[1")
  same(ok, false)
  same(why:find("no valid JSON") ~= nil, true)
end)

test("yaml keeps what it holds", function()
  local value = data.parse_yaml("name: web\nports: [80, 443]\nnested:\n  on: true\n  ratio: 0.5\n  none: null\n  no: no\nempty: []\n")
  same(data.json_encode(value),
    '{"empty":[],"name":"web","nested":{"no":"no","none":null,"on":true,"ratio":0.5},"ports":[80,443]}')
  same(math.type(value.ports[1]), "integer")
  same(data.json_encode(data.parse_yaml(data.to_yaml(value))), data.json_encode(value))
  same(data.yaml_to_json("- 1\n- two"), '[\n  1,\n  "two"\n]')
  same(data.json_encode(data.parse_yaml(data.json_to_yaml('{"a":[1,"2"]}'))), '{"a":[1,"2"]}')
  same(data.json_encode(data.parse_yaml("1: a\ntrue: b")), '{"1":"a","true":"b"}')
  local none, err = data.parse_yaml("a: [1")
  same(none, nil)
  same(err:find("no valid YAML: ", 1, true), 1)
  same(err:find("\n"), nil)
end)

test("bombs are refused", function()
  local layers = { "a0: &a0 [x,x,x,x,x,x,x,x,x,x]" }
  for i = 1, 9 do
    local last = "*a" .. (i - 1)
    layers[#layers + 1] = ("a%d: &a%d [%s]"):format(i, i, (last .. ","):rep(9) .. last)
  end
  same(data.parse_yaml(table.concat(layers, "\n")), nil)
  same(data.parse_json(("["):rep(100000)), nil)
  same(select(2, data.parse_json("[" .. ("0,"):rep(600000) .. "0]")):find("more than 500000 values") ~= nil, true)
  local loop = {}
  loop.self = loop
  raises("a table that contains itself", data.to_json, loop)
  local wide = { "x" }
  for _ = 1, 60 do wide = { wide, wide } end
  raises("more than 500000 values", data.to_json, wide)
  raises("got a function", data.to_json, print)
  raises("got the number inf", data.to_json, { math.huge })
  raises("text that is not UTF-8", data.to_json, "\255")
end)

test("toml keeps what it holds", function()
  local value = data.parse_toml('name = "web"\nports = [80, 443]\nat = 2024-01-02T03:04:05Z\n[nested]\nratio = 0.5\non = true\n')
  same(data.json_encode(value),
    '{"at":"2024-01-02T03:04:05Z","name":"web","nested":{"on":true,"ratio":0.5},"ports":[80,443]}')
  same(math.type(value.ports[1]), "integer")
  same(data.parse_toml(data.to_toml(value)), value)
  same(data.to_toml({ a = 1, b = data.null }), "a = 1\n")
  local none, err = data.toml_parse("a = ")
  same(none, nil)
  same(err:find("no valid TOML: ", 1, true), 1)
end)

test("csv with quotes, headers, delimiters", function()
  local text = 'name,says\n"a, b","""hi"""\nc,\n'
  same(data.parse_csv(text), { { "name", "says" }, { "a, b", '"hi"' }, { "c", "" } })
  same(data.parse_csv(text, { header = true }), { { name = "a, b", says = '"hi"' }, { name = "c", says = "" } })
  same(data.csv_parse("a;b", ";"), { { "a", "b" } })
  same(data.to_csv(data.parse_csv(text)), text)
  same(data.csv_generate({ { "x", 1, true }, { 2.5 } }, "\t"), "x\t1\ttrue\n2.5\n")
  same(data.to_csv({ { b = 2, a = 1 }, { a = 3 } }), "a,b\n1,2\n3,\n")
  same(data.to_csv({ { b = 2, a = 1 } }, { columns = { "b", "a" } }), "b,a\n2,1\n")
  raises("`data.parse_csv` `delimiter` must be one ASCII sign", data.parse_csv, "a", "--")
  raises("`data.to_csv` `rows` must be a list of rows", data.to_csv, "a")
  same(data.parse_csv("a,b\n1", { header = true }), nil)
end)

test("xml there and back", function()
  local text = '<?xml version="1.0"?><host id="1&amp;2"><!-- no --><name>web &lt;1&gt; &#65;</name><port>80</port><port>443</port><raw><![CDATA[<x>]]></raw><none/></host>'
  local value = data.parse_xml(text)
  same(value, { host = { ["@id"] = "1&2", name = "web <1> A", port = { "80", "443" }, raw = "<x>", none = "" } })
  same(data.parse_xml(data.to_xml(value.host, "host")), value)
  same(data.to_xml({ a = { 1, 2 }, ["#text"] = "t" }), "<root>t\n  <a>1</a>\n  <a>2</a>\n</root>\n")
  same(data.xml_to_json("<a>1</a>"), '{\n  "a": "1"\n}')
  for _, bad in ipairs({ "<a>", "<a></b>", "a", "<a/><b/>", "<a>&nothing;</a>" }) do
    local none, err = data.parse_xml(bad)
    same(none, nil, bad)
    same(err:find("no valid XML: ", 1, true), 1)
  end
  same(data.parse_xml(("<a>"):rep(200)), nil)
  same(data.parse_xml('<!DOCTYPE x [<!ENTITY b "bomb">]><x>&b;</x>'), nil)
  same(select(2, data.to_xml({ ["a b"] = 1 })), "no valid XML: `a b` cannot name an element")
end)

test("tables within tables", function()
  same(data.deep_merge({ a = { b = 1, c = 1 }, l = { 1, 2 } }, { a = { c = 2 }, l = { 3 } }), { a = { b = 1, c = 2 }, l = { 3 } })
  local deep = { a = { b = { c = 1 } }, l = { "x", { y = 2 } } }
  local flat = data.flatten(deep)
  same(flat, { ["a.b.c"] = 1, ["l.1"] = "x", ["l.2.y"] = 2 })
  same(data.unflatten(flat), deep)
  same(data.flatten({ a = { b = 1 } }, "/"), { ["a/b"] = 1 })
  same(data.unflatten({ ["a/b"] = 1 }, { sep = "/" }), { a = { b = 1 } })
  same(select(3, data.unflatten({ a = 1, ["a.b"] = 2 })).code, "conflict")
  same(data.get_path(deep, "a.b.c"), 1)
  same(data.get_path(deep, "l.2.y"), 2)
  same(data.get_path(deep, "l.3"), nil)
  same(data.get_path(deep, "a.x", { default = 7 }), 7)
  same(data.set_path(deep, "a.b.d", true).a.b, { c = 1, d = true })
  same(deep.a.b.d, nil)
  same(data.set_path({}, "x/y", 1, "/"), { x = { y = 1 } })
  same(data.set_path({ l = { 1 } }, "l.2", 2), { l = { 1, 2 } })
  same(select(2, data.set_path({ a = 1 }, "a.b", 2)), "`a.b` goes through `a`, which holds a plain value")
end)

test("texts are filled in", function()
  same(data.template("port {{ .port }}", { port = 80 }), "port 80")
  same(template.render("{{range .}}{{.}};{{end}}", { x = 1, y = 2 }), "1;2;")
  same(select(2, template.render("{{ .x }}")), "cannot fill in the template: line 1: there is no value `.x`")
  fs.write("page.tmpl", "hello {{ .name }}")
  same(template.load("page.tmpl", { name = "you" }), "hello you")
  same(select(3, template.load("none.tmpl")).code, "not_found")
end)

test("the short names", function()
  same(json.decode(json.encode({ a = { 1 } })), { a = { 1 } })
  same(json.encode_pretty({ 1 }), "[\n  1\n]")
  same(yaml.decode(yaml.encode({ a = "1" })), { a = "1" })
end)
