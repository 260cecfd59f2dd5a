# What nodes and pods use, by the metrics API.
$ kubectl api-resources --api-group=metrics.k8s.io
NAME    SHORTNAMES   APIVERSION               NAMESPACED   KIND
nodes                metrics.k8s.io/v1beta1   false        NodeMetrics
pods                 metrics.k8s.io/v1beta1   true         PodMetrics
$ kubectl top node
error: metrics not available yet
[exit 1]
$ kubectl top node nope
Error from server (NotFound): node "nope" not found
[exit 1]
$ kubectl top node a b
error: node [NAME | -l label]
See 'kubectl top node -h' for help and examples
[exit 1]
$ kubectl top node worker-1 -l a=b
error: only one of NAME or --selector can be provided
[exit 1]
$ kubectl top pod x -l a=b
error: only one of NAME or selector can be provided
[exit 1]
$ kubectl top pod --sort-by=age
error: --sort-by accepts only cpu or memory
[exit 1]
$ kubectl top pod
No resources found in t-top namespace.
# A program that computes without a pause takes a core, or what its limit leaves.
$ kubectl run busy --image=busybox:1.36 -- sh -c 'while true; do :; done'
pod/busy created
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: limited, labels: {app: limited}}
> spec:
>   containers:
>   - name: loop
>     image: busybox:1.36
>     command: [sh, -c, "while true; do :; done"]
>     resources: {limits: {cpu: 300m}}
>   - {name: db, image: "postgres:16"}
> END
pod/limited created
$ kubectl top pod
error: metrics not available yet
[exit 1]
@advance 50s
$ kubectl top pod busy
NAME   CPU(cores)   MEMORY(bytes)   
busy   1000m        1Mi             
$ kubectl top pod | awk '{print $1, $2}'
NAME CPU(cores)
busy 1000m
limited 301m
$ kubectl top pod --containers | awk '{print $1, $2}'
POD NAME
busy busy
limited db
limited loop
$ kubectl top pod --sort-by=memory --no-headers | awk '{print $1}'
limited
busy
$ kubectl top pod --sort-by=cpu --no-headers | awk '{print $1}'
busy
limited
$ kubectl top pod busy --sum --no-headers
busy   1000m      1Mi        
       ________   ________   
       1000m      1Mi        
$ kubectl top pod -l app=limited | awk '{print $1}'
NAME
limited
$ kubectl top pod busy --show-swap
NAME   CPU(cores)   MEMORY(bytes)   SWAP(bytes)   
busy   1000m        1Mi             0Mi           
$ kubectl top pod nope
Error from server (NotFound): pods "nope" not found
[exit 1]
$ kubectl top pod -n default -l app=none
No resources found in default namespace.
$ kubectl top pod -A --no-headers -l component=etcd | awk '{print $1, $2, NF}'
kube-system etcd-control-plane 4
$ kubectl top node | awk '{print $1, NF}'
NAME 5
control-plane 5
worker-1 5
worker-2 5
worker-3 5
$ kubectl top node worker-1 --show-capacity --show-swap | awk '{print $6, $7}'
SWAP(bytes) SWAP(%)
<unknown> <unknown>
$ kubectl get pods.metrics.k8s.io busy
NAME   CPU   MEMORY   WINDOW
busy   1     1128Ki   15s
$ kubectl get podmetrics limited -o jsonpath='{.kind} {.metadata.labels} {.window} {.containers[*].name}{"\n"}'
PodMetrics {"app":"limited"} 15s db loop
$ kubectl get --raw /apis/metrics.k8s.io/v1beta1
{"apiVersion":"v1","groupVersion":"metrics.k8s.io/v1beta1","kind":"APIResourceList","resources":[{"kind":"NodeMetrics","name":"nodes","namespaced":false,"singularName":"","verbs":["get","list"]},{"kind":"PodMetrics","name":"pods","namespaced":true,"singularName":"","verbs":["get","list"]}]}
$ kubectl delete pods.metrics.k8s.io limited
Error from server (MethodNotAllowed): the server does not allow this method on the requested resource
[exit 1]
$ kubectl auth can-i list pods.metrics.k8s.io --as=system:serviceaccount:kube-system:horizontal-pod-autoscaler
yes
# A node that nobody reaches tells nothing.
! kubarium node cut worker-2
machine/worker-2 cut off the network
@advance 20s
$ kubectl top node --no-headers | awk '{print $1, NF, $4}' | sed 's/[0-9]*Mi/MEMORY/' | grep worker
worker-1 5 MEMORY
worker-3 5 MEMORY
worker-2 5 <unknown>
