$ env -i A=1 B=2 env; env -i X=y printenv X; printenv NOPE; echo $?; env -u HOME printenv HOME; echo $?; env nosuch; echo $?; A=5 env A=6 sh -c 'echo $A'; env -i - Z=1; env -C / pwd; env -z
A=1
B=2
y
1
1
env: ‘nosuch’: No such file or directory
127
6
Z=1
/
env: invalid option -- 'z'
Try 'env --help' for more information.
[125]
$ whoami; id; id -u; id -un; id -g; id -Gn; id nosuch; uname; uname -s; uname -o; uname -z
root
uid=0(root) gid=0(root) groups=0(root)
0
root
0
root
id: ‘nosuch’: no such user
Linux
Linux
GNU/Linux
uname: invalid option -- 'z'
Try 'uname --help' for more information.
[1]
$ echo hello | base64; base64 <<< "a longer text that must be wrapped since it does not fit into seventy-six columns"; base64 -w0 <<< "a longer text that must be wrapped since it does not fit into seventy-six columns"; echo; echo aGVsbG8K | base64 -d; echo 'a*b' | base64 -d; echo; echo aGk | base64 -d; echo $?; echo 'a G k=' | base64 -di; echo; base64 -w x; base64 nosuch; printf '' | base64; printf YQ== | base64 --decode; printf 'aGVs\nbG8K\n' | base64 -d
aGVsbG8K
YSBsb25nZXIgdGV4dCB0aGF0IG11c3QgYmUgd3JhcHBlZCBzaW5jZSBpdCBkb2VzIG5vdCBmaXQg
aW50byBzZXZlbnR5LXNpeCBjb2x1bW5zCg==
YSBsb25nZXIgdGV4dCB0aGF0IG11c3QgYmUgd3JhcHBlZCBzaW5jZSBpdCBkb2VzIG5vdCBmaXQgaW50byBzZXZlbnR5LXNpeCBjb2x1bW5zCg==
hello
base64: invalid input

hibase64: invalid input
1
hi
base64: invalid wrap size: ‘x’
base64: nosuch: No such file or directory
ahello
$ echo hello | tr a-y b-z; echo hello | tr -d l; echo aabbcc | tr -s ab; echo Hi | tr '[:lower:]' '[:upper:]'; echo 'a b  c' | tr -s ' ' '\n'; echo abc | tr -c 'a\n' x; echo abc123 | tr -cd '[:digit:]'; echo; tr; tr a; tr -d a b; echo abc | tr abc x; echo abc | tr abc '[x*]'; echo a-b | tr - _; tr z-a b < /dev/null; tr a b c; echo 'x:y' | tr ':' '\t'; printf 'a\0b' | tr '\0' '\n'; echo; echo abcd | tr -t abc x; echo 'a,b;c' | tr ',;' '  '; tr a '' < /dev/null
ifmmp
heo
abcc
HI
a
b
c
axx
123
tr: missing operand
Try 'tr --help' for more information.
tr: missing operand after ‘a’
Two strings must be given when translating.
Try 'tr --help' for more information.
tr: extra operand ‘b’
Only one string may be given when deleting without squeezing repeats.
Try 'tr --help' for more information.
xxx
xxx
a_b
tr: range-endpoints of 'z-a' are in reverse collating sequence order
tr: extra operand ‘c’
Try 'tr --help' for more information.
x	y
a
b
xbcd
a b c
tr: when not truncating set1, string2 must be non-empty
[1]
$ printf '10\n9\nb\na\n1\n' > f; sort f; sort -n f; sort -r f; sort -rn f; sort nosuch; echo $?; printf 'b 2\na 10\nc 1\n' | sort -k2; printf 'b 2\na 10\nc 1\n' | sort -k2n; printf 'b:2\na:10\nc:1\n' | sort -t: -k2,2nr; printf 'a\nB\na\nb\n' | sort -u; printf 'a\nB\nA\nb\n' | sort -f; printf 'a\nB\nA\nb\n' | sort -fu
1
10
9
a
b
a
b
1
9
10
b
a
9
10
1
10
9
1
b
a
sort: cannot read: nosuch: No such file or directory
2
c 1
a 10
b 2
c 1
b 2
a 10
a:10
b:2
c:1
B
a
b
A
a
B
b
a
B
$ printf 'v1.10\nv1.9\nv1.2-rc1\nv1.2\n1.0\n' | sort -V; printf '1G\n2K\n3M\n500\n1.5K\n' | sort -h; printf 'x 3 a\nx 1 b\ny 2 c\n' | sort -k1,1 -k2,2n; printf 'x 3 a\nx 1 b\ny 2 c\n' | sort -s -k1,1r; printf 'FEB\nJAN\nDEC\n' | sort -M; printf '1e3\n20\n-5\n' | sort -g; printf -- '-1\n-10\n3\n' | sort -n; sort -k0; sort -kx; sort -t ab; sort -q; printf 'a\nc\nb\n' | sort -c; echo $?; printf 'b\na\n' > g; sort -o g g; cat g; printf 'ab\naa\n' | sort -k1.2; printf 'a,3\nb,1\n' | sort -t, -k2 -r
1.0
v1.2
v1.2-rc1
v1.9
v1.10
500
1.5K
2K
3M
1G
x 1 b
x 3 a
y 2 c
y 2 c
x 3 a
x 1 b
JAN
FEB
DEC
-5
20
1e3
-10
-1
3
sort: field number is zero: invalid field specification ‘0’
sort: invalid number at field start: invalid count at start of ‘x’
sort: multi-character tab ‘ab’
sort: invalid option -- 'q'
Try 'sort --help' for more information.
sort: -:3: disorder: b
1
a
b
aa
ab
a,3
b,1
$ printf 'a\na\nb\na\n' > f; uniq f; uniq -c f; uniq -d f; uniq -u f; sort f | uniq -c | sort -rn; printf 'a 1\nb 1\n' | uniq -f1; printf 'A\na\n' | uniq -i; printf 'xa\nya\n' | uniq -s 1; printf 'ab\nac\n' | uniq -w1; uniq nosuch; uniq -f x
a
b
a
      2 a
      1 b
      1 a
a
b
a
      3 a
      1 b
a 1
A
xa
ab
uniq: nosuch: No such file or directory
uniq: x: invalid number of fields to skip
[1]
$ printf 'a:b:c\nd:e\nf\n' > f; cut -d: -f1 f; cut -d: -f2- f; cut -d: -f1,3 f; cut -d: -f-2 f; cut -s -d: -f2 f; cut -c1-3 f; cut -c2 f; cut -b1 f; cut -d: -f3,1 --output-delimiter=+ f; cut -d: -f2 --complement f; cut f; cut -f0 f; cut -fx f; cut -d ab -f1 f; cut -c1 -f1 f; cut -d: -c1 f; cut -f3-2 f; cut -c0 f; cut -f1 nosuch; printf 'a\tb\n' | cut -f2; cut -f- f
a
d
f
b:c
e
f
a:c
d
f
a:b
d:e
f
b
e
a:b
d:e
f
:
:

a
d
f
a+c
d
f
a:c
d
f
cut: you must specify a list of bytes, characters, or fields
Try 'cut --help' for more information.
cut: fields are numbered from 1
Try 'cut --help' for more information.
cut: invalid field value ‘x’
Try 'cut --help' for more information.
cut: the delimiter must be a single character
Try 'cut --help' for more information.
cut: only one list may be specified
Try 'cut --help' for more information.
cut: an input delimiter may be specified only when operating on fields
Try 'cut --help' for more information.
cut: invalid decreasing range
Try 'cut --help' for more information.
cut: byte/character positions are numbered from 1
Try 'cut --help' for more information.
cut: nosuch: No such file or directory
b
cut: invalid range with no endpoint: -
Try 'cut --help' for more information.
[1]
$ date -u -d @1700000000; date -u -d @1700000000 '+%F %T %s %H:%M:%S %j %a %A %b %B %d %e %y %Y %I %p %u %w %V %D %R %N %Z %z %% %k %l %C %h %q %n.'; date -u -d '2024-02-29 12:00:00' +%s; date -u -d '2024-02-29' +%s; date -u -d 2024-02-29T12:00:00Z +%FT%TZ; date -u -d rubbish; echo $?; date -u -d @0 -Iseconds; date -u -I -d @0; date -u -R -d @0; date -u -d @0 --rfc-3339=seconds; date rubbish; date -u -d @5 +%-S-%_S-%3N; date -u -d '2024-01-31 10:00:00Z' '+%Y%m%d%H%M%S'
Tue Nov 14 22:13:20 UTC 2023
2023-11-14 22:13:20 1700000000 22:13:20 318 Tue Tuesday Nov November 14 14 23 2023 10 PM 2 2 46 11/14/23 22:13 000000000 UTC +0000 % 22 10 20 Nov 4 
.
1709208000
1709164800
2024-02-29T12:00:00Z
date: invalid date ‘rubbish’
1
1970-01-01T00:00:00+00:00
1970-01-01
Thu, 01 Jan 1970 00:00:00 +0000
1970-01-01 00:00:00+00:00
date: invalid date ‘rubbish’
5- 5-000
20240131100000
$ date -u -d '1970-01-01 00:00:00 UTC' +%s; date -d '@1700000000.5' +%s.%N; date -z; [ $(date -d yesterday +%s) -lt $(date +%s) ] && echo earlier; [ $(( $(date -d '2 hours' +%s) - $(date +%s) )) -gt 7100 ] && echo later; [ $(( $(date +%s) - $(date -d '10 minutes ago' +%s) )) -ge 600 ] && echo ago; [ "$(date +%s)" -gt 1600000000 ] && echo now
0
1700000000.500000000
date: invalid option -- 'z'
Try 'date --help' for more information.
earlier
later
ago
now
$ which nosuchprogram; echo $?; which sh > /dev/null; echo $?; tty; echo $?
1
0
not a tty
1
