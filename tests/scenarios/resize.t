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
pod/web patched
$ kubectl run big --image=nginx:1.27 --overrides='{"spec": {"nodeName": "worker-1", "containers": [{"name": "big", "image": "nginx:1.27", "resources": {"requests": {"cpu": "2"}}}]}}'
pod/big created
@advance 10s
$ kubectl patch pod web --subresource resize -p '{"spec": {"containers": [{"name": "side", "resources": {"requests": {"cpu": "3", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}}]}}'
pod/web patched
@advance 2s
$ kubectl get pod web -o jsonpath='{range .status.conditions[?(@.type=="PodResizePending")]}{.status} {.reason} {.observedGeneration} {.message}{"\n"}{end}'
True Deferred 6 Node didn't have enough resource: cpu, requested: 3300, used: 2000, capacity: 4000
$ kubectl get events --field-selector involvedObject.name=web,reason=ResizeDeferred -o custom-columns=TYPE:.type,MESSAGE:.message
TYPE      MESSAGE
Warning   Pod resize OutOfcpu: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"500Gi"},"requests":{"cpu":"100","memory":"2Mi"}}}],"generation":5,"error":"Node didn't have enough resource: cpu, requested: 100300, used: 0, capacity: 4000"}
Warning   Pod resize OutOfcpu: {"containers":[{"name":"main","resources":{"limits":{"cpu":"400m","memory":"256Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}},{"name":"side","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"3","memory":"64Mi"}}}],"generation":6,"error":"Node didn't have enough resource: cpu, requested: 3300, used: 2000, capacity: 4000"}
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
Warning ResizeDeferred
Normal ResizeStarted
Normal ResizeCompleted
