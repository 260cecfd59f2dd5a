$ echo '{"a":{"b":[1,2,{"c":"x"}]},"d":null,"e":true,"f":"é\n"}' > f; jq . f; jq -c . f; jq .a.b f; jq -c '.a.b[]' f; jq '.a.b[2].c' f; jq -r '.a.b[2].c' f; jq '.a["b"][0]' f; jq '.x' f; jq -c 'keys' f; jq -c '.a.b[1:]' f; jq -c '.a.b[:-1]' f; jq '.a.b|length' f; jq -S -c . f; jq --tab .a f; jq --indent 1 .a f; jq -r .f f; jq '."a"."b"[0]' f; jq -c 'to_entries[0]' f; jq '.a.b[-1].c' f; jq 'has("a"),has("z")' f; jq -c '[.a.b[]|type]' f; jq -e .d f; echo $?; jq -e .e f; jq -c '.[]?' f; jq -c 'map_values(type)' f; jq -j '.a.b[0],.a.b[1]' f; echo; jq -c 'del(.a)' f; jq -c '.a.b|=map(numbers)' f; jq -c '[paths]' f; jq -c '[leaf_paths]' f; jq -c '.. |numbers' f
{
  "a": {
    "b": [
      1,
      2,
      {
        "c": "x"
      }
    ]
  },
  "d": null,
  "e": true,
  "f": "é\n"
}
{"a":{"b":[1,2,{"c":"x"}]},"d":null,"e":true,"f":"é\n"}
[
  1,
  2,
  {
    "c": "x"
  }
]
1
2
{"c":"x"}
"x"
x
1
null
["a","d","e","f"]
[2,{"c":"x"}]
[1,2]
3
{"a":{"b":[1,2,{"c":"x"}]},"d":null,"e":true,"f":"é\n"}
{
	"b": [
		1,
		2,
		{
			"c": "x"
		}
	]
}
{
 "b": [
  1,
  2,
  {
   "c": "x"
  }
 ]
}
é

1
{"key":"a","value":{"b":[1,2,{"c":"x"}]}}
"x"
true
false
["number","number","object"]
null
1
true
{"b":[1,2,{"c":"x"}]}
null
true
"é\n"
{"a":"object","d":"null","e":"boolean","f":"string"}
12
{"d":null,"e":true,"f":"é\n"}
{"a":{"b":[1,2]},"d":null,"e":true,"f":"é\n"}
[["a"],["a","b"],["a","b",0],["a","b",1],["a","b",2],["a","b",2,"c"],["d"],["e"],["f"]]
[["a","b",0],["a","b",1],["a","b",2,"c"],["e"],["f"]]
1
2
$ jq -n '1+2*3-4/2%3'; jq -nc '[1,2]+[3],{a:1}+{b:2},"a"+"b",null+1'; jq -nc '[1,2,3]-[2],({a:{b:1}}*{a:{c:2}}),("x"*3),("a,b"/",")'; jq -n '1<2,"a"<"b",[]<{},null==false,1!=1.0'; jq -n '(true and false),(true or false),(null|not)'; jq -n 'null//1,(false,2)//3,(empty//4)'; jq -nc '[1,(2,3)],{a:(1,2)},{"x y":1,"\("k")2":2,("z"):3}'; jq -n 'if 1>2 then "a" elif true then "b" else "c" end'; jq -nr '"a\(1+1)b \("x") \([1])"'; jq -nc '[range(3)],[range(1;4)],[range(0;10;3)],[limit(2;1,2,3)],first(5,6),[.[]?]'; jq -nc 'reduce range(5) as $i (0;.+$i),[foreach range(3) as $i (0;.+$i;[$i,.])]'; jq -nc '[1,[2]] as [$a,[$b]]|{$a,$b}, ({"k":5} as {k:$v}|$v)'; jq -n 'def f(x): x*2; def g($a;$b): $a+$b; f(3),g(1;2)'; jq -nc '[.1,1e3,1.50,100000000000,1e17,0.00001,-0.5]'; jq -n '"\u00e9\t\"\\"'; jq -nc '[1,2,3]|.[1:]=[9]|.[0]+=1'; jq -nc 'try error("x") catch .,(try error({a:1}) catch .a),[.[]?],([1]|.["a"]?)'; jq -nc '[label $out|1,2,break $out,3]'; jq -nc '[1,2,3]|any(.>2),all(.>0),add,min,max,(map(.*2)|last),first,index(2)'
5
[1,2,3]
{"a":1,"b":2}
"ab"
1
[1,3]
{"a":{"b":1,"c":2}}
"xxx"
["a","b"]
true
true
true
false
false
false
true
true
1
2
4
[1,2,3]
{"a":1}
{"a":2}
{"x y":1,"k2":2,"z":3}
"b"
a2b x [1]
[0,1,2]
[1,2,3]
[0,3,6,9]
[1,2]
5
[]
10
[[0,0],[1,1],[2,3]]
{"a":1,"b":2}
5
6
3
[0.1,1000,1.5,100000000000,1e+17,1e-05,-0.5]
"é\t\"\\"
[2,9]
"x"
1
[]
[1,2]
true
true
6
1
3
6
1
1
$ jq -nc '"a,b"|split(","),test("B";"i"),ascii_upcase,length,ltrimstr("a"),rtrimstr("b"),startswith("a"),endswith("x"),explode,(explode|implode)'; jq -nc '[3,1,2]|sort,sort_by(-.),reverse,unique,(map({a:.})|group_by(.a>1)),contains([1]),inside([1,2,3,4]),min_by(-.),(.[1:]|join("-"))'; jq -nc '[["a",1],["b",null]]|.[]|@csv,@tsv,@sh,@json,@text,@html'; jq -nr '"a b&ü"|@uri,@base64,(@base64|@base64d),@sh,@html "<\(.)>"'; jq -nc '{a:1,b:2}|with_entries(.value+=1),(to_entries|from_entries),map(.+1),[.[]],add,length,(keys|join("")),del(.a),has("a"),tostring,tojson'; jq -nc '"[1,2]"|fromjson,("5"|tonumber),(5|tostring)'; jq -nc '"foobar"|[match("o+").offset],sub("o+";"0"),gsub("o";"0"),[scan("o")],capture("(?<x>b.)"),[splits("o+")],(gsub("(?<l>[a-z])";"\(.l)-"))'; jq -nc '[1,[2,[3]]]|flatten,flatten(1),tojson'; jq -nc '[{a:1,b:2},{a:1,b:3}]|unique_by(.a),(group_by(.a)|map(length)),(map(select(.b>2))),max_by(.b),(.[0]|to_entries|map("\(.key)=\(.value)")|join(";"))'; jq -nc '{"a":[1,{"b":2}]}|getpath(["a",1,"b"]),setpath(["a",0];9),[path(..)],delpaths([["a",0]]),(walk(if type=="number" then .+1 else . end))'; jq -nc '[1,2]|IN(1)?' 2>/dev/null | head -0; jq -n 'now|type'; jq -n '1700000000|todate'; jq -n '"2023-11-14T22:13:20Z"|fromdate'; jq -nc '[1,null,2]|map(values)'; jq -nc '[[1,2],[3]]|transpose'; jq -nc '1,[2]|scalars'; jq -nc '[recurse(if .<3 then .+1 else empty end)]' 2>/dev/null; jq -nc '0|[recurse(if .<3 then .+1 else empty end)],[while(.<3;.+1)],until(.>4;.+2),([.[]?])'
["a","b"]
true
"A,B"
3
",b"
"a,"
true
false
[97,44,98]
"a,b"
[1,2,3]
[3,2,1]
[2,1,3]
[1,2,3]
[[{"a":1}],[{"a":3},{"a":2}]]
true
true
3
"1-2"
"\"a\",1"
"a\t1"
"'a' 1"
"[\"a\",1]"
"[\"a\",1]"
"[&quot;a&quot;,1]"
"\"b\","
"b\t"
"'b' null"
"[\"b\",null]"
"[\"b\",null]"
"[&quot;b&quot;,null]"
a%20b%26%C3%BC
YSBiJsO8
a b&ü
'a b&ü'
<a b&amp;ü>
{"a":2,"b":3}
{"a":1,"b":2}
[2,3]
[1,2]
3
2
"ab"
{"b":2}
true
"{\"a\":1,\"b\":2}"
"{\"a\":1,\"b\":2}"
[1,2]
5
"5"
[1]
"f0bar"
"f00bar"
["o","o"]
{"x":"ba"}
["f","bar"]
"f-o-o-b-a-r-"
[1,2,3]
[1,2,[3]]
"[1,[2,[3]]]"
[{"a":1,"b":2}]
[2]
[{"a":1,"b":3}]
{"a":1,"b":3}
"a=1;b=2"
2
{"a":[9,{"b":2}]}
[[],["a"],["a",0],["a",1],["a",1,"b"]]
{"a":[{"b":2}]}
{"a":[2,{"b":3}]}
"number"
"2023-11-14T22:13:20Z"
1700000000
[1,2]
[[1,3],[2,null]]
1
[null,1,2,3]
[0,1,2,3]
[0,1,2]
6
[]
$ echo '{"items":[{"metadata":{"name":"a","labels":{"app":"x"}},"status":{"phase":"Running"}},{"metadata":{"name":"b"},"status":{"phase":"Pending"}}]}' > p; jq -r '.items[].metadata.name' p; jq -r '.items[]|select(.status.phase=="Running")|.metadata.name' p; jq -r '.items[]|[.metadata.name,.status.phase]|@tsv' p; jq -c '[.items[]|{name:.metadata.name,phase:.status.phase}]' p; jq -r '.items[]|"\(.metadata.name): \(.status.phase)"' p; jq '.items|length' p; jq -c '.items|map(.metadata.labels.app//"none")' p; jq -c '.items[0].metadata|{name,labels}' p; jq --arg n b '.items[]|select(.metadata.name==$n).status' p; jq -n --argjson x '{"a":1}' '$x.a'; jq -c -s . <<< '1 2 3'; jq -R . <<< 'raw line'; jq -Rs . <<< 'raw'; jq -n 'env.HOME,$ENV.HOME'; jq -nr --args '$ARGS.positional[]' a b; jq -c '.items[0].metadata.labels["k8s/x"]="y"' p | head -c 60; echo; printf '1\n2\n' | jq -n '[inputs]|add'; printf '1 2' | jq -c '[.,input]'; jq -c 'input?' <<< 1; jq -r '.[]' <<< '["a",1,null]'
a
b
a
a	Running
b	Pending
[{"name":"a","phase":"Running"},{"name":"b","phase":"Pending"}]
a: Running
b: Pending
2
["x","none"]
{"name":"a","labels":{"app":"x"}}
{
  "phase": "Pending"
}
1
[1,2,3]
"raw line"
"raw\n"
"/root"
"/root"
a
b
{"items":[{"metadata":{"name":"a","labels":{"app":"x","k8s/x
3
[1,2]
a
1
null
$ echo '{"a":1}' > f; jq .a.b f; jq '.[0]' f; jq '.a[]' <<< '{"a":1}'; echo $?; jq foo <<< 1; echo $?; jq '.a |' <<< 1; jq . <<< '{a:1}'; echo $?; jq . <<< '{"a":1'; jq . <<< '{"a" 1}'; jq . <<< '[1 2]'; jq . <<< abc; jq . <<< '[1,]'; jq . nosuch; echo $?; jq -n '1+"a"'; jq -n '{}-1'; jq -n '[1]|.a'; jq -n '1|keys'; jq -n '{}|has(0)'; jq -n '$x'; jq -n 'error("x")'; jq -n 'error({a:1})'; jq -n '[[1]]|join(",")'; jq -n '"abcdefghijklmnop"+1'; jq -z .; jq -n '"x"|test(1)'; jq '.[].a' <<< '[1]'; jq -n 'error'; jq -n '[1]|implode' 2>/dev/null | head -0; printf '{"a":1}\n{"a":2}\nx\n' | jq .a; echo $?; jq -n '"a"|ltrimstr(1)'; jq -n '"a" as $x | $x, "b"'; jq '' <<< 1; jq -n '}'; jq -n '[1,2' ; jq -n '{(1):2}'; jq -n '"a"|.[0]'; jq -n 'null|.[0],.a'; jq -n '{}|.[]="x"'; jq . < /dev/null; jq -n '"\(1;2)"' 2>/dev/null | head -0
jq: error (at f:1): Cannot index number with string "b"
jq: error (at f:1): Cannot index object with number
jq: error (at <stdin>:1): Cannot iterate over number (1)
5
jq: error: foo/0 is not defined at <top-level>, line 1:
foo
jq: 1 compile error
3
jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line 1:
.a |   
jq: 1 compile error
parse error: Invalid numeric literal at line 1, column 3
4
parse error: Unfinished JSON term at EOF at line 2, column 0
parse error: Expected separator between values at line 1, column 7
parse error: Expected separator between values at line 1, column 5
parse error: Invalid numeric literal at line 2, column 0
parse error: Expected another array element at line 1, column 4
jq: error: Could not open file nosuch: No such file or directory
2
jq: error (at <unknown>): number (1) and string ("a") cannot be added
jq: error (at <unknown>): object ({}) and number (1) cannot be subtracted
jq: error (at <unknown>): Cannot index array with string "a"
jq: error (at <unknown>): number (1) has no keys
jq: error (at <unknown>): Cannot check whether object has a number key
jq: error: $x is not defined at <top-level>, line 1:
$x
jq: 1 compile error
jq: error (at <unknown>): x
jq: error (at <unknown>) (not a string): {"a":1}
jq: error (at <unknown>): string ("") and array ([1]) cannot be added
jq: error (at <unknown>): string ("abcdefghij...) and number (1) cannot be added
jq: Unknown option -z
Use jq --help for help with command-line options,
or see the jq manpage, or online docs  at https://stedolan.github.io/jq
jq: error (at <unknown>): number not a string or array
jq: error (at <stdin>:1): Cannot index number with string "a"
parse error: Invalid numeric literal at line 4, column 0
1
2
4
"a"
"a"
"b"
1
jq: error: syntax error, unexpected INVALID_CHARACTER, expecting $end (Unix shell quoting issues?) at <top-level>, line 1:
}
jq: 1 compile error
jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line 1:
[1,2   
jq: 1 compile error
jq: error: Cannot use number (1) as object key at <top-level>, line 1:
{(1):2} 
jq: 1 compile error
jq: error (at <unknown>): Cannot index string with number
null
null
{}
