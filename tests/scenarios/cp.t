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
$ cd $TMP && mkdir -p dir/sub dir/empty && printf one > dir/1 && printf two > dir/sub/2 && ln -s 1 dir/link && chmod 750 dir/1
# A file, to a new name, and into a directory that is there.
$ cd $TMP; kubectl cp dir/1 two:/tmp/new && kubectl exec two -- cat /tmp/new
Defaulted container "a" out of: a, b, c
Defaulted container "a" out of: a, b, c
one
$ cd $TMP; kubectl cp dir/1 two:/tmp -c b && kubectl exec two -c b -- ls -l /tmp/1 | cut -c1-10
-rwxr-x---
$ cd $TMP; kubectl cp --no-preserve dir/1 $NS/two:/tmp/plain -c b && kubectl exec two -c b -- stat -c %a /tmp/plain
750
# A directory.
$ cd $TMP; kubectl cp dir two:/tmp/copy -c a && kubectl exec two -c a -- find /tmp/copy
/tmp/copy
/tmp/copy/1
/tmp/copy/empty
/tmp/copy/link
/tmp/copy/sub
/tmp/copy/sub/2
# And back: links are left out.
$ cd $TMP; kubectl cp two:/tmp/copy back
Defaulted container "a" out of: a, b, c
tar: removing leading '/' from member names
warning: skipping symlink: "back/link" -> "1" (consider using "kubectl exec -n "" "two" -- tar cf - "/tmp/copy" | tar xf -")
$ cd $TMP; find back -type f && cat back/sub/2
back/1
back/sub/2
two
$ cd $TMP; kubectl cp two:tmp/copy/1 none -c b
tar: tmp/copy/1: Cannot stat: No such file or directory
tar: Exiting with failure status due to previous errors
command terminated with exit code 2
[exit 2]
$ cd $TMP; kubectl cp two:/tmp/1 single -c b && cat single
tar: Removing leading `/' from member names
one
$ cd $TMP; kubectl cp --retries 2 two:/tmp/copy again -c a; cat again/1
tar: removing leading '/' from member names
warning: skipping symlink: "again/link" -> "1" (consider using "kubectl exec -n "" "two" -- tar cf - "/tmp/copy" | tar xf -")
one
# What cannot be done.
$ cd $TMP; kubectl cp nope two:/tmp
error: nope doesn't exist in local filesystem
[exit 1]
$ cd $TMP; kubectl cp a b
error: one of src or dest must be a remote file specification
[exit 1]
$ cd $TMP; kubectl cp two:/a two:/b
error: one of src or dest must be a local file specification
[exit 1]
$ cd $TMP; kubectl cp a
error: source and destination are required
[exit 1]
$ cd $TMP; kubectl cp a/b/c:x y
error: filespec must match the canonical format: [[namespace/]pod:]file/path
[exit 1]
$ cd $TMP; kubectl cp two: y
error: filepath can not be empty
[exit 1]
$ cd $TMP; kubectl cp nope:/tmp x
Error from server (NotFound): pods "nope" not found
[exit 1]
$ cd $TMP; kubectl cp two:/nope x -c a
tar: /nope: No such file or directory
tar: error exit delayed from previous errors
command terminated with exit code 1
[exit 1]
$ cd $TMP; kubectl cp two:/nope x -c b
tar: /nope: Cannot stat: No such file or directory
tar: Exiting with failure status due to previous errors
command terminated with exit code 2
[exit 2]
$ cd $TMP; kubectl cp two:/tmp/1 back -c b
tar: Removing leading `/' from member names
error: open back: is a directory
[exit 1]
$ cd $TMP; kubectl cp dir/1 two:/nope/deep/1 -c a
tar: can't change directory to '/nope/deep': No such file or directory
command terminated with exit code 1
[exit 1]
$ cd $TMP; kubectl cp dir/1 two:/tmp/x -c d
error: container d is not valid for pod two out of: a, b, c
[exit 1]
$ cd $TMP; kubectl cp dir/1 two:/tmp/x -c c 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "ID": OCI runtime exec failed: exec failed: unable to start container process: exec: "tar": executable file not found in $PATH: unknown
# tar by itself.
$ cd $TMP/dir && tar cf ../all.tar . && tar tf ../all.tar && tar tvf ../all.tar ./link | cut -c1-20
./
./1
./empty/
./link
./sub/
./sub/2
lrwxrwxrwx root/root
$ cd $TMP; mkdir out && tar -xvf all.tar -C out ./sub && cat out/sub/2
./sub/
./sub/2
two
$ cd $TMP; tar cf abs.tar $TMP/dir/1; tar xOf abs.tar; echo; wc -c < abs.tar
tar: Removing leading `/' from member names
one
10240
$ cd $TMP; tar cf - nope | wc -c
tar: nope: Cannot stat: No such file or directory
tar: Exiting with failure status due to previous errors
10240
$ cd $TMP; tar xf dir/1; tar x -C nope < all.tar; tar tf all.tar nope; tar; tar cf x; tar czf x 1
tar: This does not look like a tar archive
tar: Exiting with failure status due to previous errors
tar: nope: Cannot open: No such file or directory
tar: Error is not recoverable: exiting now
tar: nope: Not found in archive
tar: Exiting with failure status due to previous errors
tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options
Try 'tar --help' or 'tar --usage' for more information.
tar: Cowardly refusing to create an empty archive
Try 'tar --help' or 'tar --usage' for more information.
tar (child): gzip: Cannot exec: No such file or directory
tar: Child returned status 2
tar: Error is not recoverable: exiting now
[exit 2]
$ kubectl exec two -c a -- sh -c 'cd /; tar cf - /tmp/new nope | tar t; tar xf /tmp/new; tar c; tar -xf nope'
tar: removing leading '/' from member names
tar: nope: No such file or directory
tar: error exit delayed from previous errors
tmp/new
tar: short read
tar: empty archive
tar: can't open 'nope': No such file or directory
command terminated with exit code 1
[exit 1]
