$ printf 'a\nb c\n"d e"\n' > f; xargs < f; xargs -n1 < f; xargs -I{} echo '<{}>' < f; xargs echo x < f; xargs -L1 echo l < f; printf 'a\0b c\0' | xargs -0 -n1 echo; printf 'a,b' | xargs -d, echo; xargs < /dev/null; xargs -r echo none < /dev/null; echo x | xargs false; echo $?; echo x | xargs nosuch; echo $?; echo 'it'"'"'s' | xargs; echo $?; echo 1 2 3 4 5 | xargs -n 2 echo; echo a | xargs -t echo; echo 1 2 | xargs -n1 sh -c 'echo got $0; exit 1'; echo $?; echo a | xargs -I% sh -c 'echo %-%'; xargs -n 0; xargs -n x; seq 3 | xargs -I N expr N + 1 2>/dev/null | wc -l
a b c d e
a
b
c
d e
<a>
<b c>
<d e>
x a b c d e
l a
l b c
l d e
a
b c
a b

123
xargs: nosuch: No such file or directory
127
xargs: unmatched single quote; by default quotes are special to xargs unless you use the -0 option
1
1 2
3 4
5
echo a
a
got 1
got 2
123
a-a
xargs: value 0 for -n option should be >= 1
Try 'xargs --help' for more information.
xargs: invalid number "x" for -n option
Try 'xargs --help' for more information.
3
$ timeout 5 echo hi; timeout 0.05 sleep 5; echo $?; timeout 1 sh -c 'exit 7'; echo $?; timeout; timeout x ls; timeout 1 nosuch; echo $?; timeout --preserve-status 0.05 sleep 2; echo $?; timeout -s NOPE 1 ls; timeout -k 1 0.05 sleep 3; echo $?; timeout 0 echo zero
hi
124
7
Try 'timeout --help' for more information.
timeout: invalid time interval ‘x’
Try 'timeout --help' for more information.
timeout: failed to run command ‘nosuch’: No such file or directory
127
143
timeout: ‘NOPE’: invalid signal
Try 'timeout --help' for more information.
124
zero
$ mkdir -p a/b .h; touch a/x.txt a/b/y.txt a/b/Z.log .h/q; echo 12 > a/size; find | sort; find a -name '*.txt' | sort; find a -iname 'z*'; find a -type d | sort; find a -maxdepth 1 | sort; find a -mindepth 2 -type f | sort; find . -name b -prune -o -type f -print | sort; find a -type f ! -name '*.txt' | sort; find a \( -name '*.log' -o -name size \) | sort; find a -name '*.txt' -exec echo got {} \; | sort; find a -type f -exec echo {} + | wc -w; find a -empty -type f | sort; find a -size +0 -type f; find a -path '*/b/*' | sort; find a/size -printf '%p %f %s %d %y %m\n'; find nosuch; find a -foo; find -name; find a -name x extra; find a -type q; find a -name '*.log' -delete; ls a/b; find a -name x.txt -o -name size | sort; find a -newer a/size | head -0; find a x -maxdepth 0; find a -not -name a -type d; find a -type f -print0 | sort -z | tr '\0' ' '; echo; find a -name size -quit; find a -regex '.*/[xy]\.txt' | sort; find a -type f -exec false {} \; -print; find a -type f -exec grep -l 12 {} \; ; find a -perm 644 -name size; find a -perm -400 -name size; find a -exec echo
.
./.h
./.h/q
./a
./a/b
./a/b/Z.log
./a/b/y.txt
./a/size
./a/x.txt
a/b/y.txt
a/x.txt
a/b/Z.log
a
a/b
a
a/b
a/size
a/x.txt
a/b/Z.log
a/b/y.txt
./.h/q
./a/size
./a/x.txt
a/b/Z.log
a/size
a/b/Z.log
a/size
got a/b/y.txt
got a/x.txt
4
a/b/Z.log
a/b/y.txt
a/x.txt
a/size
a/b/Z.log
a/b/y.txt
a/size size 3 0 f 644
find: ‘nosuch’: No such file or directory
find: unknown predicate `-foo'
find: missing argument to `-name'
find: paths must precede expression: `extra'
find: Unknown argument to -type: q
y.txt
a/size
a/x.txt
a
find: ‘x’: No such file or directory
a/b
a/b/y.txt a/size a/x.txt 
a/b/y.txt
a/x.txt
a/size
a/size
a/size
find: missing argument to `-exec'
[1]
