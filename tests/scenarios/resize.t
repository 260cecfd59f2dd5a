# Pods get other resources while they run: `pods/resize`.
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: web}
> spec:
>   nodeName: worker-1
>   containers:
>   - name: main
>     image: nginx:1.27
>     resources: {requests: {cpu: 200m, memory: 64Mi}, limits: {cpu: 400m, memory: 128Mi}}
>     resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
>   - name: side
>     image: redis:7
>     resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
> END
pod/web created
@advance 20s
# Only through the subresource.
$ kubectl patch pod web -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "300m"}}}]}}' 2>&1 | head -3
The Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -105,7 +105,7 @@
      "memory": "128Mi"
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "300m"}}}]}}'
pod/web patched
@advance 1s
$ kubectl get pod web
NAME   READY   STATUS    RESTARTS   AGE
web    2/2     Running   0          22s
$ kubectl get pod web -o jsonpath='{range .status.containerStatuses[*]}{.name} {.allocatedResources} {.resources} {.restartCount}{"\n"}{end}'
main {"cpu":"300m","memory":"64Mi"} {"limits":{"cpu":"400m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}} 0
side {"cpu":"100m","memory":"64Mi"} {"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}} 0
$ kubectl get pod web -o jsonpath='{.metadata.generation} {.status.observedGeneration} {.status.resources} {.status.allocatedResources}{"\n"}'
2 2 {"limits":{"cpu":"400m","memory":"192Mi"},"requests":{"cpu":"400m","memory":"128Mi"}} {"cpu":"400m","memory":"128Mi"}
$ kubectl get events --field-selector involvedObject.name=web -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message | grep Resize
Normal   ResizeStarted     Pod resize started: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":2}
Normal   ResizeCompleted   Pod resize completed: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":2}
# Memory of this container by starting it again.
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "256Mi"}}}]}}'
pod/web patched
@advance 5s
$ kubectl get pod web
NAME   READY   STATUS    RESTARTS     AGE
web    2/2     Running   1 (5s ago)   28s
$ kubectl get pod web -o jsonpath='{range .status.containerStatuses[*]}{.name} {.resources.limits} {.restartCount}{"\n"}{end}'
main {"cpu":"400m","memory":"256Mi"} 1
side {"memory":"64Mi"} 0
$ kubectl get events --field-selector involvedObject.name=web -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message | tail -7
Normal   Started           Container started
Normal   ResizeStarted     Pod resize started: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":2}
Normal   ResizeCompleted   Pod resize completed: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":2}
Normal   ResizeStarted     Pod resize started: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":3}
Normal   Killing           Container main resize requires restart
Normal   Pulled            Container image "nginx:1.27" already present on machine and can be accessed by the pod
Normal   ResizeCompleted   Pod resize completed: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}],"generation":3}
# Less memory than it uses.
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "side", "resources": {"requests": {"memory": "2Mi"}, "limits": {"memory": "2Mi"}}}]}}'
pod/web patched
@advance 2s
$ kubectl get pod web -o jsonpath='{range .status.conditions[?(@.type=="PodResizeInProgress")]}{.status} {.reason} {.observedGeneration} {.message}{"\n"}{end}' | sed 's/([0-9]*)/(…)/g'
True Error 4 cannot decrease memory limits: attempting to set container "side" memory limit (…) below current usage (…)
$ kubectl get pod web -o jsonpath='{.status.containerStatuses[1].allocatedResources} {.status.containerStatuses[1].resources}{"\n"}'
{"cpu":"100m","memory":"2Mi"} {"limits":{"memory":"64Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}
$ kubectl get events --field-selector involvedObject.name=web,reason=ResizeError -o custom-columns=TYPE:.type,MESSAGE:.message | sed 's/([0-9]*)/(…)/g'
TYPE      MESSAGE
Warning   Pod resize error: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"2Mi"},"requests":{"cpu":"100m","memory":"2Mi"}}}],"generation":4,"error":"cannot decrease memory limits: attempting to set container \"side\" memory limit (…) below current usage (…)"}
# More than the whole node has, and more than is left.
$ kubectl get node worker-1 -o jsonpath='{.status.allocatable}'
{"cpu":"4","ephemeral-storage":"61202244Ki","hugepages-2Mi":"0","memory":"8Gi","pods":"110"}
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "side", "resources": {"requests": {"cpu": "100", "memory": "2Mi"}, "limits": {"memory": "500Gi"}}}]}}'
Error from server (Forbidden): pods "web" is forbidden: node didn't have enough allocatable resources: cpu, requested: 100300, allocatable: 4000
[exit 1]
$ kubectl run big --image=nginx:1.27 --overrides='{"spec": {"nodeName": "worker-1", "containers": [{"name": "big", "image": "nginx:1.27", "resources": {"requests": {"cpu": "2"}}}]}}'
pod/big created
@advance 10s
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "side", "resources": {"requests": {"cpu": "3", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}}]}}'
pod/web patched
@advance 2s
$ kubectl get pod web -o jsonpath='{range .status.conditions[?(@.type=="PodResizePending")]}{.status} {.reason} {.observedGeneration} {.message}{"\n"}{end}'
True Deferred 5 Node didn't have enough resource: cpu, requested: 3300, used: 2000, capacity: 4000
$ kubectl get events --field-selector involvedObject.name=web,reason=ResizeDeferred -o custom-columns=TYPE:.type,MESSAGE:.message
TYPE      MESSAGE
Warning   Pod resize OutOfcpu: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"3","memory":"64Mi"}}}],"generation":5,"error":"Node didn't have enough resource: cpu, requested: 3300, used: 2000, capacity: 4000"}
$ kubectl describe node worker-1 | sed -n '/^Non-terminated/,/^Events/p' | grep -v 'kube-system'
Non-terminated Pods:          (3 in total)
  Namespace                   Name                CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------                   ----                ------------  ----------  ---------------  -------------  ---
  t-resize                    big                 2 (50%)       0 (0%)      0 (0%)           0 (0%)         13s
  t-resize                    web                 3300m (82%)   400m (10%)  128Mi (1%)       320Mi (3%)     46s
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests      Limits
  --------           --------      ------
  cpu                5300m (132%)  400m (10%)
  memory             128Mi (1%)    320Mi (3%)
  ephemeral-storage  0 (0%)        0 (0%)
  hugepages-2Mi      0 (0%)        0 (0%)
Events:
# It is done once there is room.
$ kubectl delete pod big --now
pod "big" deleted from t-resize namespace
@advance 5s
$ kubectl get pod web -o jsonpath='{.status.conditions[*].type}{"\n"}{.status.containerStatuses[1].resources}{"\n"}'
PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled
{"limits":{"memory":"64Mi"},"requests":{"cpu":"3","memory":"64Mi"}}
$ kubectl describe pod web | grep -A1000 '^Events' | grep Resize | awk '{print $1, $2}'
Normal ResizeStarted
Normal ResizeCompleted
Normal ResizeStarted
Normal ResizeCompleted
Normal ResizeStarted
Warning ResizeError
Warning ResizeDeferred
Normal ResizeStarted
Normal ResizeCompleted
# More CPU by more CPU: what computes without a pause takes what its limit leaves.
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: busy}
> spec:
>   nodeName: worker-2
>   containers:
>   - name: loop
>     image: busybox:1.36
>     command: [sh, -c, "while true; do :; done"]
>     resources: {requests: {cpu: 100m}, limits: {cpu: 200m}}
> END
pod/busy created
@advance 60s
$ kubectl top pod busy --no-headers | awk '{print $2}'
200m
$ kubectl patch pod busy --subresource=resize -p '{"spec": {"containers": [{"name": "loop", "resources": {"limits": {"cpu": "600m"}}}]}}'
pod/busy patched
@advance 60s
$ kubectl top pod busy --no-headers | awk '{print $2}'
600m
$ kubectl get pod busy -o jsonpath='{.status.containerStatuses[0].restartCount}{"\n"}'
0
# A quota counts what is asked for, and refuses more.
$ kubectl create quota q --hard=requests.cpu=3500m,limits.cpu=2
resourcequota/q created
@advance 3s
$ kubectl describe quota q
Name:         q
Namespace:    t-resize
Resource      Used   Hard
--------      ----   ----
limits.cpu    1      2
requests.cpu  3400m  3500m
$ kubectl patch pod busy --subresource resize -p '{"spec": {"containers": [{"name": "loop", "resources": {"requests": {"cpu": "500m"}}}]}}'
Error from server (Forbidden): pods "busy" is forbidden: exceeded quota: q, requested: requests.cpu=400m, used: requests.cpu=3400m, limited: requests.cpu=3500m
[exit 1]
$ kubectl patch pod busy --subresource resize -p '{"spec": {"containers": [{"name": "loop", "resources": {"requests": {"cpu": "150m"}}}]}}'
pod/busy patched
@advance 3s
$ kubectl describe quota q
Name:         q
Namespace:    t-resize
Resource      Used   Hard
--------      ----   ----
limits.cpu    1      2
requests.cpu  3450m  3500m
$ kubectl delete quota q
resourcequota "q" deleted from t-resize namespace
# A pod that fits on no node is tried again once another one needs less.
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: wide}
> spec:
>   nodeSelector: {kubernetes.io/hostname: worker-1}
>   containers:
>   - {name: main, image: "nginx:1.27", resources: {requests: {cpu: 2}}}
> END
pod/wide created
@advance 5s
$ kubectl get pod wide
NAME   READY   STATUS    RESTARTS   AGE
wide   0/1     Pending   0          5s
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "side", "resources": {"requests": {"cpu": "200m"}}}]}}'
pod/web patched
@advance 15s
$ kubectl get pod wide
NAME   READY   STATUS    RESTARTS   AGE
wide   1/1     Running   0          21s
# Other ways to ask.
$ kubectl get pod wide -o yaml | sed 's/cpu: "2"/cpu: "1"/' > wide.yaml; kubectl replace --subresource=resize -f wide.yaml
pod/wide replaced
$ kubectl apply --subresource=resize -f wide.yaml
error: --subresource can only be specified for --server-side
[exit 1]
$ kubectl apply --server-side --subresource=resize --force-conflicts -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: wide}
> spec: {containers: [{name: main, resources: {requests: {cpu: 1500m}}}]}
> END
pod/wide serverside-applied
$ cat > editor.sh <<END
> sed -i 's/cpu: 1500m/cpu: 700m/' "\$1"
> END
$ KUBE_EDITOR='sh editor.sh' kubectl edit pod wide --subresource=resize
pod/wide edited
@advance 2s
$ kubectl get pod wide --subresource=resize -o jsonpath='{.spec.containers[0].resources} {.status.containerStatuses[0].resources}{"\n"}'
{"requests":{"cpu":"700m"}} {"requests":{"cpu":"700m"}}
$ kubectl patch pod wide --subresource resize -p '{"spec": {"containers": [{"name": "main", "image": "nginx:1.28"}]}}'
pod/wide patched (no change)
$ kubectl patch pod wide --subresource resize -p '{"spec": {"containers": [{"name": "other", "image": "nginx:1.28"}]}}'
The Pod "wide" is invalid: spec.containers: Forbidden: containers may not be added or removed on resize
[exit 1]
$ kubectl patch pod wide --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": null}}}]}}'
The Pod "wide" is invalid: 
* spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing
* spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed
[exit 1]
$ kubectl patch pod wide --subresource resizes -p '{}'
Error from server (NotFound): the server could not find the requested resource
[exit 1]
# Sidecars, init containers and pods as a whole.
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: whole}
> spec:
>   nodeName: worker-2
>   resources: {requests: {cpu: 500m, memory: 128Mi}, limits: {cpu: 1, memory: 256Mi}}
>   initContainers:
>   - {name: once, image: "busybox:1.36", command: ["true"], resources: {requests: {cpu: 50m}}}
>   - {name: beside, image: "redis:7", restartPolicy: Always, resources: {requests: {cpu: 50m}}}
>   containers:
>   - {name: main, image: "nginx:1.27"}
> END
pod/whole created
@advance 20s
$ kubectl patch pod whole --subresource resize -p '{"spec": {"resources": {"requests": {"cpu": "600m"}}, "initContainers": [{"name": "once", "resources": {"requests": {"cpu": "60m"}}}, {"name": "beside", "resources": {"requests": {"cpu": "70m"}}}]}}'
pod/whole patched
@advance 2s
$ kubectl get pod whole -o jsonpath='{.status.allocatedResources} {.status.resources}{"\n"}{range .status.initContainerStatuses[*]}{.name} {.allocatedResources} {.resources}{"\n"}{end}{.status.conditions[*].type}{"\n"}'
{"cpu":"600m","memory":"128Mi"} {"limits":{"cpu":"1","memory":"256Mi"},"requests":{"cpu":"600m","memory":"128Mi"}}
once {"cpu":"60m"} {"requests":{"cpu":"60m"}}
beside {"cpu":"70m"} {"requests":{"cpu":"70m"}}
PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled
$ kubectl delete pod whole wide web busy --now
pod "whole" deleted from t-resize namespace
pod "wide" deleted from t-resize namespace
pod "web" deleted from t-resize namespace
pod "busy" deleted from t-resize namespace
# A machine that is switched off and on keeps to what was set aside, and to what waits.
$ kubectl apply -f - <<END
> apiVersion: v1
> kind: Pod
> metadata: {name: stays}
> spec:
>   nodeName: worker-3
>   containers: [{name: main, image: "nginx:1.27", resources: {requests: {cpu: 1}, limits: {cpu: 3}}}]
> ---
> apiVersion: v1
> kind: Pod
> metadata: {name: other}
> spec:
>   nodeName: worker-3
>   containers: [{name: main, image: "nginx:1.27", resources: {requests: {cpu: 2}}}]
> END
pod/stays created
pod/other created
@advance 20s
$ kubectl patch pod stays --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "2500m"}}}]}}'
pod/stays patched
@advance 2s
$ kubarium node stop worker-3
machine/worker-3 stopped
@advance 5s
$ kubarium node start worker-3
machine/worker-3 started
@advance 40s
$ kubectl get pod stays
NAME    READY   STATUS    RESTARTS      AGE
stays   1/1     Running   1 (66s ago)   68s
$ kubectl get pod stays -o jsonpath='{.status.conditions[0].type} {.status.conditions[0].reason}: {.status.conditions[0].message}{"\n"}{.status.containerStatuses[0].resources} {.status.containerStatuses[0].allocatedResources}{"\n"}'
PodResizePending Deferred: Node didn't have enough resource: cpu, requested: 2500, used: 2100, capacity: 4000
{"limits":{"cpu":"3"},"requests":{"cpu":"1"}} {"cpu":"1"}
# What others leave goes to it; what is taken back needs no room.
$ kubectl patch pod other --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "1"}}}]}}'
pod/other patched
@advance 3s
$ kubectl get pod stays -o jsonpath='{.status.conditions[0].type} {.status.containerStatuses[0].resources} {.status.containerStatuses[0].restartCount}{"\n"}'
PodReadyToStartContainers {"limits":{"cpu":"3"},"requests":{"cpu":"2500m"}} 1
$ kubectl patch pod stays --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "2800m"}}}]}}'
pod/stays patched
@advance 2s
$ kubectl patch pod stays --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "3100m"}, "limits": {"cpu": "3500m"}}}]}}'
pod/stays patched
@advance 2s
$ kubectl get pod stays -o jsonpath='{.status.conditions[0].type} {.status.conditions[0].observedGeneration} {.status.containerStatuses[0].resources}{"\n"}'
PodResizePending 4 {"limits":{"cpu":"3"},"requests":{"cpu":"2800m"}}
$ kubectl patch pod stays --subresource resize -p '{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "2800m"}, "limits": {"cpu": "3"}}}]}}'
pod/stays patched
@advance 2s
$ kubectl get pod stays -o jsonpath='{.status.conditions[0].type} {.status.observedGeneration} {.status.containerStatuses[0].resources}{"\n"}'
PodReadyToStartContainers 5 {"limits":{"cpu":"3"},"requests":{"cpu":"2800m"}}
