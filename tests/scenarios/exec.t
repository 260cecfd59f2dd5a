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
pod/two condition met
$ kubectl exec two -- hostname
Defaulted container "a" out of: a, b, c
two
$ kubectl exec two -c b -- sh -c 'echo out; echo err >&2; exit 3' 2> $TMP/err
out
[exit 3]
$ cat $TMP/err
err
command terminated with exit code 3
$ printf 'one\ntwo\n' | kubectl exec -i two -c a -- sort -r
two
one
$ echo 'echo from $0' | kubectl exec -i two -c a -- sh
from sh
$ kubectl exec two -c a -- sh -c 'echo kept > /tmp/file' && kubectl exec two -c a -- cat /tmp/file
kept
# -t without a terminal.
$ kubectl exec -it two -c a -- sh -c 'tty; echo done' < /dev/null
Unable to use a TTY - input is not a terminal or the right kind of file
not a tty
done
# What cannot be done.
$ kubectl exec two -c nope -- true
error: container nope is not valid for pod two out of: a, b, c
[exit 1]
$ kubectl exec nope -- true
Error from server (NotFound): pods "nope" not found
[exit 1]
$ kubectl exec two true
error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead
See 'kubectl exec -h' for help and examples
[exit 1]
$ kubectl exec two --
error: you must specify at least one command for the container
[exit 1]
$ kubectl exec
error: pod, type/name or --filename must be specified
[exit 1]
$ kubectl exec two -c a -- nope 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "ID": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown
$ kubectl exec two -c c -- ls 2>&1 | sed 's/exec "[0-9a-f]*"/exec "ID"/'
error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "ID": OCI runtime exec failed: exec failed: unable to start container process: exec: "ls": executable file not found in $PATH: unknown
$ kubectl exec deploy/nope -- true
Error from server (NotFound): deployments.apps "nope" not found
[exit 1]
# A container that ends takes its commands along.
$ kubectl exec two -c a -- sleep 100 & sleep 1; kubarium crash two -c a; wait %1
pod/two crashed
command terminated with exit code 137
[exit 137]
# A pod that has ended.
$ kubectl run once --image=busybox:1.36 --restart=Never -- true
pod/once created
$ kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/once
pod/once condition met
$ kubectl exec once -- true
error: cannot exec into a container in a completed pod; current phase is Succeeded
[exit 1]
# A pod of one's own for a moment.
$ kubectl run one --rm -i --restart=Never --image=busybox:1.36 -- sh -c 'sleep 2; echo hello; exit 4'
All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
If you don't see a command prompt, try pressing enter.
hello
pod t-exec/one terminated (Error)

pod "one" deleted from t-exec namespace
[exit 4]
$ echo typed | kubectl run two-way --rm -q -i --restart=Never --image=busybox:1.36 -- cat
typed
$ kubectl run -t x --image=busybox
error: -i/--stdin is required for containers with -t/--tty=true
See 'kubectl run -h' for help and examples
[exit 1]
# Looking on at a container's own process.
$ kubectl run ticker --image=busybox:1.36 -- sh -c 'while sleep 1; do echo tick; done'
pod/ticker created
$ kubectl wait --for=condition=Ready pod/ticker
pod/ticker condition met
$ timeout 4 kubectl attach -q ticker | sort -u
tick
# A pod's own service account at the API server.
$ kubectl create serviceaccount reader; kubectl create role reader --verb=list --resource=pods; kubectl create rolebinding reader --role=reader --serviceaccount=$NS:reader
serviceaccount/reader created
role.rbac.authorization.k8s.io/reader created
rolebinding.rbac.authorization.k8s.io/reader created
$ kubectl run api --image=curlimages/curl --overrides='{"spec": {"serviceAccountName": "reader"}}' --command -- sleep 3600
pod/api created
$ kubectl wait --for=condition=Ready pod/api
pod/api condition met
$ kubectl exec api -- sh -c 'd=/var/run/secrets/kubernetes.io/serviceaccount
> curl -sS --cacert $d/ca.crt -H "Authorization: Bearer $(cat $d/token)" https://kubernetes.default/api/v1/namespaces/$(cat $d/namespace)/pods' | jq -c '[.kind, (.items | length)]'
["PodList",4]
$ kubectl exec api -- sh -c 'd=/var/run/secrets/kubernetes.io/serviceaccount
> curl -sSk -H "Authorization: Bearer $(cat $d/token)" https://kubernetes.default/api/v1/secrets' | jq -r .message
secrets is forbidden: User "system:serviceaccount:t-exec:reader" cannot list resource "secrets" in API group "" at the cluster scope
$ kubectl exec api -- curl -sSk https://kubernetes.default/api/v1/nodes | jq -r .message
nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope
$ kubectl exec api -- curl -sS https://kubernetes.default/version
curl: (60) SSL certificate problem: unable to get local issuer certificate
command terminated with exit code 60
[exit 60]
$ kubectl exec api -- curl -sSk -H 'Authorization: Bearer nonsense' https://kubernetes.default/api | jq -r .message
Unauthorized
