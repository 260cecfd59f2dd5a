# Without a scheduler pods wait, and nobody says why.
$ kubarium crash kube-scheduler-control-plane -n kube-system
pod/kube-scheduler-control-plane crashed
$ kubarium crash kube-scheduler-control-plane -n kube-system
pod/kube-scheduler-control-plane crashed
@advance 3s
$ kubarium crash kube-scheduler-control-plane -n kube-system
error: no container of pod "kube-scheduler-control-plane" in namespace "kube-system" runs under that name
[exit 1]
@advance 12s
$ kubarium crash kube-scheduler-control-plane -n kube-system
pod/kube-scheduler-control-plane crashed
$ kubectl get pod kube-scheduler-control-plane -n kube-system --no-headers | awk '{print $2, $3}'
0/1 CrashLoopBackOff
$ kubectl run web --image=nginx:1.27
pod/web created
@advance 5s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
0/1 Pending 0
$ kubectl get pod web -o jsonpath='{.status}{"\n"}'
{"phase":"Pending","qosClass":"BestEffort"}
$ kubectl get events --field-selector involvedObject.name=web
No resources found in t-scheduler-down namespace.
# It is started again when its back-off ends, takes the lease when the old one has run out, and does what waits.
@advance 60s
$ kubectl get pod kube-scheduler-control-plane -n kube-system --no-headers | awk '{print $2, $3}'
1/1 Running
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl get events --field-selector involvedObject.name=web,reason=Scheduled -o custom-columns=FROM:.source.component,MESSAGE:.message --no-headers | sed 's/worker-./NODE/'
default-scheduler   Successfully assigned t-scheduler-down/web to NODE
# A pod that fits nowhere: here somebody says why.
$ kubectl run big --image=nginx:1.27 --overrides='{"spec": {"containers": [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "5"}}}]}}'
pod/big created
@advance 2s
$ kubectl get events --field-selector involvedObject.name=big -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers
Warning   FailedScheduling   0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.
$ kubarium node add
machine/worker-4 added
$ kubectl run pinned --image=nginx:1.27 --overrides='{"spec": {"nodeSelector": {"disk": "ssd"}}}'
pod/pinned created
@advance 2s
$ kubectl get events --field-selector involvedObject.name=pinned -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers
Warning   FailedScheduling   0/5 nodes are available: 2 node(s) had untolerated taint(s), 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.
Warning   FailedScheduling   0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.
$ kubectl label node worker-2 disk=ssd
node/worker-2 labeled
@advance 8s
$ kubectl get pod pinned -o wide --no-headers | awk '{print $2, $3, $7}'
1/1 Running worker-2
