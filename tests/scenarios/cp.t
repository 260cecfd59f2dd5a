# Files to and from containers, as archives that tar reads and writes there.
$ kubectl apply -f - <<E
> apiVersion: v1
> kind: Pod
> metadata: {name: two}
> spec:
>   containers:
>   - {name: a, image: "busybox:1.36", command: [sleep, "3600"]}
>   - {name: b, image: "nginx:1.27"}
>   - {name: c, image: "registry.k8s.io/pause:3.10"}
> E
pod/two created
$ kubectl wait --for=condition=Ready pod/two
pod/two condition met
$ mkdir -p $TMP/dir/sub $TMP/dir/empty && printf one > $TMP/dir/1 && printf two > $TMP/dir/sub/2 && ln -s 1 $TMP/dir/link && chmod 750 $TMP/dir/1
# A file, to a new name, and into a directory that is there.
$ kubectl cp $TMP/dir/1 two:/tmp/new && kubectl exec two -- cat /tmp/new
$ kubectl cp $TMP/dir/1 two:/tmp -c b && kubectl exec two -c b -- ls -l /tmp/1 | cut -c1-10
$ kubectl cp --no-preserve $TMP/dir/1 default/two:/tmp/plain -c b
# A directory.
$ kubectl cp $TMP/dir two:/tmp/copy -c a && kubectl exec two -c a -- find /tmp/copy
# And back: links are left out.
$ kubectl cp two:/tmp/copy $TMP/back
$ cd $TMP && find back -type f && cat back/sub/2
$ kubectl cp two:tmp/copy/1 $TMP/none -c b
$ kubectl cp two:/tmp/1 $TMP/single -c b && cat $TMP/single
$ kubectl cp --retries 2 two:/tmp/copy $TMP/again -c a; cat $TMP/again/1
# What cannot be done.
$ kubectl cp $TMP/nope two:/tmp
$ kubectl cp a b
$ kubectl cp two:/a two:/b
$ kubectl cp a
$ kubectl cp a/b/c:x y
$ kubectl cp two: y
$ kubectl cp nope:/tmp $TMP/x
$ kubectl cp two:/nope $TMP/x -c a
$ kubectl cp two:/nope $TMP/x -c b
$ kubectl cp two:/tmp/1 $TMP/back -c b
$ kubectl cp $TMP/dir/1 two:/nope/deep/1 -c a
$ kubectl cp $TMP/dir/1 two:/tmp/x -c d
$ kubectl cp $TMP/dir/1 two:/tmp/x -c c 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
# tar by itself.
$ cd $TMP/dir && tar cf ../all.tar . && tar tf ../all.tar && tar tvf ../all.tar ./link | cut -c1-20
$ mkdir $TMP/out && tar -xvf $TMP/all.tar -C $TMP/out ./sub && cat $TMP/out/sub/2
$ tar cf $TMP/abs.tar $TMP/dir/1; tar xOf $TMP/abs.tar; echo; wc -c < $TMP/abs.tar
$ tar cf - nope; echo $?
$ tar xf $TMP/dir/1; tar x -C nope < $TMP/all.tar; tar tf $TMP/all.tar nope; tar; tar cf x; tar czf x 1
$ kubectl exec two -c a -- sh -c 'cd /; tar cf - /tmp/new nope | tar tv; tar xf /tmp/new; tar c; tar -xf nope'
