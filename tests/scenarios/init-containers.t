# Init containers run one after the other, then the rest.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: steps}
> spec:
>   terminationGracePeriodSeconds: 1
>   initContainers:
>   - {name: one, image: "busybox:1.36", command: [sleep, "6"]}
>   - {name: two, image: "busybox:1.36", command: [sleep, "6"]}
>   containers:
>   - {name: c, image: "busybox:1.36", command: [sleep, 1h]}
> EOF
pod/steps created
@advance 5s
$ kubectl get pod steps --no-headers | awk '{print $2, $3, $4}'
0/1 Init:0/2 0
@advance 6s
$ kubectl get pod steps --no-headers | awk '{print $2, $3, $4}'
0/1 Init:1/2 0
$ kubectl get pod steps -o jsonpath='{range .status.initContainerStatuses[*]}{.name} {.ready} {.state.terminated.reason}{"\n"}{end}'
one true Completed
two false 
@advance 7s
$ kubectl get pod steps --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl get pod steps -o jsonpath='{range .status.conditions[*]}{.type}={.status} {end}{"\n"}'
PodReadyToStartContainers=True Initialized=True Ready=True ContainersReady=True PodScheduled=True 
# One that fails holds everything up.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: stuck}
> spec:
>   initContainers:
>   - {name: one, image: "busybox:1.36", command: [sh, -c, "exit 1"]}
>   containers:
>   - {name: c, image: "busybox:1.36", command: [sleep, 1h]}
> EOF
pod/stuck created
@advance 10s
$ kubectl get pod stuck --no-headers | awk '{print $2, $3}'
0/1 Init:CrashLoopBackOff
$ kubectl get pod stuck -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.message}{"\n"}{end}'
PodReadyToStartContainers=True 
Initialized=False containers with incomplete status: [one]
Ready=False containers with unready status: [c]
ContainersReady=False containers with unready status: [c]
PodScheduled=True 
# With restartPolicy Never the pod has failed.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: failed}
> spec:
>   restartPolicy: Never
>   initContainers:
>   - {name: one, image: "busybox:1.36", command: [sh, -c, "exit 1"]}
>   containers:
>   - {name: c, image: "busybox:1.36", command: [sleep, 1h]}
> EOF
pod/failed created
@advance 5s
$ kubectl get pod failed --no-headers | awk '{print $2, $3, $4}'
0/1 Init:Error 0
$ kubectl get pod failed -o jsonpath='{.status.phase}{"\n"}'
Failed
# A sidecar starts first, goes on beside the others, and does not keep a Job's pod from ending.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: side}
> spec:
>   restartPolicy: Never
>   initContainers:
>   - {name: proxy, image: "busybox:1.36", command: [sleep, 1h], restartPolicy: Always}
>   containers:
>   - {name: c, image: "busybox:1.36", command: [sleep, "8"]}
> EOF
pod/side created
@advance 5s
$ kubectl get pod side --no-headers | awk '{print $2, $3, $4}'
2/2 Running 0
$ kubectl get pod side -o jsonpath='{.status.initContainerStatuses[0].started} {.status.initContainerStatuses[0].ready}{"\n"}'
true true
@advance 40s
$ kubectl get pod side --no-headers | awk '{print $2, $3, $4}'
0/2 Completed 0
