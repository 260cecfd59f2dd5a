# Cordon keeps new pods away, drain evicts those that are there.
$ kubectl create deployment web --image=nginx:1.27 --replicas=3
deployment.apps/web created
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl cordon worker-1
node/worker-1 cordoned
$ kubectl get node worker-1 --no-headers | awk '{print $2}'
Ready,SchedulingDisabled
$ kubectl scale deployment web --replicas=6
deployment.apps/web scaled
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort | uniq -c | awk '{print $1, $2}'
1 worker-1
2 worker-2
3 worker-3
$ kubectl drain worker-1
node/worker-1 already cordoned
error: unable to drain node "worker-1" due to error: cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): kube-system/kube-proxy-jqw2f, continuing command...
There are pending nodes to be drained:
 worker-1
cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): kube-system/kube-proxy-jqw2f
[exit 1]
$ kubectl drain worker-1 --ignore-daemonsets
node/worker-1 already cordoned
Warning: ignoring DaemonSet-managed Pods: kube-system/kube-proxy-jqw2f
evicting pod t-drain/web-766486c5b6-h56tg
pod/web-766486c5b6-h56tg evicted
node/worker-1 drained
@advance 5s
$ kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u
worker-2
worker-3
$ kubectl uncordon worker-1
node/worker-1 uncordoned
$ kubectl get node worker-1 --no-headers | awk '{print $2}'
Ready
# A budget that allows none holds a drain up.
$ kubectl create poddisruptionbudget web --selector=app=web --min-available=6
poddisruptionbudget.policy/web created
@advance 1s
$ kubectl get pdb web --no-headers | awk '{print $1, $2, $3, $4}'
web 6 N/A 0
$ kubectl drain worker-2 --ignore-daemonsets --timeout=8s 2>&1 | sed 's/web-[a-z0-9]*-[a-z0-9]*/POD/g' | sort -u
 worker-2
There are pending nodes to be drained:
There are pending pods in node "worker-2" when an error occurred: [error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s]
Warning: ignoring DaemonSet-managed Pods: kube-system/kube-proxy-bzh5v
[error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s]
error when evicting pods/"POD" -n "t-drain" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.
error: unable to drain node "worker-2" due to error: [error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s, error when evicting pods/"POD" -n "t-drain": global timeout reached: 8s], continuing command...
evicting pod kube-system/coredns-5f46987877-mhfgk
evicting pod t-drain/POD
node/worker-2 cordoned
pod/POD
pod/coredns-5f46987877-mhfgk evicted
# A pod without a controller is not evicted unless asked for.
$ kubectl run bare --image=nginx:1.27 --overrides='{"spec": {"nodeName": "worker-3"}}'
pod/bare created
@advance 5s
$ kubectl drain worker-3 --ignore-daemonsets
node/worker-3 cordoned
error: unable to drain node "worker-3" due to error: cannot delete Pods that declare no controller (use --force to override): t-drain/bare, continuing command...
There are pending nodes to be drained:
 worker-3
cannot delete Pods that declare no controller (use --force to override): t-drain/bare
[exit 1]
