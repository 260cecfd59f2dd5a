# A node that is switched off is found out after 50 seconds; its pods are evicted when what they tolerate has passed.
$ kubectl apply -f - <<EOF
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: web}
> spec:
>   replicas: 3
>   selector: {matchLabels: {app: web}}
>   template:
>     metadata: {labels: {app: web}}
>     spec:
>       containers: [{name: c, image: "nginx:1.27"}]
>       tolerations:
>       - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
>       - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
> EOF
deployment.apps/web created
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort
worker-1
worker-2
worker-3
$ kubarium node stop worker-1
machine/worker-1 stopped
@advance 30s
$ kubectl get node worker-1 --no-headers | awk '{print $2}'
Ready
@advance 30s
$ kubectl get node worker-1 --no-headers | awk '{print $2}'
NotReady
$ kubectl get node worker-1 -o jsonpath='{range .spec.taints[*]}{.key}:{.effect}{"\n"}{end}' | sort
node.kubernetes.io/unreachable:NoExecute
node.kubernetes.io/unreachable:NoSchedule
$ kubectl get node worker-1 -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
MemoryPressure=Unknown NodeStatusUnknown: Kubelet stopped posting node status.
DiskPressure=Unknown NodeStatusUnknown: Kubelet stopped posting node status.
PIDPressure=Unknown NodeStatusUnknown: Kubelet stopped posting node status.
Ready=Unknown NodeStatusUnknown: Kubelet stopped posting node status.
$ kubectl get events --field-selector involvedObject.name=worker-1,reason=NodeNotReady -A -o custom-columns=TYPE:.type,MESSAGE:.message --no-headers
Normal   Node worker-1 status is now: NodeNotReady
# The pod is not ready any more, but still there.
$ kubectl get deployment web --no-headers | awk '{print $2, $3, $4}'
2/3 3 2
$ kubectl get pods -l app=web --no-headers | awk '{print $2, $3}' | sort
1/1 Running
1/1 Running
1/1 Running
@advance 35s
$ kubectl get pods -l app=web --no-headers | awk '{print $2, $3}' | sort
1/1 Running
1/1 Running
1/1 Running
1/1 Terminating
$ kubectl get deployment web --no-headers | awk '{print $2, $3, $4}'
3/3 3 3
$ kubectl get events --field-selector reason=TaintManagerEviction -o custom-columns=TYPE:.type,MESSAGE:.message --no-headers
Normal   Marking for deletion Pod t-node-down/web-5fcfdcdb6d-h56tg
# Its kubelet confirms the deletion when it is back.
$ kubarium node start worker-1
machine/worker-1 started
@advance 30s
$ kubectl get node worker-1 --no-headers | awk '{print $2}'
Ready
$ kubectl get node worker-1 -o jsonpath='{.spec.taints}{"\n"}'

$ kubectl get pods -l app=web --no-headers | awk '{print $2, $3}' | sort
1/1 Running
1/1 Running
1/1 Running
