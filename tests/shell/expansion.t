$ f=path/to/file.tar.gz; echo ${f##*/} ${f#*/} ${f%.*} ${f%%.*} ${#f}
file.tar.gz to/file.tar.gz path/to/file.tar path/to/file 19
$ s=hello; echo ${s:1} ${s:1:3} ${s: -2} ${s:0:-1} ${s^} ${s^^} ${s/l/L} ${s//l/L} ${s/#he/HE} ${s/%lo/LO} ${s//l}
ello ell lo hell Hello HELLO heLlo heLLo HEllo helLO heo
$ p=pod/web-1; echo ${p/pod/pods} "${p#pod/}" ${p//[0-9]/N} ${p//-/\/}
pods/web-1 web-1 pod/web-N pod/web/1
$ x="a b  c"; echo $x; echo "$x"; set -- $x; echo $#
a b c
a b  c
3
$ e=; set -- $e "$e" ""; echo $#; set -- "$@" "$*"; echo $#
2
3
$ touch a.txt b.txt .hid; echo *.txt; echo *; echo .h*; echo nomatch*; echo "*.txt" \*.txt; echo [ab].txt [!a].txt ?.txt
a.txt b.txt
a.txt b.txt
.hid
nomatch*
*.txt *.txt
a.txt b.txt b.txt a.txt b.txt
$ mkdir -p d/e 2>/dev/null; touch d/1 d/e/2; echo d/*; echo */*; echo d/*/; echo ./d/1*
d/1 d/e
d/1 d/e
d/e/
./d/1
$ echo {a,b{1,2},c} x{1..3}y {01..03} {a..e..2} {3..1} {a,b}{c,d} {} {a} "{a,b}" {a\,b,c} a{,b}
a b1 b2 c x1y x2y x3y 01 02 03 a c e 3 2 1 ac ad bc bd {} {a} {a,b} a,b c a ab
# known
$ echo ~ ~/x "~" a~ x=~; y=~/z:~/w; echo $y
/root /root/x ~ a~ x=/root
/root/z:/root/w
$ unset a; echo "${a-x y}" ${a-x y} "${a:-"q r"}" ${a:+set}; a=; echo "${a-x}" "${a:-x}"
x y x y q r
 x
$ echo "$(printf 'a\n\n\n')" | wc -l; echo "[$(printf '\n\na\n\n')]"
1
[

a]
$ set -- "a b" c; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "<$i>"; done; for i in "$*"; do echo "<$i>"; done; for i; do echo "<$i>"; done
<a b>
<c>
<a>
<b>
<c>
<a b c>
<a b>
<c>
$ set -- a b; echo "x$@y"; echo "${@:1:1}" "${@:2}" "${*}"
xa by
a b a b
$ IFS=:; x=a::b:; set -- $x; echo $#; for i in "$@"; do echo "[$i]"; done
3
[a]
[]
[b]
$ IFS=; x="a b"; set -- $x; echo $#; unset IFS; set -- $x; echo $#
1
2
$ echo "a'b" 'a"b' "a\"b" "\\" '\' "\a" \a
a'b a"b a"b \ \ \a a
$ x='$HOME'; echo $x; x='*'; touch f; echo $x "$x"; x='a\*b'; echo $x
$HOME
f *
a\*b
$ n=5; echo $((n*2)) $(($n+1)) $((0x1F)) $((010)) $((2#101)) $((n==5&&1)) $(( n = 7 , n + 1 )) $n
10 6 31 8 5 1 8 7
$ a=(1 2 3); echo $((a[1]+a[2])) ${a[-1]} ${a[@]:1} ${a[@]/2/X} "${a[*]}"; i=1; echo ${a[i+1]} ${a[$i]}
5 3 2 3 1 X 3 1 2 3
3 2
$ echo ${#} ${#*} ${?} $$ | sed 's/[0-9]*$/PID/' 2>/dev/null | cat
0 0 0 PID
$ x=5; echo "${x}th $x%" ${x}x "$x"'$x'
5th 5% 5x 5$x
$ v=abc; echo ${v:0:1}${v:(-1)} ${v:3} "${v:5}" ${v:0:0}
ac 
$ for w in $(echo "l1
> l2 l3"); do echo "w=$w"; done
w=l1
w=l2
w=l3
$ x="multi
> line"; echo $x; echo "$x"
multi line
multi
line
$ echo "${HOME:+home}" ${nosuch:+x}end "$nosuch" | cat -A
home end $
$ s="a.b.c"; IFS=. read -ra P <<< "$s"; echo ${#P[@]} ${P[2]}; IFS=. ; set -- $s; echo $2
3 c
b
$ printf '%s|' "$(echo 'a  b')" $(echo 'a  b'); echo
a  b|a|b|
$ echo ${x:-$(echo sub)} ${x:-`echo bq`} ${x:-$((1+1))} "${x:-"$(echo q)"}"
sub bq 2 q
$ x=; echo ${x:-a b} | cat; printf '<%s>' ${x:-a b} "${x:-a b}"; echo
a b
<a><b><a b>
$ printf '%5d|%-5s|%05.1f|%x|%o|%c|%%|%e|%g\n' 42 ab 3.14159 255 8 xyz 12345.678 0.0001
   42|ab   |003.1|ff|10|x|%|1.234568e+04|0.0001
# known
$ printf '%s %s\n' a b c; printf 'no newline'; printf '\n%b\n' 'x\ty'; printf '%q\n' "a b"; printf '%d\n' abc; printf '%3$s' a
a b
c 
no newline
x	y
a\ b
bash: line 1: printf: abc: invalid number
0
bash: line 1: printf: `$': invalid format character
[1]
$ printf -v out '%03d' 7; echo $out; printf '%s\n'; printf '%*d|%.3s\n' 5 42 abcdef; printf '%+d % d\n' 5 5
007

   42|abc
+5  5
$ echo -e 'a\tb\\n\x41\0101\c zzz'; echo; echo -n x; echo -ne '\ty\n'; echo -E 'a\tb'; echo -x; echo - a
a	b\nAA
x	y
a\tb
-x
- a
$ a="x  y"; b=$a; echo "$b"; c="$a"z; echo "$c"; d=$(echo "$a"); echo "$d"
x  y
x  yz
x  y
$ echo {1..3}{a,b}; echo a{1..2}b{3..4}c; echo {-1..1}; echo {1..10..3}; echo {a..c}; echo $'\e[1m' | cat -v
1a 1b 2a 2b 3a 3b
a1b3c a1b4c a2b3c a2b4c
-1 0 1
1 4 7 10
a b c
^[[1m
$ x=1; { x=2; }; echo $x; (x=3); echo $x; x=4 | cat; echo $x; echo $x | { read y; x=5; }; echo $x
2
2
2
2
$ x=a; case $x in "$x") echo same;; esac; p='a*'; case abc in $p) echo unq;; esac; case abc in "$p") echo q;; *) echo nq;; esac
same
unq
nq
$ [[ a.b == a?b ]] && echo 1; [[ foo =~ o+ ]] && echo "${BASH_REMATCH[0]}"; re='^[0-9]+$'; [[ 123 =~ $re ]] && echo num; [[ a1 =~ $re ]] || echo nonum
1
oo
num
nonum
$ x=hello; echo "${x@Q}" "${x@U}"; echo "${!x*}"
'hello' HELLO
x
