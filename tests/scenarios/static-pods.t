# Who deletes what stands for a static pod deletes nothing but that: it comes back, and the pod has run on.
$ kubectl get pod -n kube-system kube-scheduler-control-plane -o jsonpath='{.status.containerStatuses[0].containerID}{"\n"}' > before
$ kubectl get pod -n kube-system kube-scheduler-control-plane -o json | jq -r '.metadata.annotations | .["kubernetes.io/config.source"], .["kubernetes.io/config.hash"] == .["kubernetes.io/config.mirror"]'
file
true
$ kubectl delete pod -n kube-system kube-scheduler-control-plane
pod "kube-scheduler-control-plane" deleted from kube-system namespace
@advance 5s
$ kubectl get pod -n kube-system kube-scheduler-control-plane --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl get pod -n kube-system kube-scheduler-control-plane -o jsonpath='{.status.containerStatuses[0].containerID}{"\n"}' | diff - before && echo same
same
# One behind which nothing stands is not run.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: ghost, annotations: {kubernetes.io/config.mirror: nothing}}
> spec: {nodeName: worker-1, containers: [{name: c, image: "nginx:1.27"}]}
> EOF
pod/ghost created
@advance 1s
$ kubectl get pod ghost
Error from server (NotFound): pods "ghost" not found
[exit 1]
# A pod whose machine was off gets another sandbox, in which its init containers run again.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: again}
> spec:
>   nodeName: worker-2
>   initContainers: [{name: first, image: "busybox:1.36", command: [echo, hello]}]
>   containers: [{name: c, image: "nginx:1.27"}]
> EOF
pod/again created
$ kubectl wait --for=condition=Ready pod/again --timeout=30s
pod/again condition met
$ kubarium node stop worker-2
machine/worker-2 stopped
@advance 5s
$ kubarium node start worker-2
machine/worker-2 started
@advance 20s
$ kubectl get pod again -o jsonpath='{.status.initContainerStatuses[0].restartCount} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}{"\n"}'
1 1 true
