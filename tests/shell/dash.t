$ echo 'a\tb'; echo -n x; echo; nosuch; echo $?; cat < nosuch; echo $?
a	b
x
dash: 1: nosuch: not found
127
dash: 1: cannot open nosuch: No such file
2
$ x=1; y=$((x+2)); echo $y; for i in a b; do echo $i; done
3
a
b
$ echo > /nosuch/x; echo $?; cd /nosuch; echo $?
dash: 1: cannot create /nosuch/x: Directory nonexistent
2
dash: 1: cd: can't cd to /nosuch
2
$ f() { local a=1; echo $a; }; f; [ 1 = 1 ] && echo ok
1
ok
$ if then
dash: 1: Syntax error: "then" unexpected
[2]
# known
$ echo $((1/0)); echo no
dash: 1: arithmetic expression: division by zero: "1/0"
[2]
$ x=abc; echo ${x#a} ${x%c} ${#x} ${x:-d}
bc ab 3 abc
$ while true; do echo y; done | head -2
y
y
$ sh -c 'echo $0 $1' a b; exit 4
a b
[4]
$ trap 'echo bye' EXIT; echo hi
hi
bye
$ set -e; false; echo no
[1]
$ echo {1..3} a{b,c}; echo $'x'
{1..3} a{b,c}
$x
$ until [ -f /tmp/nosuchx ]; do echo once; break; done; shift 3; echo no
once
dash: 1: shift: can't shift that many
[2]
