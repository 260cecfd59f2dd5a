# What nodes and pods use, by the metrics API.
$ kubectl api-resources --api-group=metrics.k8s.io
$ kubectl top node
$ kubectl top node worker-1 --no-headers | awk '{print $1, NF}'
$ kubectl top node nope
$ kubectl top node a b
$ kubectl top node worker-1 -l a=b
$ kubectl top pod --sort-by=age
$ kubectl top pod
# A program that computes without a pause takes a core, or what its limit leaves.
$ kubectl run busy --image=busybox:1.36 -- sh -c 'while true; do :; done'
$ kubectl run calm --image=nginx:1.29
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
>   - {name: web, image: "nginx:1.29"}
> END
$ kubectl top pod
@advance 50s
$ kubectl top pod
$ kubectl top pod --containers
$ kubectl top pod --sort-by=memory --no-headers
$ kubectl top pod --sort-by=cpu --sum
$ kubectl top pod -l app=limited
$ kubectl top pod calm --show-swap
$ kubectl top pod nope
$ kubectl top pod -n default -l app=none
$ kubectl top pod -A --no-headers -l component=etcd | awk '{print $1, $2, NF}'
$ kubectl get pods.metrics.k8s.io
$ kubectl get podmetrics limited -o jsonpath='{.kind} {.metadata.labels} {.window} {.containers[*].name}{"\n"}'
$ kubectl get --raw /apis/metrics.k8s.io/v1beta1 | head -c 300
$ kubectl delete pods.metrics.k8s.io limited
$ kubectl get nodes.metrics.k8s.io worker-2
$ kubectl get podmetrics limited -o yaml
$ kubectl get podmetrics -l app=limited -o yaml | head -8
