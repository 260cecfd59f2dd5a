$ printf 'one\ntwo\nthree\nfour\n' > f; sed 's/o/0/' f; sed 's/o/0/g;s/t/T/2' f; sed -n 2p f; sed -n '2,3p' f; sed -n '$p' f; sed 1d f; sed '/t/d' f; sed -n '/two/,/four/p' f; sed '2,$d' f; sed -n '$=' f; sed 2q f; sed '2q5' f; echo $?; sed -n '/o/!p' f; sed '1~2d' f; sed -n '2,+1p' f; sed -n '2~2p' f; sed -n '/one/,2p' f; sed '0,/o/d' f; sed '1,/o/d' f
0ne
tw0
three
f0ur
0ne
tw0
three
f0ur
two
two
three
four
two
three
four
one
four
two
three
four
one
4
one
two
one
two
5
three
two
four
two
three
two
four
one
two
two
three
four
three
four
$ echo 'hello world' | sed 's/\(h[a-z]*\) \(w.*\)/\2 \1/'; echo 'hello world' | sed -E 's/(h\w+) (w.*)/\2-\1/'; echo aaa | sed 's/a/b/2'; echo aaa | sed 's/a/b/2g'; echo 'a/b' | sed 's|/|:|'; echo x | sed 's/x/[&]/'; echo x | sed 's/x/\&/'; echo abc | sed 's/b*/X/g'; echo baaac | sed 's/a*/x/g'; echo Hello | sed 's/hello/X/I'; echo hello | sed 's/.*/\U&/'; echo 'foo bar' | sed -E 's/\b(.)/\u\1/g'; echo 'a b' | sed 's/ /\n/'; echo 'a,b' | sed 's/,/\t/'; echo 'a.b' | sed 's/\./\\./'; echo ABC | sed 's/B/\l&x/;s/A/\L&/'; echo '  x  ' | sed 's/^ *//;s/ *$//'; echo a.b.c | sed 's/[.]/-/g'; echo 'a|b' | sed 's|a\|b|X|g'; echo 'x1y22' | sed 's/[0-9]\+/<&>/g'; echo 'ab' | sed 's/a\?b/X/'; echo 'k: v' | sed -n 's/^k: //p'; echo ab | sed -e 's/a/1/' -e 's/b/2/'
world hello
world-hello
aba
abb
a:b
[x]
&
XaXcX
xbxcx
X
HELLO
Foo Bar
a
b
a	b
a\.b
abxC
x
a-b-c
X
x<1>y<22>
X
v
12
$ printf 'one\ntwo\n' > f; sed '1a after' f; sed '1i before' f; sed '2c changed' f; sed '1a\
> two lines\
> here' f; sed 'a\  indented' f; sed '1,2c all' f; sed '$a last' f; sed '1!a x' f; sed -e '1{s/o/0/;s/n/N/}' f; sed -e '/one/{' -e 'n' -e 'd' -e '}' f; sed N f; sed 'N;s/\n/+/' f; sed '$!N;P;D' f; sed y/abcdefghijklmno/ABCDEFGHIJKLMNO/ f; sed = f; sed -n l <<< $'a\tb\\'; sed G f; sed -n 'H;${x;s/\n/,/g;p}' f; sed '1h;2G' f; sed x f; sed 'r f' <<< x; sed -s -n '$p' f f; sed -n '$p' f f; sed 'w out' f > /dev/null; cat out; sed -n 's/o/0/w out2' f; cat out2
one
after
two
before
one
two
one
changed
one
two lines
here
two
one
  indented
two
  indented
all
one
two
last
one
two
x
0Ne
two
one
one
two
one+two
one
two
ONE
twO
1
one
2
two
a\tb\\$
one

two

,one,two
one
two
one

one
x
one
two
two
two
two
one
two
0ne
tw0
$ printf 'a\nb\nc\n' | sed ':a;N;$!ba;s/\n/,/g'; echo aaab | sed ':x;s/aa/a/;tx'; echo abc | sed 's/x/y/;T;s/a/1/'; printf 'k=1\nj=2\n' | sed -E '/^k=/s/=.*/=9/'; printf '1\n2\n3\n4\n5\n' | sed -n '2{p;n;p}'; printf '1\n2\n3\n' | sed '$!d'; printf 'x' | sed s/x/y/; echo; printf 'a\nb' | sed p; echo; echo 'a}b' | sed '/a/{s/}/)/}'; echo '# c' | sed '/^#/d'; echo hi | sed '# comment
> s/h/H/ # more'
a,b,c
ab
abc
k=9
j=2
2
3
3
y
a
a
b
b
a)b
Hi
$ printf 'image: nginx:1.0\nname: x\n' > f; sed -i 's/nginx:1.0/nginx:2.0/' f; cat f; sed -i.bak '/name/d' f; cat f f.bak; sed -i -e '1i top' f; cat f; sed -n -i p f; cat f; sed -ni 1p f; cat f; sed -i s/x/y/ nosuch; echo $?; sed -i 1q f.bak; cat f.bak; sed --in-place=.o 's/image/IMAGE/' f.bak; ls
image: nginx:2.0
name: x
image: nginx:2.0
image: nginx:2.0
name: x
top
image: nginx:2.0
top
image: nginx:2.0
top
sed: can't read nosuch: No such file or directory
2
image: nginx:2.0
f
f.bak
f.bak.o
$ sed s/a/b; sed k; sed 's/a/b/k'; sed 's/\(a/b/' < /dev/null; sed 's/a/\1/'; sed '{p'; sed 'p}'; sed 'b nowhere'; sed '1,p'; sed a; sed p nosuch; echo $?; sed 'p x'; sed '/a'; sed y/a/bc/; sed '0p'; sed 's/a/b/gg' <<< a; sed ':'; sed ,p
sed: -e expression #1, char 5: unterminated `s' command
sed: -e expression #1, char 1: unknown command: `k'
sed: -e expression #1, char 7: unknown option to `s'
sed: -e expression #1, char 8: Unmatched ( or \(
sed: -e expression #1, char 7: invalid reference \1 on `s' command's RHS
sed: -e expression #1, char 0: unmatched `{'
sed: -e expression #1, char 2: unexpected `}'
sed: can't find label for jump to `nowhere'
sed: -e expression #1, char 3: unexpected `,'
sed: -e expression #1, char 1: expected \ after `a', `c' or `i'
sed: can't read nosuch: No such file or directory
2
sed: -e expression #1, char 3: extra characters after command
sed: -e expression #1, char 2: unterminated address regex
sed: -e expression #1, char 7: strings for `y' command are different lengths
sed: -e expression #1, char 2: invalid usage of line address 0
sed: -e expression #1, char 8: multiple `g' options to `s' command
sed: -e expression #1, char 1: ":" lacks a label
sed: -e expression #1, char 1: unknown command: `,'
[1]
$ printf 'a\0b\0' | sed -z 's/^/x/' | tr '\0' '\n'; printf 'a b\nc d\n' | sed -f <(echo 's/ /_/'); echo 'aXbXc' | sed 's/X/\
> /g'; echo path/to/file | sed 's,/[^/]*$,,'; echo "it's" | sed "s/'/\"/"; echo 'a  b' | sed 's/[[:space:]]\{2,\}/ /'; echo foobar | sed -r 's/(foo|bar)+/x/'; echo '$HOME' | sed 's/$HOME/home/'; echo 'a*b' | sed 's/*/+/'; echo 'x^y' | sed 's/x^y/ok/'; echo ab | sed -E 's/(a)|b/[\1]/g'; printf 'a\n\nb\n' | sed '/^$/d'; printf '1\n2\n3\n4\n' | sed '2,3!d'; seq 10 | sed -n '3~3p;8q'; seq 5 | sed '2,4{3d}'; seq 3 | sed '2Q'; seq 3 | sed 'n;d'
xa
xb
a_b
c_d
a
b
c
path/to
it"s
a b
x
home
a+b
ok
[a][]
a
b
2
3
3
6
1
2
4
5
1
1
3
