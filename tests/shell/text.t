$ printf 'b\na\nc\n' > f; cat -n f; head -1 f; tail -1 f; tail -n +2 f; head -n -1 f; wc f; wc -l f; wc -l < f; wc -c -w f
     1	b
     2	a
     3	c
b
c
a
c
b
a
3 3 6 f
3 f
3
3 6 f
$ printf 'one\ntwo\nthree\nfour\n' > f; grep o f; grep -n o f; grep -v o f; grep -c o f; grep -i ONE f; grep -o 't.*' f; grep -E 'one|two' f; grep 'one\|two' f; grep -w two f; grep -x one f; grep -q one f; echo $?; grep zzz f; echo $?; grep -A1 two f; grep -B1 two f; grep -C1 two f; grep -m1 o f; grep -l one f; grep -L one f; grep -H one f; grep -F . f; echo $?; grep -e one -e four f; grep x nosuch; echo $?
one
two
four
1:one
2:two
4:four
three
3
one
two
three
one
two
one
two
two
one
0
1
two
three
one
two
one
two
three
one
f
f:one
1
one
four
grep: nosuch: No such file or directory
2
$ mkdir d; echo hit > d/a; echo miss > d/b; grep -r hit d; grep -rl hit d; grep -rn hit .; cd d; grep -r hit
d/a:hit
d/a
./d/a:1:hit
a:hit
$ grep '[[:digit:]]\+' <<< "a12b"; grep -oE '[a-z]+' <<< "ab1cd"; grep -E '^a.{2}$' <<< abc; grep 'a\.b' <<< 'a.b'; grep -P '\d+' <<< x1; grep -oP '\w+' <<< 'x y'
a12b
ab
cd
abc
a.b
x1
x
y
$ seq 3; seq 2 4; seq 1 2 5; seq -s, 3; seq -w 8 10; seq 3 1; seq 3 -1 1; seq 0.5 0.5 1.5
1
2
3
2
3
4
1
3
5
1,2,3
08
09
10
3
2
1
0.5
1.0
1.5
$ seq 20 | head -n 3; seq 20 | tail -n 2; seq 5 | tac; seq 3 | head -c 3; seq 3 | tail -c 2; head -2 nosuch
1
2
3
19
20
5
4
3
2
1
1
23
head: cannot open 'nosuch' for reading: No such file or directory
[1]
$ printf 'a\n' > f1; printf 'b\n' > f2; head f1 f2; tail -n1 f1 f2; cat f1 nosuch f2; echo $?; cat f1 - < f2; wc -l f1 f2
==> f1 <==
a

==> f2 <==
b
==> f1 <==
a

==> f2 <==
b
a
cat: nosuch: No such file or directory
b
1
a
b
1 f1
1 f2
2 total
$ sleep x; echo $?; true; echo $?; false; echo $?; cat -z; head -n x; seq
sleep: invalid time interval ‘x’
Try 'sleep --help' for more information.
1
0
1
cat: invalid option -- 'z'
Try 'cat --help' for more information.
head: invalid number of lines: ‘x’
seq: missing operand
Try 'seq --help' for more information.
[1]
$ cat -A <<< $'a\tb'; printf 'a\n\n\n\nb' | cat -s; echo; cat -b <<< $'x\n\ny'
a^Ib$
a

b
     1	x

     2	y
