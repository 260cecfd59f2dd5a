$ printf 'a 1 x\nb 2 y\nc 30 z\n' > f; awk '{print $2}' f; awk '$2>1' f; awk '/b/{print $1,$3}' f; awk 'NR==2' f; awk 'END{print NR}' f; awk '{s+=$2} END{print s, s/NR}' f; awk '{print $NF}' f; awk '{print NF": "$0}' f; awk 'BEGIN{print "hi"}'; awk -F: '{print $1}' <<< a:b; awk -v x=5 'BEGIN{print x+1}'; awk 'NR>1{print $1}' f; awk '$1=="b"' f; awk '$1!="b"' f; awk '!/a/' f; awk '/a/,/b/' f; awk '{$2="Q"; print}' f; awk -v OFS=, '{$1=$1}1' f; awk '{print $1 $2}' f; awk '{printf "%-5s|%3d|%.2f\n", $1, $2, $2/3}' f; awk 'NR==FNR{a[$1]=$2;next} $1 in a{print $1,a[$1]}' f f; awk '{print NR, FNR, FILENAME}' f f
1
2
30
b 2 y
c 30 z
b y
b 2 y
3
33 11
x
y
z
3: a 1 x
3: b 2 y
3: c 30 z
hi
a
6
b
c
b 2 y
a 1 x
c 30 z
b 2 y
c 30 z
a 1 x
b 2 y
a Q x
b Q y
c Q z
a,1,x
b,2,y
c,30,z
a1
b2
c30
a    |  1|0.33
b    |  2|0.67
c    | 30|10.00
a 1
b 2
c 30
1 1 f
2 2 f
3 3 f
4 1 f
5 2 f
6 3 f
$ awk 'BEGIN{x["a"]=1;x["b"];delete x["a"];for(k in x)print k; print length(x); if("b" in x)print "in"; print 1e3, 0.1, 1/3, 2^10, 7%3, -3, 1e20; print "a"<"b", 10<9, "10"<"9", 1==1.0; print substr("hello",2,3), substr("hello",0), substr("hello",4,10), length("hello"), index("abc","c"), toupper("aB"), tolower("aB"); n=split("a:b:c",p,":"); print n,p[1],p[3]; print match("foobar","o+"),RSTART,RLENGTH; s="aaa"; print gsub("a","b&",s), s; sub(/b/,"[&]",s); print s; print sprintf("%05.1f|%x|%c|%c|%s|%5s|%-5s|%%|%i|%e|%g", 3.14159, 255, 65, "hi", "s", "r", "l", 7.9, 12345.678, 0.0001)}'
b
1
in
1000 0.1 0.333333 1024 1 -3 1e+20
1 0 1 1
ell hello lo 5 3 AB ab
3 a c
2 2 2
3 bababa
[b]ababa
003.1|ff|A|h|s|    r|l    |%|7|1.234568e+04|0.0001
$ awk 'BEGIN{for(i=0;i<3;i++){if(i==1)continue;print i}; while(j<2)print j++; do{k++}while(k<5); print k; i=5; print i++ + ++i, i, i--, --i; x = y = 3; print x y; print !0, !1, !"", !"a"; print 1?2:3, (1<2)?"y":"n"; a["x",1]=2; for(k in a){split(k,q,SUBSEP);print q[1],q[2]}; if(("x",1) in a)print "yes"; print length(), length; exit 3}'; echo $?
0
2
0
1
5
12 7 7 5
33
1 0 1 0
2 y
x 1
yes
0 0
3
$ awk 'function f(n){return n<=1?1:n*f(n-1)} function g(a,i){a["k"]=i} BEGIN{print f(5); g(arr,7); print arr["k"]; print int(3.9), int(-3.9), sqrt(16), exp(0), log(1), sin(0), cos(0), atan2(0,1)}'; printf '1,2\n3,4\n' | awk -F, '{t=$1;$1=$2;$2=t}1'; printf 'k=v\nq=w\n' | awk -F= '$1=="q"{print $2; exit}'; printf 'a\n\nb c\nd\n\n\ne\n' | awk 'BEGIN{RS=""}{print NR": "$1"-"$NF" "NF}'; printf 'a;b;c' | awk 'BEGIN{RS=";"}{print}'; printf 'x  y\tz\n' | awk '{print $2; print $3}'; printf 'a1b22c\n' | awk -F'[0-9]+' '{print $1,$2,$3}'; echo 'a b c d' | awk '{NF=2; print; $5="e"; print; print NF}'
120
7
3 -3 4 1 0 0 1 0
2 1
4 3
w
1: a-a 1
2: b-d 3
3: e-e 1
a
b
c
y
z
a b c
a b
a b   e
5
$ printf 'b\na\nc\n' | awk '{print | "sort"} END{print "done"}' | sort; printf '1\n2\n' | awk '{print > "out"; print "err" > "/dev/stderr"} END{close("out")}'; cat out; printf 'x\ny\nz\n' > g; awk 'BEGIN{while((getline l < "g")>0)print "got " l}'; awk 'NR==1{getline; print}' g; awk '{getline x; print $0, x}' g; awk '{print toupper(substr($0,1,1)) substr($0,2)}' g; echo "5 apples" | awk '{print $1*2, $2*2, $1+0}'; echo '3.0 3' | awk '{print ($1==$2), ($1""==$2"")}'; printf 'a b\n' | awk '{print $1,$2 > "/dev/stdout"}'
a
b
c
done
err
err
1
2
got x
got y
got z
y
x y
z y
X
Y
Z
10 0 5
1 0
a b
$ kubectl_like() { printf 'NAME READY STATUS\nweb-1 1/1 Running\nweb-2 0/1 Pending\ndb-0 1/1 Running\n'; }; kubectl_like | awk 'NR>1 && $3=="Running" {print $1}'; kubectl_like | awk '/Running/{c++} END{print c+0}'; kubectl_like | awk 'NR>1{n[$3]++} END{for(s in n) print s, n[s]}' | sort; kubectl_like | awk '{split($2,r,"/"); if (NR>1 && r[1]<r[2]) print $1 " not ready"}'; kubectl_like | awk 'NR==1{next} {gsub(/-[0-9]+$/,"",$1); print $1}' | sort -u; kubectl_like | awk '{ print $1 }' | tail -n +2 | xargs -n1 echo pod; echo '10.0.0.1 - - "GET / HTTP/1.1" 200' | awk '{print $1,$NF,$(NF-1)}'
web-1
db-0
2
Pending 1
Running 2
web-2 not ready
db
web
pod web-1
pod web-2
pod db-0
10.0.0.1 200 HTTP/1.1"
$ awk 'BEGIN{print ENVIRON["HOME"]; print ARGC, ARGV[1]}' x y; awk '{print v, $0}' v=1 - v=2 <<< line; awk 'BEGIN { printf("%s-%s\n", "a", "b"); print("x","y"); print (1)(2); print(1+2)*3 }'; awk 'BEGIN{if(!(3 in a)) print "no"; if (1) ; else print "x"; if (0) print "a"; else if (1) print "b"
> else print "c"}'; awk '
> # comment
> BEGIN { x = 1;
>   if (x) {
>     print "one"
>   }
>   else
>     print "two"
> }
> '; echo a b | awk '{ $0 = $2 " " $1 } 1 { print } END { print "e" }'
/root
3 x
1 line
a-b
x y
12
9
no
b
one
b a
e
