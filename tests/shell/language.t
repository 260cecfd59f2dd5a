$ echo hello "world  x" 'a  b' a\ b
hello world  x a  b a b
$ echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((2**10)) $((1<<4)) $((5>3)) $((!0)) $((~5)) $((-3))
7 9 3 1 1024 16 1 1 -6 -3
$ x=5; echo $((x++)) $x $((++x)) $((x+=10)) $x $((x>3?1:2))
5 6 7 17 17 1
$ if true; then echo yes; else echo no; fi
yes
$ if false; then echo a; elif [ 1 -eq 1 ]; then echo b; else echo c; fi
b
$ for i in 1 2 3; do echo -n $i; done; echo
123
$ for i in {1..5} a{b,c}d; do echo -n "$i "; done; echo
1 2 3 4 5 abd acd 
$ for ((i=0;i<3;i++)); do echo $i; done
0
1
2
$ i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done
0
1
2
$ i=0; until [ $i -ge 2 ]; do echo $i; let i++; done
0
1
$ case foo.yaml in *.json) echo j;; *.yaml|*.yml) echo y;; *) echo n;; esac
y
$ case x in x) echo 1;& y) echo 2;; z) echo 3;; esac; case a in a) echo A;;& a*) echo B;; esac
1
2
A
B
$ f() { echo "f $1 $#"; return 3; }; f a b; echo $?
f a 2
3
$ f() { local x=1; echo $x; }; x=2; f; echo $x
1
2
$ function g { echo g; }; g
g
$ false || echo or; true && echo and; ! false; echo $?
or
and
0
$ (exit 3); echo $?; { echo a; echo b; } | cat; (x=1; echo $x); echo "x=$x"
3
a
b
1
x=
$ echo a b c | while read x y; do echo "$x-$y"; done
a-b c
$ printf '%s\n' 1 2 3 | while read n; do echo "n=$n"; done
n=1
n=2
n=3
$ while true; do echo x; done | head -3
x
x
x
$ yes | head -2
y
y
$ set -- a b c; echo $# $1 $@ "$*"; shift; echo $1 $#; shift 5; echo $?
3 a a b c a b c
b 2
1
$ echo ${1:-none}; bash -c 'echo $0 $1 $2' zero one two
none
zero one two
$ cat <<EOF
> hello $HOME
> $(echo sub) \$x `echo bq`
> EOF
hello /root
sub $x bq
$ cat <<'EOF'
> hello $HOME \x
> EOF
hello $HOME \x
$ cat <<-EOF
> 	tabbed
> 	EOF
tabbed
$ cat <<A; cat <<B
> one
> A
> two
> B
one
two
$ cat <<< "here $((1+1))"
here 2
$ echo out > f; echo more >> f; cat f; cat < f; wc -l < f
out
more
out
more
2
$ ls nosuch > /dev/null 2>&1; echo $?; cat nosuch; echo $?
2
cat: nosuch: No such file or directory
1
$ { echo out; echo err >&2; } 2>&1 | cat; { echo out; echo err >&2; } > f 2>&1; cat f
out
err
out
err
$ echo x &> f; cat f; echo y &>> f; cat f
x
x
y
$ set -C; echo a > f; echo b > f; echo c >| f; cat f
bash: line 1: f: cannot overwrite existing file
c
$ exec 3> f; echo three >&3; exec 3>&-; cat f; echo x >&3
three
bash: line 1: 3: Bad file descriptor
[1]
$ nosuchcmd; echo $?; ./nosuch; echo $?; mkdir d; ./d; echo $?
bash: line 1: nosuchcmd: command not found
127
bash: line 1: ./nosuch: No such file or directory
127
bash: line 1: ./d: Is a directory
126
$ echo 'echo script $1' > s; ./s; echo $?; chmod +x s; ./s arg; bash s arg2; . ./s arg3
bash: line 1: ./s: Permission denied
126
script arg
script arg2
script arg3
$ set -e; false; echo not reached
[1]
$ set -e; if false; then :; fi; false || true; ! true; echo reached
reached
$ set -e; f() { false; echo in f; }; f || echo caught; x=$(false); echo not reached
in f
[1]
# known
$ set -u; echo "${x-unset}"; echo $x; echo not reached
unset
bash: line 1: x: unbound variable
[127]
# known
$ set -x; x=1; echo $x "a b"; for i in a; do true; done
+ x=1
+ echo 1 'a b'
1 a b
+ for i in a
+ true
$ set -o pipefail; false | true; echo $?; set +o pipefail; false | true; echo $?
1
0
$ true | false | true; echo ${PIPESTATUS[@]}
0 1 0
# known
$ a=(x y "z w"); echo ${a[1]} ${#a[@]} "${a[@]}"; a+=(v); echo ${a[3]} ${!a[@]}; a[7]=q; echo ${!a[*]}; unset 'a[0]'; echo "${a[@]:1:2}"
y 3 x y z w
v 0 1 2 3
0 1 2 3 7
y z w
$ declare -A m; m[k]=v; m[x]=y; echo ${m[k]} ${#m[@]}; for k in "${!m[@]}"; do echo $k=${m[$k]}; done | sort
v 2
k=v
x=y
$ for x in "${a[@]}"; do echo never; done; a=(); echo "${#a[@]}"
0
$ [[ abc == a* ]] && echo glob; [[ abc == "a*" ]] || echo quoted; [[ abc =~ ^a(b)c$ ]] && echo ${BASH_REMATCH[1]}; [[ 3 -lt 10 && -n x || -z y ]] && echo ok; [[ ! -e /nosuch ]] && echo none
glob
quoted
b
ok
none
$ [ a = a ] && echo eq; [ a != b -a 1 -lt 2 ] && echo and; [ ! -f nosuch ] && echo nofile; [ -z "" ] && echo empty; [ 1 -eq x ]; echo $?
eq
and
nofile
empty
bash: line 1: [: x: integer expression expected
2
$ test; echo $?; [ x; echo $?; [ = ]; echo $?; test a b c; echo $?
1
bash: line 1: [: missing `]'
2
0
bash: line 1: test: b: binary operator expected
2
$ ((3 > 2)) && echo yes; ((0)); echo $?; let x=3+4; echo $x
yes
1
7
$ for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
1
3
$ for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done; for i in 1 2; do while :; do break 2; done; done; echo out
1a
2a
out
$ trap 'echo bye' EXIT; echo hi; exit 3
hi
bye
[3]
$ trap 'echo got term' TERM; kill -TERM $$; echo after
got term
after
$ sleep 0.05 & wait; echo waited; (exit 4) & wait $!; echo $?
waited
4
$ sleep 5 & kill $!; wait $!; echo $?
143
$ eval 'x=1; echo "x is $x"'; eval "echo a" "b"
x is 1
a b
$ x='a b'; y=x; echo ${!y}; export Z=1; env -i true; bash -c 'echo $Z'; A=2 bash -c 'echo $A'; echo "[$A]"
a b
1
2
[]
$ f() { echo $FOO; }; FOO=bar f; echo "[$FOO]"
bar
[]
# known
$ unset x; echo ${x:-d} ${x-d} ${x:=s} $x ${x:+alt} ${y:+no}; echo ${q:?custom message}; echo notreached
d d s s alt
bash: line 1: q: custom message
[127]
$ command -v cd; command -v nosuch; echo $?; type cd if; type -t cd if ls
cd
1
cd is a shell builtin
if is a shell keyword
builtin
keyword
file
$ alias k=echo; k hi; shopt -s expand_aliases
> k there
bash: line 1: k: command not found
there
$ time true 2>/dev/null; echo ok

real	0m0.000s
user	0m0.000s
sys	0m0.000s
ok
$ read a b <<< "one two three"; echo "$a|$b"; IFS=: read x y z <<< "1:2:3:4"; echo "$x|$y|$z"; read -r l <<< 'a\tb'; echo "$l"
one|two three
1|2|3:4
a\tb
$ printf 'a\nb' | while read l || [ -n "$l" ]; do echo "<$l>"; done
<a>
<b>
$ IFS=,; x="a,b,c"; for i in $x; do echo $i; done; echo "$x"; set -- 1 2; echo "$*"
a
b
c
a,b,c
1,2
$ echo "a
> b" 'c
> d'; echo one \
> two
a
b c
d
one two
$ echo $'a\tb\nc\x41\u00e9' "\$x" "a\qb" 'it'\''s'
a	b
cAé $x a\qb it's
$ # comment only
> echo after # trailing
> echo a#b
after
a#b
$ echo a; echo b & wait
a
b
$ f() { return; }; false; f; echo $?
1
$ x=$(echo a; exit 3); echo $x $?; echo $(false) $?
a 3
1
$ echo $(echo $(echo nested)) `echo \`echo deep\``
nested deep
$ if then
bash: -c: line 1: syntax error near unexpected token `then'
bash: -c: line 1: `if then'
[2]
$ echo )
bash: -c: line 1: syntax error near unexpected token `)'
bash: -c: line 1: `echo )'
[2]
$ echo "unclosed
bash: -c: line 1: unexpected EOF while looking for matching `"'
[2]
# known
$ for i in; do
bash: -c: line 2: syntax error: unexpected end of file
[2]
$ while read -r name value; do printf '%-5s=%s\n' "$name" "$value"; done <<EOF
> a 1
> bb 22
> EOF
a    =1
bb   =22
$ mkdir x; cd x; pwd | sed 's#.*/##' 2>/dev/null | cat; cd nosuch; echo $?; cd - > /dev/null; cd ..
x
bash: line 1: cd: nosuch: No such file or directory
1
$ getopts_demo() { while getopts "ab:" o; do echo "$o $OPTARG"; done; shift $((OPTIND-1)); echo "rest $@"; }; getopts_demo -a -b val x y
a 
b val
rest x y
$ diff <(echo a) <(echo a) > /dev/null; cat <(echo ps)
ps
$ echo ${BASH_VERSION%%.*} ; echo $(( 10 / 0 )); echo after
5
bash: line 1: 10 / 0 : division by 0 (error token is "0 ")
[1]
$ readonly r=1; r=2; echo not reached
bash: line 1: r: readonly variable
[1]
$ f() { echo one; f2() { echo two; }; }; f; f2
one
two
$ select_ok=1; echo "${select_ok}"; : ${v:=default}; echo $v
1
default
$ { sleep 0.01; echo late; } & echo early; wait
early
late
$ kill -l 15; kill -0 $$; echo $?; kill 999999; echo $?
TERM
0
bash: line 1: kill: (999999) - No such process
1
$ exit 300
[44]
$ x=abc; x+=def; echo $x; declare -i n=5; n+=3; echo $n; declare -r c=1; declare -p n c
abcdef
8
declare -i n="8"
declare -r c="1"
$ mapfile -t L <<< $'a\nb'; echo ${#L[@]} ${L[1]}
2 b
$ until false; do break; done; echo $?; while false; do :; done; echo $?
0
0
$ echo a | (read x; echo "got $x"); echo b | { read y; echo "got $y"; }
got a
got b
