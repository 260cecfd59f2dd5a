$ printf 'a\nb\nc\nd\ne\n' > f; printf 'a\nB\nc\ne\nf\n' > g; diff f g; echo $?; diff f f; diff -u f g | tail -n +3; diff -q f g; diff -s f f; diff f nosuch; echo $?; diff f; printf 'a\nb' > h; printf 'a\nb\n' > i; diff h i; diff -u h i | tail -n +3; diff <(seq 20) <(seq 20 | sed 's/^1$/x/;s/^19$/y/') ; diff -u <(seq 20) <(seq 20 | sed '2d;12d') | tail -n +3; diff -U1 <(seq 9) <(seq 9 | sed 5s/5/x/) | tail -n +3; diff /dev/null f; diff -i <(echo A) <(echo a); diff -w <(echo 'a  b') <(echo 'a b'); diff -u --label x --label y f g | head -2; printf '{\n a\n}\n' > m; printf '{\n a\n}\n{\n a\n}\n' > n; diff m n; cmp f g; cmp f f; echo $?; cmp -s f g; echo $?
2c2
< b
---
> B
4d3
< d
5a5
> f
1
@@ -1,5 +1,5 @@
 a
-b
+B
 c
-d
 e
+f
Files f and g differ
Files f and f are identical
diff: nosuch: No such file or directory
2
diff: missing operand after 'f'
diff: Try 'diff --help' for more information.
2c2
< b
\ No newline at end of file
---
> b
@@ -1,2 +1,2 @@
 a
-b
\ No newline at end of file
+b
1c1
< 1
---
> x
19c19
< 19
---
> y
@@ -1,5 +1,4 @@
 1
-2
 3
 4
 5
@@ -9,7 +8,6 @@
 9
 10
 11
-12
 13
 14
 15
@@ -4,3 +4,3 @@
 4
-5
+x
 6
0a1,5
> a
> b
> c
> d
> e
--- x
+++ y
3a4,6
> {
>  a
> }
f g differ: byte 3, line 2
0
1
$ echo hello > f; md5sum f; sha256sum f; sha256sum < f; sha512sum f | cut -c1-20; md5sum f > s; md5sum -c s; echo x > f; md5sum -c s; echo $?; sha256sum nosuch; rev <<< abc; printf 'a\n\nb\n' | nl; printf 'a\n\nb\n' | nl -ba; printf 'a\nb\n' > p; printf '1\n2\n3\n' > q; paste p q; paste -d, p q; paste -s q; paste -sd+ q; seq 4 | paste - -; printf 'a\nb\nc\n' > x; printf 'b\nc\nd\n' > y; comm x y; comm -12 x y; comm -23 x y; comm x; stat -c '%n %s %F %a %U %G %h' p x; stat -c %F .; stat nosuch; mkdir d; stat -c '%s' f
b1946ac92492d2347c6235b4d2611184  f
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  f
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  -
e7c22b994c59d9cf2b48
f: OK
f: FAILED
md5sum: WARNING: 1 computed checksum did NOT match
1
sha256sum: nosuch: No such file or directory
cba
     1	a
       
     2	b
     1	a
     2	
     3	b
a	1
b	2
	3
a,1
b,2
,3
1	2	3
1+2+3
1	2
3	4
a
		b
		c
	d
b
c
a
comm: missing operand after ‘x’
Try 'comm --help' for more information.
p 4 regular file 644 root root 1
x 6 regular file 644 root root 1
directory
stat: cannot statx 'nosuch': No such file or directory
2
