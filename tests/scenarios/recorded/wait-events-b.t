$ kubectl run w --image=nginx:1.27 --overrides='{"spec":{"nodeName":"node-2","terminationGracePeriodSeconds":0}}'
pod/w created
$ kubectl wait --for=condition=Ready=true pod/w --timeout=60s
pod/w condition met
$ kubectl wait --for=condition=Ready=false pod/w --timeout=1s
error: timed out waiting for the condition on pods/w
[exit 1]
$ kubectl wait --for=condition=Ready=unknown pod/w --timeout=1s
error: timed out waiting for the condition on pods/w
[exit 1]
$ kubectl wait --for=jsonpath='{.status.phase}'=Running pod w --timeout=5s
pod/w condition met
$ kubectl wait --for=jsonpath=.status.phase=Running pod/w --timeout=5s
pod/w condition met
$ kubectl wait --for=jsonpath='{.status.containerStatuses[0].ready}'=true pod/w --timeout=5s
pod/w condition met
$ kubectl wait --for=jsonpath='{.status.nothing}' pod/w --timeout=1s
error: timed out waiting for the condition on pods/w
[exit 1]
$ kubectl wait --for=jsonpath='{.status.conditions[*].type}'=Ready pod/w --timeout=1s
error: given jsonpath expression matches more than one value
[exit 1]
$ kubectl wait --for=jsonpath='{.metadata.labels}'=x pod/w --timeout=1s
error: jsonpath leads to a nested object or list which is not supported
[exit 1]
$ kubectl wait --for=jsonpath='{.status.phase' pod/w --timeout=1s
error: unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'
[exit 1]
$ kubectl wait --for=jsonpath= pod/w --timeout=1s
error: jsonpath expression cannot be empty
[exit 1]
$ kubectl wait --for=jsonpath='{.a}=' pod/w --timeout=1s
error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3
[exit 1]
$ kubectl wait --for=condition= pod/w --timeout=1s
error: timed out waiting for the condition on pods/w
[exit 1]
$ kubectl wait --for=condition=Ready pod/w cm/none --timeout=1s
pod/w condition met
Error from server (NotFound): configmaps "none" not found
[exit 1]
$ kubectl wait --for=condition=Ready pod/w --timeout=0
pod/w condition met
$ kubectl wait --for=condition=Nope pod/w --timeout=0
error: condition not met for pods/w
[exit 1]
$ kubectl wait --for=condition=Ready pod/w --timeout=-1s --dry-run
error: unknown flag: --dry-run
See 'kubectl wait --help' for usage.
[exit 1]
$ kubectl wait --for=condition=Ready --timeout=1s
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl wait --for=condition=Ready pods --timeout=1s
error: resource(s) were provided, but no name was specified
[exit 1]
$ kubectl wait --for=condition=Ready pods -l run=w --timeout=2s
pod/w condition met
$ kubectl wait --for=condition=Ready pods --field-selector=metadata.name=w --timeout=2s
pod/w condition met
$ kubectl wait --for=condition=Ready pods --all -A -l none=x --timeout=1s
error: no matching resources found
[exit 1]
$ kubectl wait --for=create pod/later --timeout=1s
error: timed out waiting for the condition
[exit 1]
$ (sleep 1; kubectl create cm later --from-literal=a=b >/dev/null) & kubectl wait --for=create cm/later --timeout=20s
configmap/later condition met
$ kubectl wait --for=create cm -l a=b --timeout=1s
error: timed out waiting for the condition
[exit 1]
$ kubectl wait --for=delete cm/ghost
$ kubectl wait --for=delete pods -l none=x --timeout=1s
$ kubectl wait --for=delete cm/later --timeout=1s
error: timed out waiting for the condition on configmaps/later
[exit 1]
$ kubectl wait --for=condition=Ready pod/w -o name --timeout=5s
pod/w
$ kubectl wait --for=condition=Ready pod/w -o jsonpath='{.metadata.name}{"\n"}' --timeout=5s
w
$ kubectl wait --for=condition=Ready cm/later --timeout=1s
error: timed out waiting for the condition on configmaps/later
[exit 1]
$ kubectl wait --for=jsonpath='{.data.a}'=b cm/later
configmap/later condition met
$ kubectl wait --for=jsonpath='{.data.a}'=c cm/later --timeout=1s
error: timed out waiting for the condition on configmaps/later
[exit 1]
$ kubectl wait --for=condition=Ready gizmo/x
error: the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl wait --for=condition=Ready node --all --timeout=5s
node/node-1 condition met
node/node-2 condition met
node/node-3 condition met
$ kubectl wait --for=delete pod w --timeout=2s & sleep 0.5; kubectl delete pod w >/dev/null; wait
pod/w condition met
$ kubectl create deployment d --image=nginx:1.27 --replicas=2
deployment.apps/d created
$ kubectl wait --for=condition=Available deploy/d --timeout=30s
deployment.apps/d condition met
$ kubectl wait --for=condition=available=true --all deployments --timeout=30s
deployment.apps/d condition met
$ kubectl wait --for=jsonpath='{.status.availableReplicas}'=2 deploy/d --timeout=30s
deployment.apps/d condition met
$ kubectl events --for deployment/d
LAST SEEN   TYPE     REASON              OBJECT         MESSAGE
2s          Normal   ScalingReplicaSet   Deployment/d   Scaled up replica set d-d994f7c68 from 0 to 2
$ kubectl events --for Deployment.apps/d | wc -l
2
$ kubectl events --for deploy/none
No events found in t-wait-events-b namespace.
$ kubectl events --for d
error: --for must be in resource/name form
[exit 1]
$ kubectl events --for gizmo/d
the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl events --no-headers --for deployment/d | awk '{print $2,$3,$4}'
Normal ScalingReplicaSet Deployment/d
$ kubectl events --types=Warning
No events found in t-wait-events-b namespace.
$ kubectl events --types=Normal,Warning | awk '{print $3}' | sort -u
ScalingReplicaSet
Scheduled
SuccessfulCreate
TYPE
$ kubectl events -o name | wc -l
0
$ kubectl events -o json | jq -r '.kind'
EventList
$ kubectl events -o jsonpath='{.items[*].reason}{"\n"}' | tr ' ' '\n' | sort -u
ScalingReplicaSet
Scheduled
SuccessfulCreate
$ kubectl events -o yaml | head -2
apiVersion: v1
items:
$ kubectl events -A | head -1
NAMESPACE           LAST SEEN   TYPE      REASON                    OBJECT                               MESSAGE
! kubectl events extra
$ kubectl get events --field-selector reason=ScalingReplicaSet -o jsonpath='{.items[0].source.component} {.items[0].reportingComponent} {.items[0].type} {.items[0].count} {.items[0].action}{"\n"}'
deployment-controller deployment-controller Normal 1 
! kubectl get events --field-selector reason=Scheduled -o jsonpath='{.items[0].source.component} {.items[0].reportingComponent} {.items[0].type} {.items[0].count} {.items[0].action}{"\n"}'
$ kubectl get events --field-selector reason=ScalingReplicaSet
LAST SEEN   TYPE     REASON              OBJECT         MESSAGE
9s          Normal   ScalingReplicaSet   deployment/d   Scaled up replica set d-d994f7c68 from 0 to 2
$ kubectl get events -o wide --field-selector reason=ScalingReplicaSet
LAST SEEN   TYPE     REASON              OBJECT         SUBOBJECT   SOURCE                  MESSAGE                                         FIRST SEEN   COUNT   NAME
10s         Normal   ScalingReplicaSet   deployment/d               deployment-controller   Scaled up replica set d-d994f7c68 from 0 to 2   10s          1       d.18ecdfabbc51e809
$ kubectl get events --field-selector involvedObject.kind=ReplicaSet,reason=SuccessfulCreate --no-headers | awk '{print $2,$3}'
Normal SuccessfulCreate
Normal SuccessfulCreate
$ kubectl get ev --sort-by=.lastTimestamp --no-headers | wc -l
Warning: short name "ev" could also match lower priority resource events.events.k8s.io
5
$ kubectl get events.events.k8s.io --field-selector reason=ScalingReplicaSet --no-headers | awk '{print $2,$3}'
Normal ScalingReplicaSet
$ kubectl describe event $(kubectl get events --field-selector reason=ScalingReplicaSet -o name | cut -d/ -f2) | grep -vE 'UID|Time|Version|Name:|Name'
Labels:           <none>
Annotations:      <none>
Count:            1
Involved Object:
  Kind:              Deployment
Kind:                Event
Message:             Scaled up replica set d-d994f7c68 from 0 to 2
Metadata:
Reason:                ScalingReplicaSet
Reporting Component:   deployment-controller
Reporting Instance:    
Source:
  Component:  deployment-controller
Type:         Normal
Events:       <none>
$ kubectl create -f - <<EOF
> apiVersion: v1
> kind: Event
> metadata: {name: my.1, namespace: $NS}
> involvedObject: {kind: Pod, name: x, namespace: $NS}
> reason: Because
> message: hello
> type: Warning
> source: {component: me, host: h}
> count: 3
> firstTimestamp: "2026-01-01T00:00:00Z"
> lastTimestamp: "2026-01-01T00:00:00Z"
> EOF
event/my.1 created
$ kubectl get event my.1
LAST SEEN   TYPE      REASON    OBJECT   MESSAGE
333d        Warning   Because   pod/x    hello
$ kubectl events --for pod/x
No events found in t-wait-events-b namespace.
$ kubectl get event my.1 -o wide
LAST SEEN   TYPE      REASON    OBJECT   SUBOBJECT   SOURCE   MESSAGE   FIRST SEEN   COUNT   NAME
333d        Warning   Because   pod/x                me, h    hello     333d         3       my.1
$ kubectl create -f - <<EOF
> apiVersion: v1
> kind: Event
> metadata: {name: bad.1}
> involvedObject: {kind: Pod, name: x, namespace: other}
> EOF
The Event "bad.1" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace
[exit 1]
$ kubectl create -f - <<EOF
> apiVersion: events.k8s.io/v1
> kind: Event
> metadata: {name: bad.2}
> regarding: {kind: Pod, name: x}
> EOF
The Event "bad.2" is invalid: 
* involvedObject.namespace: Invalid value: "": does not match event.namespace
* eventTime: Required value
* type: Invalid value: "": has invalid value: 
[exit 1]
$ kubectl delete events --all | wc -l | awk '{print ($1>3)}'
1
$ kubectl get pods -w --request-timeout=1s --no-headers | awk '{print $2,$3}' | sort -u
1/1 Running
$ kubectl get cm -w --watch-only --request-timeout=1s
! timeout 3 kubectl get cm later -w --output-watch-events & sleep 1; kubectl label cm later x=y; wait
! timeout 3 kubectl get cm -w -o name & sleep 1; kubectl create cm ww; kubectl delete cm ww; wait
$ kubectl delete cm later --wait=false
configmap "later" deleted from t-wait-events-b namespace
$ kubectl delete deploy d --timeout=30s
deployment.apps "d" deleted from t-wait-events-b namespace
