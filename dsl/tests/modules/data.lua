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
