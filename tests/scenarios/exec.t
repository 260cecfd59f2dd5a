# Commands in containers: their streams and exit codes are the caller's.
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
$ kubectl exec two -- hostname
$ kubectl exec two -c b -- sh -c 'echo out; echo err >&2; exit 3' 2> $TMP/err
$ cat $TMP/err
$ printf 'one\ntwo\n' | kubectl exec -i two -c a -- sort -r
$ echo 'echo from $0' | kubectl exec -i two -c a -- sh
$ kubectl exec two -c a -- sh -c 'echo kept > /tmp/file' && kubectl exec two -c a -- cat /tmp/file
# -t without a terminal.
$ kubectl exec -it two -c a -- sh -c 'tty; echo done' < /dev/null
# What cannot be done.
$ kubectl exec two -c nope -- true
$ kubectl exec nope -- true
$ kubectl exec two true
$ kubectl exec two --
$ kubectl exec
$ kubectl exec two -c a -- nope 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
$ kubectl exec two -c c -- ls 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
$ kubectl exec deploy/nope -- true
# A container that ends takes its commands along.
$ kubectl exec two -c a -- sleep 100 & sleep 1; kubarium crash two -c a; wait %1
# A pod that has ended.
$ kubectl run once --image=busybox:1.36 --restart=Never -- true
$ kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/once
$ kubectl exec once -- true
# A pod of one's own for a moment.
$ kubectl run one --rm -i --restart=Never --image=busybox:1.36 -- sh -c 'sleep 2; echo hello; exit 4'
$ echo typed | kubectl run two-way --rm -q -i --restart=Never --image=busybox:1.36 -- cat
$ kubectl run -t x --image=busybox
# Looking on at a container's own process.
$ kubectl run ticker --image=busybox:1.36 -- sh -c 'while sleep 1; do echo tick; done'
$ kubectl wait --for=condition=Ready pod/ticker
$ timeout 4 kubectl attach -q ticker | sort -u
