$ mkdir d; mkdir d; mkdir a/b; mkdir -p a/b/c a/b; ls -R a; mkdir -pv x/y; mkdir; rmdir a; rmdir d; rmdir -p a/b/c; ls; mkdir -m 700 m; ls -ld m | cut -c1-10
mkdir: cannot create directory ‘d’: File exists
mkdir: cannot create directory ‘a/b’: No such file or directory
a:
b

a/b:
c

a/b/c:
mkdir: created directory 'x'
mkdir: created directory 'x/y'
mkdir: missing operand
Try 'mkdir --help' for more information.
rmdir: failed to remove 'a': Directory not empty
x
drwx------
$ touch b a c .h; mkdir d; ls; ls -a; ls -A; ls -r; ls -d .; ls -1 a b; ls d; ls nosuch; echo $?; ls a d; ls -p; ls -d */
a
b
c
d
.
..
.h
a
b
c
d
.h
a
b
c
d
d
c
b
a
.
a
b
ls: cannot access 'nosuch': No such file or directory
2
a

d:
a
b
c
d/
d/
$ mkdir -p s/t; echo hello > s/f; echo x > s/t/g; ls -R; ls -R s/t; ls s s/t; ls -F s
.:
s

./s:
f
t

./s/t:
g
s/t:
g
s:
f
t

s/t:
g
f
t/
$ printf 12345 > f; chmod 640 f; mkdir d; chmod 755 d; ln -s f l; ls -l | cut -c1-24; ls -l f | cut -d' ' -f1-5; readlink l; ls -lh f | cut -d' ' -f5
total 8
drwxr-xr-x 2 root root 4
-rw-r----- 1 root root  
lrwxrwxrwx 1 root root  
-rw-r----- 1 root root 5
f
5
$ truncate() { head -c $2 /dev/zero > $1; }; truncate k 1024; truncate m 1500000; truncate t 10240; ls -lh | sed -n 's/^.* root  *\([0-9.]*[KM]\) .* \(.\)$/\1 \2/p'; ls -S; ls -l | head -1
1.0K k
1.5M m
10K t
m
t
k
total 1484
$ echo 1 > a; cp a b; cat b; cp a; cp; cp nosuch x; cp -r nosuch x; mkdir d; cp a b d; ls d; cp d e; cp -r d e; ls e; cp -r d e; ls e; cp a nosuch/x; cp a b nosuch; cp a b a; cp a a; cp d a; cp -r d a; cp a e; cp -v a c
1
cp: missing destination file operand after 'a'
Try 'cp --help' for more information.
cp: missing file operand
Try 'cp --help' for more information.
cp: cannot stat 'nosuch': No such file or directory
cp: cannot stat 'nosuch': No such file or directory
a
b
cp: -r not specified; omitting directory 'd'
a
b
a
b
d
cp: cannot create regular file 'nosuch/x': No such file or directory
cp: target 'nosuch': No such file or directory
cp: target 'a': Not a directory
cp: 'a' and 'a' are the same file
cp: -r not specified; omitting directory 'd'
cp: cannot overwrite non-directory 'a' with directory 'd'
'a' -> 'c'
$ mkdir -p p/q; echo 1 > p/q/f; cp -r p p/q; echo $?; ln -s q p/l; cp -a p z; ls -F z; cat z/l/f; cp z/l/f k; cat k; cp -r p/l m; readlink m
cp: cannot copy a directory, 'p', into itself, 'p/q/p'
1
l@
q/
1
1
q
$ echo 1 > a; mv a b; ls; mv a b; mkdir d; mv b d; ls d; mv d d/e; mv d/b nosuch/x; echo 2 > f; mv f d/b; cat d/b; mv d/b d; mv; mv a; touch g; mv d g; mkdir -p e/d/x; mv d e; mv -v g h
b
mv: cannot stat 'a': No such file or directory
b
mv: cannot move 'd' to a subdirectory of itself, 'd/e'
mv: cannot move 'd/b' to 'nosuch/x': No such file or directory
2
mv: 'd/b' and 'd/b' are the same file
mv: missing file operand
Try 'mv --help' for more information.
mv: missing destination file operand after 'a'
Try 'mv --help' for more information.
mv: cannot overwrite non-directory 'g' with directory 'd'
mv: cannot move 'd' to 'e/d': Directory not empty
renamed 'g' -> 'h'
$ touch a b; mkdir -p d/e; rm a; ls; rm a; rm -f a; rm; rm -f; rm d; rm -r d; ls; rm .; rm -r ..; rm -rv b; rm -d nosuch
b
d
rm: cannot remove 'a': No such file or directory
rm: missing operand
Try 'rm --help' for more information.
rm: cannot remove 'd': Is a directory
b
rm: cannot remove '.': Is a directory
rm: refusing to remove '.' or '..' directory: skipping '..'
removed 'b'
rm: cannot remove 'nosuch': No such file or directory
[1]
$ touch nosuch/x; touch -c y; ls; touch; touch -d @86400 f; date -u -r f +%F; touch -r f g; stat -c %Y g; touch -d '2024-01-02 03:04:05' f; stat -c %Y f; touch -t 202401020304.05 f; stat -c %Y f; touch -d rubbish f
touch: cannot touch 'nosuch/x': No such file or directory
touch: missing file operand
Try 'touch --help' for more information.
1970-01-02
86400
1704164645
1704164645
touch: invalid date format ‘rubbish’
[1]
$ ln -s a l; readlink l; ln -s b l; ln -sf b l; readlink l; readlink nosuch; echo $?; mkdir d; ln -s ../x d; readlink d/x; readlink -f l | sed 's,.*/,,'; realpath d/../l | sed 's,.*/,,'; cat l; ls -F; ln; ln -s t n1; ln -sfn u n1; readlink n1; rm l; ls
a
ln: failed to create symbolic link 'l': File exists
b
1
../x
b
b
cat: l: No such file or directory
d/
l@
ln: missing file operand
Try 'ln --help' for more information.
u
d
n1
$ touch f; for m in 644 u+x go-r a=r +w u=rwx,g=rx,o= g=u a-x,u+s 1777 o+t; do chmod $m f; stat -c '%a %A' f; done; chmod zz f; chmod 644; chmod; chmod 644 nosuch; chmod -x f; stat -c %a f; mkdir d; touch d/a; chmod -R u=rwX,go= d; stat -c %a d d/a
644 -rw-r--r--
744 -rwxr--r--
700 -rwx------
444 -r--r--r--
644 -rw-r--r--
750 -rwxr-x---
770 -rwxrwx---
4660 -rwSrw----
1777 -rwxrwxrwt
1777 -rwxrwxrwt
chmod: invalid mode: ‘zz’
Try 'chmod --help' for more information.
chmod: missing operand after ‘644’
Try 'chmod --help' for more information.
chmod: missing operand
Try 'chmod --help' for more information.
chmod: cannot access 'nosuch': No such file or directory
1666
700
600
$ basename /a/b.txt; basename /a/b.txt .txt; basename a/; basename /; basename -a x/1 y/2; basename -s .c a.c b.c; basename; dirname /a/b/c; dirname a; dirname a/b/; dirname /; dirname /a; dirname //a//b
b.txt
b
a
/
1
2
a
b
basename: missing operand
Try 'basename --help' for more information.
/a/b
.
a
/
/
//a
$ echo hi | tee a b; cat a b; echo more | tee -a a > /dev/null; cat a; echo x | tee nosuch/x; echo $?
hi
hi
hi
hi
more
tee: nosuch/x: No such file or directory
x
1
$ cd /; pwd; env pwd; mkdir -p /tmp/q1; ln -sfn /tmp/q1 /tmp/q2; cd /tmp/q2; pwd; /bin/pwd; cd /; rm -r /tmp/q1 /tmp/q2
/
/
/tmp/q2
/tmp/q1
$ d=$(mktemp -d); test -d $d && echo dir; f=$(mktemp); test -f $f && echo file; mktemp -u zXXXXXX | wc -c; mktemp z; rm -r $d $f
dir
file
8
mktemp: too few X's in template ‘z’
